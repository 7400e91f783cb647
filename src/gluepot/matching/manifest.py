"""The file by which a folder is known as a result, and later commands know what made it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from gluepot.matching.errors import ResultError

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "match.json"
COMPARED = "compared.parquet"
VERSION = 1
NAMES = frozenset(
    {
        MANIFEST,
        COMPARED,
        "records",
        "pairs",
        "model.json",
        "model.md",
        "model.html",
        "changes.csv",
    }
)
"""Everything that a result may hold."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """How a result came about. There is no time in it: equal runs write equal files.

    Attributes:
        inputs: The words that named the records: one, or two that were linked.
        columns: Of each input, as it came.
        id_column: The column of the ids.
        format: Of the records: csv or parquet.
        delimiter: Of records in CSV.
        options: What was asked for, as ``MatchOptions`` names it.
        last_match_id: The greatest match id ever given.
        version: Of this file's form.
        estimates: What the run's model expects, each with its interval: precision and recall of
            the pairs, and which share of the matches was among the candidates.
    """

    inputs: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    id_column: str
    format: str
    delimiter: str
    options: dict[str, str | float | bool]
    last_match_id: int
    version: int = VERSION
    estimates: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def linked(self) -> bool:
        """Return whether two sources were linked."""
        return len(self.inputs) > 1

    def write(self, folder: Path) -> None:
        """Write the file."""
        text = json.dumps({"gluepot": "match", **asdict(self)}, indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return what a result says of itself.

    Raises:
        ResultError: The folder is no result, or one of another version.
    """
    found = _read(folder)
    if found is None:
        raise ResultError(f"{folder} is no result of `gluepot match run`: it has no {MANIFEST}")
    names = {each.name for each in fields(Manifest)}
    if found.get("version") != VERSION or not names - {"estimates"} <= {*found}:
        raise ResultError(f"{folder} was written by another version of gluepot; match it again")
    members = {name: found[name] for name in names & {*found}}
    members["inputs"] = tuple(members["inputs"])
    members["columns"] = tuple(map(tuple, members["columns"]))
    return Manifest(**members)


def is_result(folder: Path) -> bool:
    """Return whether a folder is a result, with nothing in it that belongs to somebody else."""
    return _read(folder) is not None and {path.name for path in folder.iterdir()} <= NAMES


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("gluepot") == "match" else None
