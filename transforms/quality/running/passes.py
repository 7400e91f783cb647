"""The passes over the data: one aggregation for all single values, one for all groups.

A question that Spark cannot answer (SQL that is wrong, a division by zero) would take all others
down with it, so a failed aggregation is tried again in halves until the faulty ones are found.
"""

from __future__ import annotations

import contextlib
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pyspark import inheritable_thread_target
from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.paths import quote
from gluepot.transforms.quality.running.asks import Measured, rows_key
from gluepot.transforms.quality.running.grouping_sets import counts_of, grouped
from gluepot.transforms.quality.running.hashed_groups import counts_by_hash, hashable
from gluepot.transforms.spark_errors import SPARK_ERRORS, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.quality.running.asks import Asked, GroupCounts, Grouping, PassCount
    from gluepot.transforms.quality.running.frame import Frame

MOST_SCALARS = 400
"""Aggregates of one pass: the code that Spark makes of more compiles longer than it saves."""
MOST_GROUPED = 60
"""Columns of one grouping pass: Spark numbers its sets by the bits of a long."""
LEAST_HASHED = 500_000
"""Rows from which groups are counted by hashes: to start Python for fewer takes longer."""
ROWS_A_CELL = 1 << 20
"""Hashes that are merged at once, about: 8 MB."""
MOST_HASHED = 100
"""Groupings of one pass by hashes."""
LEAST_BYTES_AHEAD, MOST_BYTES_AHEAD = 16 << 20, 4 << 30
"""Sizes of frames, as Spark estimates them, of which both passes are under way at once.

Both together keep processors busy while one is planned, compiled or at its last task. Smaller
frames may have too few rows for hashes, and of larger ones that time is a small part.
"""
LEAST_CELLS_AHEAD, BYTES_A_CELL = 16, 16 << 20
"""How much is merged at once while nobody has counted the rows: about as much, or less."""

_LOG = logging.getLogger(__name__)
_UNHASHED = re.compile(r"\bmap<|\bvariant\b")


def measure(frame: Frame, asked: Asked, counted: PassCount) -> Measured:
    """Return the answers to all questions.

    Raises:
        PySparkException: The frame itself cannot be read.
    """
    measured = Measured()
    scalars = list(asked.scalars.items())
    groupings = sorted(asked.groupings, key=_order)
    with _hashed_ahead(frame, groupings, counted) as hashed:
        for start in range(0, len(scalars), MOST_SCALARS):
            _aggregate(frame.dataframe, scalars[start : start + MOST_SCALARS], measured, counted)
        found = hashed()
    if found is None:
        found = _hashed_by_rows(frame, groupings, measured, counted)
    measured.groups |= found
    for part in _parts([each for each in groupings if each not in measured.groups]):
        _group(frame, part, measured, counted)
    return measured


