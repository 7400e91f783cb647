from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.running import hash_runs, hashed_groups, passes
from gluepot.transforms.quality.running.asks import Asked, Grouping, PassCount
from gluepot.transforms.quality.running.frame import Frame
from gluepot.transforms.quality.running.hashed_groups import counts_by_hash, hashable
from tests.transforms.quality.running.asking import evaluation, verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import Column, DataFrame, SparkSession

    from gluepot.transforms.quality.running.asks import GroupCounts

SCHEMA = (
    "flag boolean, tiny byte, small short, whole int, long long, single float, real double,"
    " price decimal(10, 2), huge decimal(38, 3), day date, moment timestamp, local timestamp_ntz,"
    " text string, raw binary"
)
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
MOMENTS = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1))  # noqa: DTZ001
REALS = st.sampled_from([0.0, -0.0, 1.5, math.inf, -math.inf, math.nan])
NAMES = (
    "flag", "tiny", "small", "whole", "long", "single", "real", "price", "huge", "day", "moment",
    "local", "text", "raw",
)  # fmt: skip


def few(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


ROWS = st.lists(
    st.tuples(
        few(st.booleans()),
        few(st.integers(-2, 2)),
        few(st.integers(-300, 300)),
        few(st.integers(-3, 3)),
        few(st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63)])),
        few(REALS),
        few(REALS),
        few(st.decimals(-3, 3, places=2)),
        few(st.sampled_from([Decimal("1.000"), Decimal(-1), Decimal(10**34)])),
        few(DAYS),
        few(MOMENTS),
        few(MOMENTS),
        few(st.sampled_from(["", " ", "a", "A", "ä", "a\u0308", "\x00", "\U0001f600", "ab"])),
        few(st.binary(max_size=2)),
    ),
    min_size=20,
    max_size=60,
)
GROUPINGS = (
    *(Grouping(columns=(name,)) for name in NAMES),
    Grouping(columns=("whole", "tiny")),
    Grouping(columns=("text", "raw", "real")),
    Grouping(columns=("flag", "flag")),
    Grouping(columns=NAMES),
    Grouping(columns=("text",), where="whole > 0"),
    Grouping(columns=("whole", "tiny"), where="flag"),
)


def by_values(frame: Frame, groupings: Sequence[Grouping]) -> dict[Grouping, GroupCounts]:
    """Return what Spark's own grouping has."""
    measured = passes.measure(frame, Asked(groupings=frozenset(groupings)), PassCount())
    assert not measured.failed
    return measured.groups


def by_hash(
    frame: Frame, groupings: Sequence[Grouping], cells: int, passed: list[int] | None = None
) -> dict[Grouping, GroupCounts]:
    counted = [] if passed is None else passed
    return counts_by_hash(frame, groupings, cells, lambda: counted.append(1))


def assert_same(one: dict[Grouping, GroupCounts], other: dict[Grouping, GroupCounts]) -> None:
    assert one.keys() == other.keys()
    for each, counts in one.items():
        theirs = other[each]
        exact = (counts.rows, counts.distinct, counts.unique)
        assert exact == (theirs.rows, theirs.distinct, theirs.unique), each
        assert counts.weighted == pytest.approx(theirs.weighted)


