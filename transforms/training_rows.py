"""Rows as machine learning is to see them: the same ones, in the same order, however they lie.

Spark's learners draw their samples partition by partition, so what they learn depends on where
rows lie. Here each row's place depends on its values alone.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, MapType, StructType, VariantType

from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import Column, DataFrame

ROWS_A_PARTITION = 20_000
_SHARES = 1_000_000
_SHUFFLE_PARTITIONS = "spark.sql.shuffle.partitions"


@contextlib.contextmanager
def settled(rows: DataFrame, keys: Sequence[str], count: int) -> Iterator[DataFrame]:
    """Yield ``count`` rows, kept for the block, in places that depend on the keys' values alone."""
    most = int(str(rows.sparkSession.conf.get(_SHUFFLE_PARTITIONS)))
    parts = max(1, min(most, math.ceil(count / ROWS_A_PARTITION)))
    columns = [comparable(rows, key) for key in keys]
    kept = rows.repartition(parts, *columns).sortWithinPartitions(*columns).persist()
    try:
        yield kept
    finally:
        kept.unpersist()


def sampled(rows: DataFrame, keys: Sequence[str], share: float) -> DataFrame:
    """Return about a share of the rows, chosen by the keys' values alone."""
    return rows if share >= 1 else rows.where(_place(rows, keys, 0) < int(share * _SHARES))


def fold(rows: DataFrame, keys: Sequence[str], folds: int) -> Column:
    """Return which of some folds a row belongs to, by the keys' values alone."""
    return F.pmod(_place(rows, keys, 1), F.lit(folds))


def _place(rows: DataFrame, keys: Sequence[str], seed: int) -> Column:
    hashed = F.xxhash64(F.lit(seed), *(comparable(rows, key) for key in keys))
    return F.pmod(hashed, F.lit(_SHARES))


def comparable(rows: DataFrame, name: str) -> Column:
    """Return a column that Spark can sort and hash by: nested ones as JSON."""
    nested = (StructType, ArrayType, MapType, VariantType)
    column = F.col(quote(name))
    return F.to_json(F.struct(column)) if isinstance(rows.schema[name].dataType, nested) else column
