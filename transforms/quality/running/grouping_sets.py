"""Groups of rows by their values, for many sets of columns at once: Spark's grouping sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.running.asks import GroupCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame, Row

    from gluepot.transforms.quality.running.asks import Grouping
    from gluepot.transforms.quality.running.frame import Frame


def grouped(frame: Frame, groupings: Sequence[Grouping]) -> DataFrame:
    """Return one row for each set of columns: how many groups, and of which sizes.

    Spark's grouping sets send each row once for each set, through one shuffle of one scan.
    """
    columns, wheres = _columns(groupings), _wheres(groupings)
    flags = [
        (F.lit(True) if where is None else F.expr(where)).alias(f"w{at}")  # noqa: FBT003
        for at, where in enumerate(wheres)
    ]
    keys = [frame.column(name).alias(f"k{at}") for at, name in enumerate(columns)]
    names = [f"k{at}" for at in range(len(columns))]
    sets = [[f"k{columns.index(name)}" for name in each] for each in _sets(groupings)]
    sizes = [F.count(F.when(F.col(f"w{at}"), 1)).alias(f"n{at}") for at in range(len(wheres))]
    source = frame.dataframe.select(*keys, *flags)
    groups = source.groupingSets(sets, *names).agg(F.grouping_id(*names).alias("which"), *sizes)
    known = F.lit(False)  # noqa: FBT003
    for name in names:
        known = known | F.col(name).isNotNull()
    found = [part for at in range(len(wheres)) for part in _folded(at)]
    return groups.where(known).groupBy("which").agg(*found)


def _folded(at: int) -> tuple[Column, ...]:
    size = F.col(f"n{at}")
    many = size > 0
    return (
        F.sum(size).alias(f"rows{at}"),
        F.count(F.when(many, 1)).alias(f"distinct{at}"),
        F.count(F.when(size == 1, 1)).alias(f"unique{at}"),
        F.sum(F.when(many, size * F.ln(size))).alias(f"weighted{at}"),
    )


def counts_of(groupings: Sequence[Grouping], rows: Sequence[Row]) -> dict[Grouping, GroupCounts]:
    """Return the counts of groupings from the rows of ``grouped``; no row means no group."""
    columns, wheres = _columns(groupings), _wheres(groupings)
    found = {row["which"]: row for row in rows}
    counts = {}
    for grouping in groupings:
        row = found.get(_number(grouping.columns, columns))
        at = wheres.index(grouping.where)
        counts[grouping] = GroupCounts(
            rows=0 if row is None else row[f"rows{at}"],
            distinct=0 if row is None else row[f"distinct{at}"],
            unique=0 if row is None else row[f"unique{at}"],
            weighted=0.0 if row is None else row[f"weighted{at}"] or 0.0,
        )
    return counts


def _number(chosen: Sequence[str], columns: Sequence[str]) -> int:
    """Return Spark's number of a grouping set: a bit for each column that is not in it."""
    bits = "".join("0" if name in chosen else "1" for name in columns)
    return int(bits, 2)


def _columns(groupings: Sequence[Grouping]) -> list[str]:
    return list(dict.fromkeys(name for each in groupings for name in each.columns))


def _sets(groupings: Sequence[Grouping]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(sorted(set(each.columns))) for each in groupings))


def _wheres(groupings: Sequence[Grouping]) -> list[str | None]:
    return list(dict.fromkeys(each.where for each in groupings))
