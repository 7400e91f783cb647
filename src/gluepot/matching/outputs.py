"""What a result holds: the records with their match ids, the accepted pairs, the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from gluepot.matching.changes import Change
from gluepot.matching.csv_text import csv_header, csv_lines
from gluepot.matching.inputs import FileFormat
from gluepot.transforms.matching.records import as_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np

    from gluepot.matching.pairs import PairBatch
    from gluepot.transforms.matching.matcher import ScoredPairs

MATCH_ID, SCORE, SOURCE = "match_id", "match_confidence_score", "match_source"
MATCH_COLUMNS = (MATCH_ID, SCORE, SOURCE)
"""Columns that a result adds, in place of those of an earlier one; they are never compared."""

SIDES = ("left", "right")
"""What ``match_source`` says of records of the first source, and of the second."""

PAIR_COLUMNS = ("id_left", "id_right", "confidence")
COMPARED_SCHEMA = pa.schema(
    [("left", pa.int64()), ("right", pa.int64()), ("probability", pa.float64())]
)
_ROWS_AT_ONCE = 50_000
_DIGITS = 6


def matched_table(
    tables: Sequence[pa.Table], match_ids: np.ndarray, scores: np.ndarray
) -> pa.Table:
    """Return the records as they came with the columns of a result.

    Records of two sources are in one table: columns of one name are one column, as text where
    their types do not fit, and columns that only one source has are null for the other.
    """
    bare = [table.drop_columns(_ours(table)) for table in tables]
    table = bare[0] if len(bare) == 1 else _joined(bare)
    table = table.append_column(MATCH_ID, pa.array(match_ids, pa.int64()))
    table = table.append_column(SCORE, pc.round(pa.array(scores, pa.float64()), _DIGITS))
    if len(tables) == 1:
        return table
    sides = [pa.repeat(side, len(each)) for side, each in zip(SIDES, tables, strict=True)]
    return table.append_column(SOURCE, pa.chunked_array(sides))


def _ours(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if name in MATCH_COLUMNS]


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException:
        return pa.concat_tables(
            [_as_texts(table, tables) for table in tables], promote_options="permissive"
        )


def _as_texts(table: pa.Table, tables: Sequence[pa.Table]) -> pa.Table:
    """Return a table with columns as texts where another has the column in another type."""
    for at, field in enumerate(table.schema):
        others = [
            other.schema.field(field.name) for other in tables if field.name in other.schema.names
        ]
        if any(other.type != field.type for other in others):
            table = table.set_column(at, field.name, as_texts(table.column(at)))
    return table


def write_records(table: pa.Table, folder: Path, form: FileFormat, delimiter: str) -> None:
    """Write records to a new folder in the form that they came in; CSV is UTF-8."""
    folder.mkdir()
    if form is FileFormat.PARQUET:
        parquet.write_table(table, folder / "records.parquet")
        return
    with (folder / "records.csv").open("xb") as file:
        file.write(csv_header(table.column_names, delimiter))
        for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
            file.write(csv_lines(batch.columns, delimiter))


def write_pairs(batches: Iterable[PairBatch], ids: pa.Array, folder: Path) -> int:
    """Write pairs to a new folder as CSV, and return how many there are.

    Args:
        batches: Written one after the other, never together.
        ids: Of the records by position.
        folder: Where the file goes.
    """
    count = 0
    folder.mkdir()
    with (folder / "pairs.csv").open("xb") as file:
        file.write(csv_header(PAIR_COLUMNS))
        for batch in batches:
            confidence = pc.round(pa.array(batch.confidence, pa.float64()), _DIGITS)
            left, right = (ids.take(pa.array(each)) for each in (batch.left, batch.right))
            file.write(csv_lines([left, right, confidence]))
            count += len(batch)
    return count


def write_compared(pairs: ScoredPairs, file: Path) -> None:
    """Write every pair that was compared, accepted or not, as Parquet: two rows of the records."""
    table = pa.table(
        {"left": pairs.left, "right": pairs.right, "probability": pairs.probability},
        schema=COMPARED_SCHEMA,
    )
    parquet.write_table(table, file, compression="zstd")


def write_changes(changes: Sequence[Change], file: Path) -> None:
    """Write what changed, a row for each record."""
    columns = list(zip(*changes, strict=True)) or [()] * len(Change._fields)
    texts = [[None if cell is None else str(cell) for cell in column] for column in columns]
    lines = csv_lines([pa.array(column, pa.large_string()) for column in texts])
    file.write_bytes(csv_header(Change._fields) + lines)