@settings(
    max_examples=2,
    phases=(Phase.explicit, Phase.generate),  # each example costs seconds: none to shrink by
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(rows=ROWS)
def test_counts_by_hash_are_those_of_values(
    spark: SparkSession, rows: list[tuple[Any, ...]]
) -> None:
    frame = Frame(spark.createDataFrame(rows, SCHEMA).repartition(2))

    assert all(hashable(frame, each) for each in GROUPINGS)
    assert_same(by_hash(frame, GROUPINGS, 3), by_values(frame, GROUPINGS))


def test_an_empty_frame_has_no_groups(spark: SparkSession) -> None:
    frame = Frame(spark.createDataFrame([], SCHEMA))

    found = by_hash(frame, GROUPINGS[:2], 1)

    assert {(each.rows, each.distinct, each.unique) for each in found.values()} == {(0, 0, 0)}


def test_runs_that_are_sent_in_parts_are_counted_together(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hash_runs, "VALUES_AT_ONCE", 1)
    frame = Frame(spark.range(30_000).selectExpr("id", "id % 7 AS few").repartition(2))
    groupings = [Grouping(columns=("id",)), Grouping(columns=("few",))]

    found = by_hash(frame, groupings, 2)

    counts = [(found[each].rows, found[each].distinct, found[each].unique) for each in groupings]
    assert counts == [(30_000, 30_000, 30_000), (30_000, 7, 0)]


def test_values_that_share_a_hash_are_told_apart_where_they_are_few(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_length(frame: Frame, grouping: Grouping) -> Column:
        return F.length(frame.column(grouping.columns[0])).cast("long")

    monkeypatch.setattr(hashed_groups, "_hash", by_length)
    texts = ["a", "b", "cc", "dd", "dd", "eee", "ffff", None]
    frame = Frame(spark.createDataFrame([(text, "x" * at) for at, text in enumerate(texts)]))
    first, other = Grouping(columns=("_1",)), Grouping(columns=("_2",))
    passed: list[int] = []

    found = by_hash(frame, [first, other], 1, passed)

    counts = found[first]
    assert (counts.rows, counts.distinct, counts.unique) == (7, 6, 5)
    assert counts.weighted == pytest.approx(2 * math.log(2))
    assert (found[other].distinct, found[other].unique) == (8, 8)
    assert len(passed) == 2


def test_groups_of_nested_values_and_collations_are_not_told_by_hashes(
    spark: SparkSession,
) -> None:
    frame = Frame(
        spark.sql(
            "SELECT 1 AS n, array(1) AS list, struct(1) AS whole, map(1, 2) AS pairs,"
            " 'a' COLLATE UTF8_LCASE AS word"
        )
    )

    able = [name for name in frame.dataframe.columns if hashable(frame, Grouping(columns=(name,)))]

    assert able == ["n"]


RULES = [
    'IsUnique "id"',
    'IsPrimaryKey "code"',
    'Uniqueness "few" = 0',
    'DistinctValuesCount "few" = 7',
    'UniqueValueRatio "code" = 1',
    'Entropy "few" between 1.94 and 1.95',
    "DuplicateRowCount = 0",
    'IsUnique "list"',
    'IsUnique "id" where "1 / (id - 5) > 0"',
]


def many(spark: SparkSession) -> DataFrame:
    return spark.range(70).selectExpr(
        "id", "concat('c', id) AS code", "id % 7 AS few", "array(id) AS list"
    )


def test_many_rows_have_the_verdicts_of_few_in_as_many_passes(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_spark = verdicts(many(spark), RULES)
    monkeypatch.setattr(passes, "LEAST_HASHED", 1)

    assert verdicts(many(spark), RULES) == by_spark
    plain = evaluation(many(spark), RULES[:6])
    assert (plain.result.passes.aggregate, plain.result.passes.grouping) == (1, 1)


def test_spark_counts_alone_where_python_has_no_libraries(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(*_: object) -> None:
        raise ImportError("No module named 'numpy'")

    by_spark = verdicts(many(spark), RULES[:6])
    monkeypatch.setattr(passes, "LEAST_HASHED", 1)
    monkeypatch.setattr(passes, "counts_by_hash", without)

    assert verdicts(many(spark), RULES[:6]) == by_spark


def test_groups_of_a_large_frame_are_counted_during_the_other_pass(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    many(spark).write.parquet(str(tmp_path / "many"))
    rows = spark.read.parquet(str(tmp_path / "many"))
    wrong = 'IsUnique "code" where "nowhere > 1"'
    by_spark = [verdicts(rows, RULES), verdicts(rows, [*RULES, wrong])]
    monkeypatch.setattr(passes, "LEAST_BYTES_AHEAD", 1)

    plain = evaluation(rows, RULES[:6])
    assert (plain.result.passes.aggregate, plain.result.passes.grouping) == (1, 1)
    assert [verdicts(rows, RULES), verdicts(rows, [*RULES, wrong])] == by_spark
