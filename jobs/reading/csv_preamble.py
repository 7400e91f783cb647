"""Rows below several lines that are none: Spark's CSV reader skips one line a file at most.

The lines are read as text, and the first of each file are left out before they are cut into cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

FILE_COLUMN = "_file"
"""The address of each row's file, in a frame that knows no metadata any more."""


def rows_below(
    lines: DataFrame, address: Column, skipped: int, schema: str, options: Mapping[str, str]
) -> DataFrame:
    """Return the rows of delimited lines, and ``FILE_COLUMN``.

    Args:
        lines: Read as text, a line a row.
        address: Of a row's file.
        skipped: How many lines of each file are no rows.
        schema: Of the rows.
        options: Of Spark's CSV reader.
    """
    placed = lines.select(
        F.col("value").cast("binary").alias("value"),
        address.alias(FILE_COLUMN),
        F.col("_metadata.file_block_start").alias("_start"),
    )
    kept = placed.mapInArrow(_without_first(skipped), f"value binary, {FILE_COLUMN} string")
    filled = kept.withColumn("value", _text(options.get("encoding", "UTF-8"))).where(
        F.trim("value") != ""
    )
    cut = filled.select(F.from_csv("value", schema, dict(options)).alias("_row"), FILE_COLUMN)
    return cut.select("_row.*", FILE_COLUMN)


def _text(encoding: str) -> Column:
    bytes_ = F.col("value")
    return bytes_.cast("string") if encoding.upper() == "UTF-8" else F.decode(bytes_, encoding)


def _without_first(
    skipped: int,
) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    # A function of a function travels to the executors whole, which may lack this module.
    name = FILE_COLUMN

    def without(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow.compute as pc  # noqa: PLC0415 - where it runs

        seen: dict[str, int] = {}
        for batch in batches:
            left = batch
            for file in pc.unique(batch.filter(pc.equal(batch["_start"], 0))[name]).to_pylist():
                # Only the part of a file that begins it has its first lines, and has them first.
                missing = skipped - seen.get(file, 0)
                if missing > 0:
                    mine = pc.and_(pc.equal(left[name], file), pc.equal(left["_start"], 0))
                    places = pc.indices_nonzero(mine).to_pylist()[:missing]
                    seen[file] = seen.get(file, 0) + len(places)
                    dropped = set(places)
                    left = left.take([i for i in range(left.num_rows) if i not in dropped])
            yield left.select(["value", name])

    return without