@contextlib.contextmanager
def _hashed_ahead(
    frame: Frame, groupings: Sequence[Grouping], counted: PassCount
) -> Iterator[Callable[[], dict[Grouping, GroupCounts] | None]]:
    """Count groups by hashes during the block, if the frame is of a size that gains by it.

    Yields:
        What waits for the counts; None is to be tried again when the rows have been counted.
    """
    able = [each for each in groupings if hashable(frame, each)]
    size = _estimated_bytes(frame.dataframe) if able else 0
    if not LEAST_BYTES_AHEAD <= size <= MOST_BYTES_AHEAD:
        yield lambda: None
        return
    cells = max(LEAST_CELLS_AHEAD, -(-size // BYTES_A_CELL))

    @inheritable_thread_target(frame.dataframe.sparkSession)
    def count() -> dict[Grouping, GroupCounts] | None:
        try:
            return _hashed(frame, able, cells, counted)
        except AnalysisException:
            # A condition that is wrong: which one is known when the aggregates are there.
            return None

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="groups") as pool:
        yield pool.submit(count).result


def _estimated_bytes(dataframe: DataFrame) -> int:
    """Return how many bytes Spark's planner takes the rows to be; 0 where it cannot be asked."""
    java = getattr(dataframe, "_jdf", None)
    if java is None:  # Spark Connect keeps the plan on its server.
        return 0
    return int(java.queryExecution().optimizedPlan().stats().sizeInBytes())


def _hashed_by_rows(
    frame: Frame, groupings: Sequence[Grouping], measured: Measured, counted: PassCount
) -> dict[Grouping, GroupCounts]:
    """Count groups by hashes where rows are known to be many."""
    rows = measured.scalars.get(rows_key())
    if not isinstance(rows, int) or rows < LEAST_HASHED:
        return {}
    able = [
        each
        for each in groupings
        if rows_key(each.where) not in measured.failed and hashable(frame, each)
    ]
    try:
        return _hashed(frame, able, -(-rows // ROWS_A_CELL), counted)
    except AnalysisException as error:
        _LOG.info("groups are not counted by hashes: %s", reason(error))
        return {}


def _hashed(
    frame: Frame, able: Sequence[Grouping], cells: int, counted: PassCount
) -> dict[Grouping, GroupCounts]:
    """Return the counts of groupings by hashes; of fewer where executors cannot do that.

    Raises:
        AnalysisException: A grouping's condition is wrong.
    """

    def passed() -> None:
        counted.grouping += 1

    found: dict[Grouping, GroupCounts] = {}
    for start in range(0, len(able), MOST_HASHED):
        try:
            found |= counts_by_hash(frame, able[start : start + MOST_HASHED], cells, passed)
        except AnalysisException:
            raise
        except (ImportError, *SPARK_ERRORS) as error:
            # Executors may lack Python's libraries: Spark alone counts them, or tells its reason.
            _LOG.info("groups are not counted by hashes: %s", reason(error))
            break
    return found


def _order(grouping: Grouping) -> tuple[tuple[str, ...], str]:
    return grouping.columns, grouping.where or ""


def _aggregate(
    dataframe: DataFrame,
    scalars: Sequence[tuple[str, Column]],
    measured: Measured,
    counted: PassCount,
) -> None:
    try:
        columns = [column.alias(f"m{at}") for at, (_, column) in enumerate(scalars)]
        planned = dataframe.agg(*columns)
        _ = planned.schema
        counted.aggregate += 1
        row = planned.collect()[0]
    except SPARK_ERRORS as error:
        if not isinstance(error, AnalysisException):
            _check_readable(dataframe)
        if len(scalars) == 1:
            measured.failed[scalars[0][0]] = reason(error)
            return
        middle = len(scalars) // 2
        _aggregate(dataframe, scalars[:middle], measured, counted)
        _aggregate(dataframe, scalars[middle:], measured, counted)
        return
    measured.scalars |= {key: row[at] for at, (key, _) in enumerate(scalars)}


def _check_readable(dataframe: DataFrame) -> None:
    """Read all rows, with all columns that have a hash.

    What fails here is no rule's fault, and goes through.
    """
    names = [
        quote(field.name)
        for field in dataframe.schema.fields
        if not _UNHASHED.search(field.dataType.simpleString())
    ]
    # Spark would not compute what a count alone asks for.
    dataframe.select(F.max(F.xxhash64(F.lit(0), *names))).collect()


def _parts(groupings: Sequence[Grouping]) -> list[list[Grouping]]:
    """Return groupings in as few parts as Spark's sets can number."""
    parts: list[list[Grouping]] = []
    used: set[str] = set()
    for grouping in groupings:
        if not parts or len(used | set(grouping.columns)) > MOST_GROUPED:
            parts.append([])
            used = set()
        parts[-1].append(grouping)
        used |= set(grouping.columns)
    return parts


def _group(
    frame: Frame, groupings: Sequence[Grouping], measured: Measured, counted: PassCount
) -> None:
    try:
        planned = grouped(frame, groupings)
        _ = planned.schema
        counted.grouping += 1
        rows = planned.collect()
    except SPARK_ERRORS as error:
        if not isinstance(error, AnalysisException):
            _check_readable(frame.dataframe)
        if len(groupings) == 1:
            measured.failed[groupings[0]] = reason(error)
            return
        middle = len(groupings) // 2
        _group(frame, groupings[:middle], measured, counted)
        _group(frame, groupings[middle:], measured, counted)
        return
    measured.groups |= counts_of(groupings, rows)
