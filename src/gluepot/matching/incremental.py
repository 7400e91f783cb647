"""New records matched against an earlier result, whose match ids stay as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.catalog.errors import InvalidInputError
from gluepot.matching.changes import changes_of
from gluepot.matching.errors import ResultError
from gluepot.matching.loading import records_of
from gluepot.matching.outputs import MATCH_COLUMNS
from gluepot.matching.results import Result
from gluepot.transforms.matching.grouping.confidence import cluster_confidence
from gluepot.transforms.matching.grouping.stable_ids import stable_ids
from gluepot.transforms.matching.incremental import Before, match_new
from gluepot.transforms.matching.labelling.questions import record_ties
from gluepot.transforms.matching.matcher import find_matches
from gluepot.transforms.matching.records import as_texts

if TYPE_CHECKING:
    from gluepot.matching.inputs import Input
    from gluepot.matching.known import Known


def with_new_records(known: Known, new: Input) -> Result:
    """Return the known and the new records, the new ones matched by the known model.

    Only new records look for candidates, and only what they touch is compared again (``match_new``
    has the rule). Known records that were together stay together; new ones may bring two such
    groups together. A model that saw no match is replaced: all records are matched then.

    Raises:
        ResultError: The known result links two sources.
        InvalidInputError: The new records have other columns than the known ones, or ids of
            theirs.
    """
    manifest = known.manifest
    if manifest.linked:
        raise ResultError(
            f"{known.folder} links two sources; new records are matched with one table's result:"
            " link the sources again with `gluepot match run`"
        )
    (before,) = known.tables
    added = _like(before, new, manifest.id_column)
    _check_ids(before, added, manifest.id_column, new.name)
    table = _together(before, added)
    records = records_of([table], manifest.id_column)
    is_known = np.arange(len(records)) < len(before)
    old = np.concatenate([known.match_ids, np.zeros(len(added), np.int64)])
    if known.model.evidence is None:
        found = find_matches(records, known.options)
    else:
        told = Before(known=is_known, match_ids=old, compared=known.compared, all_told=True)
        found = match_new(records, told, known.options, known.model)
    stable = stable_ids(
        found.match_ids,
        old,
        is_known,
        last=manifest.last_match_id,
        order=record_ties(records, known.options.seed),
    )
    scored = found.candidates
    confidences = cluster_confidence(stable.ids, scored.left, scored.right, scored.probability)
    return Result(
        tables=[table],
        records=records,
        matches=replace(found, match_ids=stable.ids, confidences=confidences),
        manifest=replace(manifest, inputs=(new.name,), last_match_id=stable.last),
        changes=changes_of(records.ids, stable.ids, known.match_ids, stable.changes),
    )


def _like(before: pa.Table, new: Input, id_column: str) -> pa.Table:
    """Return the new records with the columns of the known ones, in their order."""
    wanted = set(before.column_names)
    there = set(new.table.column_names) - (set(MATCH_COLUMNS) - wanted)
    if there != wanted:
        lacking, strange = sorted(wanted - there), sorted(there - wanted)
        parts = [f"lacks {', '.join(lacking)}"] if lacking else []
        parts += [f"has {', '.join(strange)} besides"] if strange else []
        raise InvalidInputError(
            f"{new.name} must have the columns of the known records ({id_column} and so on), but"
            f" {' and '.join(parts)}"
        )
    return new.table.select(before.column_names)


def _check_ids(before: pa.Table, added: pa.Table, id_column: str, name: str) -> None:
    known, new = (as_texts(table.column(id_column)) for table in (before, added))
    twice = pc.filter(new, pc.is_in(new, value_set=known))
    if len(twice):
        raise InvalidInputError(
            f"{name} has {len(twice)} ids of known records, the first is {twice[0].as_py()!r};"
            " a record that has changed is matched by a new run over all records"
        )


def _together(before: pa.Table, added: pa.Table) -> pa.Table:
    try:
        return pa.concat_tables([before, added], promote_options="permissive")
    except pa.ArrowException as error:
        raise InvalidInputError(
            f"the new records' types do not fit the known ones: {error}"
        ) from error
