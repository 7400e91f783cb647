"""An earlier result, read back as what was matched and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from gluepot.catalog.errors import InvalidInputError
from gluepot.matching.errors import ResultError
from gluepot.matching.inputs import read_input
from gluepot.matching.loading import read_model, records_of
from gluepot.matching.manifest import COMPARED, read_manifest
from gluepot.matching.outputs import COMPARED_SCHEMA, MATCH_COLUMNS, MATCH_ID, SIDES, SOURCE
from gluepot.transforms.matching.matcher import ScoredPairs, find_matches
from gluepot.transforms.matching.options import Link, MatchOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from gluepot.matching.manifest import Manifest
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.records import Records


@dataclass(frozen=True, kw_only=True)
class Known:
    """An earlier result.

    Attributes:
        folder: Where it lies.
        manifest: How it came about.
        tables: The records without the result's columns: one table, or two sources.
        records: The same as matching takes them.
        match_ids: Of each record.
        model: What judged them.
    """

    folder: Path
    manifest: Manifest
    tables: Sequence[pa.Table]
    records: Records
    match_ids: np.ndarray
    model: MatchModel

    @property
    def options(self) -> MatchOptions:
        """Return how the records were matched."""
        given = self.manifest.options
        return MatchOptions(
            link=Link(str(given["link"])),
            precision_recall=float(given["precision_recall"]),
            accuracy_cost=float(given["accuracy_cost"]),
            enforce_labels=bool(given["enforce_labels"]),
            seed=int(given["seed"]),
        )

    def accepted_pairs(self) -> pa.Table:
        """Return the result's pairs as texts."""
        return read_input(str(self.folder / "pairs"), _no_catalog).table

    @cached_property
    def compared(self) -> ScoredPairs | None:
        """Return every pair that was compared; None in results of before they were written.

        Raises:
            ResultError: They do not fit the records.
        """
        file = self.folder / COMPARED
        if not file.exists():
            return None
        try:
            table = parquet.read_table(file, schema=COMPARED_SCHEMA)
        except pa.ArrowException as error:
            raise ResultError(f"{file} cannot be read: {error}") from error
        left, right, probability = (column.to_numpy() for column in table.columns)
        if len(table) and max(left.max(), right.max()) >= len(self.records):
            raise ResultError(f"{file} tells of more records than there are")
        return ScoredPairs(left=left, right=right, probability=probability)

    def scored(self) -> ScoredPairs:
        """Return every pair that was compared, if need be by comparing them once more."""
        if self.compared is not None:
            return self.compared
        return find_matches(self.records, self.options, model=self.model).candidates

    def position(self, identity: str, source: int) -> int:
        """Return where a record stands.

        Args:
            identity: Its id.
            source: 0, or 1 for the second of two sources.

        Raises:
            InvalidInputError: There is no such record.
        """
        ids = self.records.ids
        start = 0 if source == 0 else len(self.tables[0])
        found = pc.index(ids.slice(start), pa.scalar(identity, ids.type)).as_py()
        if found < 0 or (source == 0 and found >= len(self.tables[0])):
            where = self.manifest.inputs[source]
            raise InvalidInputError(f"no record of {where} has the id {identity!r}")
        return int(start + found)


def read_known(folder: Path) -> Known:
    """Return an earlier result.

    Raises:
        ResultError: The folder is none, or its files do not fit together.
        GluepotError: A file of it cannot be read.
    """
    manifest = read_manifest(folder)
    table = read_input(str(folder / "records"), _no_catalog).table
    try:
        match_ids = table.column(MATCH_ID).cast(pa.int64()).to_numpy()
        tables = _sources(table, manifest)
        records = records_of(tables, manifest.id_column)
    except (KeyError, pa.ArrowException) as error:
        raise ResultError(f"the records in {folder} are not what match wrote: {error}") from error
    return Known(
        folder=folder,
        manifest=manifest,
        tables=tables,
        records=records,
        match_ids=match_ids,
        model=read_model(folder / "model.json"),
    )


def _sources(table: pa.Table, manifest: Manifest) -> list[pa.Table]:
    if not manifest.linked:
        return [table.select(_kept(table, manifest.columns[0]))]
    sides = table.column(SOURCE)
    return [
        table.filter(pc.equal(sides, pa.scalar(side, sides.type))).select(_kept(table, columns))
        for side, columns in zip(SIDES, manifest.columns, strict=True)
    ]


def _kept(table: pa.Table, columns: Sequence[str]) -> list[str]:
    """Return the columns of an input that its result has not replaced by its own."""
    return [name for name in columns if name in table.column_names and name not in MATCH_COLUMNS]


def _no_catalog(database: str, name: str) -> pa.Table:
    raise AssertionError(f"a path is no table: {database}.{name}")
