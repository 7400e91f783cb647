"""A result, made in memory and written in one step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gluepot.matching.card import sections, to_html, to_markdown
from gluepot.matching.inputs import FileFormat
from gluepot.matching.manifest import COMPARED, Manifest, is_result
from gluepot.matching.outputs import (
    matched_table,
    write_changes,
    write_compared,
    write_pairs,
    write_records,
)
from gluepot.matching.pairs import batches, pairs_within
from gluepot.matching.whole import whole_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from gluepot.matching.changes import Change
    from gluepot.matching.pairs import PairBatch
    from gluepot.transforms.matching.matcher import Matches
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.records import Records


@dataclass(frozen=True, kw_only=True)
class Result:
    """Matched records, ready to be written.

    Attributes:
        tables: As they came: one, or two that were linked.
        records: The same as matching takes them.
        matches: What was found of them.
        manifest: How they were matched.
        changes: What became of records that were known before; None where nothing was.
    """

    tables: Sequence[pa.Table]
    records: Records
    matches: Matches
    manifest: Manifest
    changes: Sequence[Change] | None = None

    def write(self, target: Path, *, overwrite: bool) -> dict[str, Any]:
        """Write the result, whole or not at all, and return its facts.

        Raises:
            OutputRefusedError: Something lies there that is not to be replaced.
            StorageError: It cannot be written.
        """
        with whole_folder(target, overwrite=overwrite, is_ours=is_result) as folder:
            return self._write(folder)

    def _write(self, folder: Path) -> dict[str, Any]:
        found, manifest = self.matches, self.manifest
        table = matched_table(self.tables, found.match_ids, found.confidences)
        form = FileFormat(manifest.format)
        write_records(table, folder / "records", form, manifest.delimiter)
        pairs = write_pairs(self._pairs(), self.records.ids, folder / "pairs")
        write_compared(found.candidates, folder / COMPARED)
        (folder / "model.json").write_text(found.model.to_json(), encoding="utf-8")
        if self.changes is not None:
            write_changes(self.changes, folder / "changes.csv")
        facts = self.facts | {"pairs": pairs}
        card = sections(found.model.card(), facts)
        (folder / "model.md").write_text(to_markdown(card), encoding="utf-8")
        (folder / "model.html").write_text(to_html(card), encoding="utf-8")
        replace(manifest, estimates=_estimates(found.model)).write(folder)
        return facts

    def _pairs(self) -> Iterator[PairBatch]:
        found = self.matches
        accepted = found.left, found.right, found.confidence
        if self.records.linked:
            return batches(*accepted)
        return pairs_within(found.match_ids, found.confidences, known=accepted)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Return the counts that a person wants to know."""
        _, sizes = np.unique(self.matches.match_ids, return_counts=True)
        return {
            "inputs": list(self.manifest.inputs),
            "records": len(self.records),
            "match_ids": len(sizes),
            "records_with_a_match": int(sizes[sizes > 1].sum()),
            "largest_match": int(sizes.max(initial=0)),
        }


def _estimates(model: MatchModel) -> dict[str, dict[str, float]]:
    found = {"precision": model.precision.plain(), "recall": model.recall.plain()}
    candidates = model.facts.get("candidate_recall")
    return found if candidates is None else {**found, "candidate_recall": dict(candidates)}
