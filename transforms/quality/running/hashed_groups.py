"""Counts of groups by hashes of their values, for frames whose rows are many.

How many groups there are, and of which sizes, needs no values: Spark makes each row's values one
long (its ``xxhash64``), and sorted runs of longs are counted (``hash_runs``). One value of a type
of at most eight bytes has a hash of its own, so counts of such a column are exact. Two different
texts, or sets of values, share a hash with a chance of 1 to 2**64: among ``n`` groups of one
column any two do with about ``n * n / 2**65`` (10 million: 3 to a million). Where few hashes are
repeated, the rows that have them are grouped by their values, which is exact again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms.quality.running.asks import GroupCounts
from gluepot.transforms.quality.running.frame import Frame
from gluepot.transforms.quality.running.grouping_sets import counts_of, grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import Column, Row

    from gluepot.transforms.quality.running.asks import Grouping

MOST_REPEATED = 100
"""Repeated hashes whose rows are looked at again, of one grouping."""

_ONE_LONG = (
    T.BooleanType,
    T.ByteType,
    T.ShortType,
    T.IntegerType,
    T.LongType,
    T.FloatType,
    T.DoubleType,
    T.DateType,
    T.TimestampType,
    T.TimestampNTZType,
)
"""Types whose hash is a permutation of their at most 64 bits: no two values share one.

``xxhash64`` mixes one block by odd factors, rotations and shifts with exclusive or, each of which
can be undone. It hashes all NaN as one value and -0.0 as 0.0, as grouping has them.
"""
_DIGITS_OF_A_LONG = 18
"""Decimals of so many digits are hashed as one long."""


def hashable(frame: Frame, grouping: Grouping) -> bool:
    """Return whether a grouping's hashes tell its groups apart.

    Those of arrays, structs and maps do not: Spark's hash leaves nulls inside of them out. Texts
    of a collation are equal by its rules, not by their bytes.
    """
    return all(_is_plain(frame.type_of(name)) for name in grouping.columns)


def counts_by_hash(
    frame: Frame, groupings: Sequence[Grouping], cells: int, passed: Callable[[], None]
) -> dict[Grouping, GroupCounts]:
    """Return the counts of groupings that are hashable.

    Args:
        frame: The rows.
        groupings: What they are grouped by.
        cells: How many parts the hashes are cut into: each is merged at once.
        passed: Called once for each pass over the rows.

    Raises:
        ImportError: This Python has no pandas or PyArrow, which Spark asks for.
        PySparkException: The executors' Python has no NumPy or PyArrow, or a row cannot be read.
    """
    from gluepot.transforms.quality.running import hash_runs  # noqa: PLC0415 - brings NumPy
    from gluepot.transforms.shipping import ship  # noqa: PLC0415

    ship(hash_runs)
    hashes = [_hash(frame, grouping).alias(f"h{at}") for at, grouping in enumerate(groupings)]
    runs = hash_runs.runs_of(len(hashes), cells)
    folded = hash_runs.folder(MOST_REPEATED)
    pieces = frame.dataframe.select(*hashes).mapInArrow(runs, hash_runs.RUNS)
    passed()
    found = pieces.groupBy("at", "cell").applyInArrow(folded, hash_runs.FOLDED).collect()
    parts: list[list[Row]] = [[] for _ in groupings]
    for row in found:
        parts[row["at"]].append(row)
    counts = {each: _together(part) for each, part in zip(groupings, parts, strict=True)}
    repeated = {each: _repeated(part) for each, part in zip(groupings, parts, strict=True)}
    return counts | _exact(frame, counts, repeated, passed)


def _is_plain(kind: T.DataType) -> bool:
    if isinstance(kind, T.StringType):
        return kind.simpleString() == "string"
    return isinstance(kind, (*_ONE_LONG, T.DecimalType, T.BinaryType))


def _hash(frame: Frame, grouping: Grouping) -> Column:
    """Return the hash of a row's values; null where all are null, or the row is left out."""
    columns = [frame.column(name) for name in dict.fromkeys(grouping.columns)]
    known = columns[0].isNotNull()
    for column in columns[1:]:
        known = known | column.isNotNull()
    if grouping.where is not None:
        known = known & F.expr(grouping.where)
    if len(columns) == 1:
        return F.when(known, F.xxhash64(columns[0]))
    # A null adds nothing to a hash: (null, 1) would be (1, null).
    parts = [part for column in columns for part in (column.isNull(), column)]
    return F.when(known, F.xxhash64(*parts))


def _together(parts: Sequence[Row]) -> GroupCounts:
    return GroupCounts(
        rows=sum(row["rows"] for row in parts),
        distinct=sum(row["distinct"] for row in parts),
        unique=sum(row["unique"] for row in parts),
        weighted=sum(row["weighted"] for row in parts),
    )


def _repeated(parts: Sequence[Row]) -> list[int]:
    """Return the hashes of more than one row; none where they are too many to look at again."""
    lists = [row["repeated"] for row in parts]
    if any(each is None for each in lists):
        return []
    hashes = [each for part in lists for each in part]
    return hashes if len(hashes) <= MOST_REPEATED else []


def _exact(
    frame: Frame,
    counts: Mapping[Grouping, GroupCounts],
    repeated: Mapping[Grouping, Sequence[int]],
    passed: Callable[[], None],
) -> dict[Grouping, GroupCounts]:
    """Return the counts that may be wrong by a shared hash, by values."""
    unsure = [each for each in counts if repeated[each] and not _is_faithful(frame, each)]
    if not unsure:
        return {}
    again = F.lit(False)  # noqa: FBT003
    for each in unsure:
        again = again | F.coalesce(_hash(frame, each).isin(list(repeated[each])), F.lit(False))  # noqa: FBT003
    few = Frame(frame.dataframe.where(again))
    passed()
    by_value = counts_of(unsure, grouped(few, unsure).collect())
    return {each: _corrected(counts[each], by_value[each]) for each in unsure}


def _is_faithful(frame: Frame, grouping: Grouping) -> bool:
    if len(set(grouping.columns)) > 1:
        return False
    kind = frame.type_of(grouping.columns[0])
    if isinstance(kind, T.DecimalType):
        return kind.precision <= _DIGITS_OF_A_LONG
    return isinstance(kind, _ONE_LONG)


def _corrected(hashed: GroupCounts, few: GroupCounts) -> GroupCounts:
    """Return counts of all rows: those that are not among the few have a group each."""
    alone = hashed.rows - few.rows
    return GroupCounts(
        rows=hashed.rows,
        distinct=alone + few.distinct,
        unique=alone + few.unique,
        weighted=few.weighted,
    )
