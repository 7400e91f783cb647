"""Profiles of real Spark frames against pandas and DuckDB on the same rows."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.quality.profiling import ColumnProfile, Kind, merged, profile_frame, reading
from gluepot.transforms.quality.profiling.distinct import STANDARD_ERROR
from gluepot.transforms.quality.profiling.model import Profile
from gluepot.transforms.quality.profiling.quantiles import RANK_ERROR
from tests.transforms.quality.profiling.rows import COUNT, NAMES, SCHEMA, frame, rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.transforms.quality.profiling import FrameProfile

NOW = dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC)
COLUMNS = [part.split()[0] for part in SCHEMA.replace("decimal(12, 3)", "decimal").split(",")]


@pytest.fixture(scope="module")
def table() -> list[tuple[Any, ...]]:
    return rows()


@pytest.fixture(scope="module")
def found(spark: SparkSession, table: list[tuple[Any, ...]]) -> FrameProfile:
    return profile_frame(frame(spark, table), now=NOW)


@pytest.fixture(scope="module")
def by_region(spark: SparkSession, table: list[tuple[Any, ...]]) -> FrameProfile:
    return profile_frame(frame(spark, table), now=NOW, partitioned_by=["region"])


def values_of(table: list[tuple[Any, ...]], name: str) -> list[Any]:
    """Return the values of a column that are not null."""
    at = COLUMNS.index(name)
    return [row[at] for row in table if row[at] is not None]


def finite(values: list[Any]) -> list[float]:
    return [float(value) for value in values if math.isfinite(value)]


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_nulls_and_different_values_are_those_of_pandas(
    found: FrameProfile, table: list[tuple[Any, ...]], name: str
) -> None:
    column, values = found.whole.column(name), values_of(table, name)
    assert (column.rows, column.nulls) == (COUNT, COUNT - len(values))
    if column.kind is Kind.NESTED:
        return
    # pandas has no value that is not a number; to Spark it is one.
    different = pd.Series(values, dtype=object).nunique(dropna=False) if values else 0
    error = 0 if different <= 384 else 4 * STANDARD_ERROR
    assert column.distinct.estimate() == pytest.approx(different, rel=error)


@pytest.mark.parametrize("name", ["id", "small", "real", "single", "price"])
def test_numbers_are_those_of_pandas(
    found: FrameProfile, table: list[tuple[Any, ...]], name: str
) -> None:
    column, values = found.whole.column(name), values_of(table, name)
    if name == "single":
        values = [float(pd.Series([value], dtype="float32")[0]) for value in values]
    known = [value for value in values if not math.isnan(value)]
    series = pd.Series(finite(values))
    assert (column.least, column.greatest) == (min(known), max(known))
    assert column.nans == len(values) - len(known)
    assert column.infinite == sum(map(math.isinf, values))
    assert column.zeros == sum(value == 0 for value in values)
    assert column.negative == sum(value < 0 for value in known)
    assert column.moments.count == len(series)
    assert column.moments.mean == pytest.approx(series.mean())
    assert column.moments.deviation == pytest.approx(series.std(ddof=0))
    for share in (0.05, 0.25, 0.5, 0.9):
        (value,) = column.quantiles.quantiles([share])
        low, high = (series <= value).mean(), (series < value).mean()
        assert high - RANK_ERROR <= share <= low + RANK_ERROR
    histogram = column.quantiles.histogram(10)
    assert sum(count for _, _, count in histogram) == len(series)
    assert (histogram[0][0], histogram[-1][1]) == (series.min(), series.max())
    for low, high, count in histogram[:-1]:
        true = ((series >= low) & (series < high)).sum()
        assert count == pytest.approx(true, abs=2 * RANK_ERROR * len(series) + 1)


@pytest.mark.parametrize("name", ["name", "code", "region"])
def test_texts_are_those_of_python(
    found: FrameProfile, table: list[tuple[Any, ...]], name: str
) -> None:
    column, values = found.whole.column(name), values_of(table, name)
    assert (column.least, column.greatest) == (min(values), max(values))
    assert column.lengths.least == min(map(len, values))
    assert column.lengths.most == max(map(len, values))
    assert column.lengths.total == sum(map(len, values))
    assert column.blank == sum(not value.strip() for value in values)
    true = Counter(values)
    assert column.frequent.total == len(values)
    for value, count in column.frequent.counts.items():
        assert 0 <= true[value] - count <= column.frequent.slack
    if name == "region":
        assert column.frequent.exact
        assert column.frequent.counts == true


def test_shapes_and_types_of_texts_are_seen(found: FrameProfile, spark: SparkSession) -> None:
    assert set(found.whole.column("code").shapes.counts) == {"A99-a"}
    texts = {
        "12": "integer",
        "-7": "integer",
        "1234567890": "long",
        "1.5e3": "decimal",
        "TRUE": "boolean",
        "2024-02-29": "date",
        "2023-02-29": "text",
        "2024-02-29T10:00:00Z": "timestamp",
        "10.0.0.256": "text",
        "10.0.0.255": "ip address",
        "a@b.org": "email",
        "https://x.org/y": "url",
        "123e4567-e89b-12d3-a456-426614174000": "uuid",
        " \t": "blank",
        "N725-mq ä": "text",
    }
    column = profile_frame(
        spark.createDataFrame([(text,) for text in texts], "t string"), now=NOW
    ).whole.column("t")
    assert column.types.counts == Counter(texts.values())
    assert column.shapes.counts["A999-aa ¤"] == 1


def test_truths_bytes_days_and_times_are_those_of_python(
    found: FrameProfile, table: list[tuple[Any, ...]]
) -> None:
    truths = Counter(str(value).lower() for value in values_of(table, "on_time"))
    assert found.whole.column("on_time").frequent.counts == truths
    raw = values_of(table, "raw")
    lengths = found.whole.column("raw").lengths
    assert (lengths.least, lengths.most) == (min(map(len, raw)), max(map(len, raw)))
    days, day = values_of(table, "day"), found.whole.column("day")
    assert (day.least, day.greatest) == (min(days), max(days))
    times = values_of(table, "at")
    assert found.whole.column("at").least == min(times)
    assert found.whole.column("at").greatest == max(times)
    local = [value.replace(tzinfo=dt.UTC) for value in values_of(table, "local")]
    assert found.whole.column("local").least == min(local)
    assert found.whole.column("local").greatest == max(local)


def test_correlations_are_those_of_duckdb(
    found: FrameProfile, table: list[tuple[Any, ...]]
) -> None:
    numbers = pd.DataFrame(
        [[row[COLUMNS.index(name)] for name in NAMES] for row in table], columns=list(NAMES)
    ).astype(float)
    numbers = numbers.where(numbers.abs() != math.inf)
    for a, b in (("small", "real"), ("id", "price"), ("real", "price")):
        with duckdb.connect() as connection:
            connection.register("numbers", numbers.dropna(subset=[a, b]))
            query = f'SELECT corr("{a}", "{b}"), count(*) FROM numbers'  # noqa: S608 - test's own
            row = connection.execute(query).fetchone()
        assert row is not None
        pair = found.whole.pairs[a, b]
        assert pair.correlation == pytest.approx(row[0])
        assert pair.first.count == row[1]
    assert found.whole.pairs["small", "real"].correlation > 0.9


def test_a_column_without_values_is_known_as_such(found: FrameProfile) -> None:
    column = found.whole.column("nothing")
    assert (column.present, column.least, column.distinct.estimate()) == (0, None, 0)
    assert column.quantiles.histogram(5) == []
    assert math.isnan(column.moments.deviation)
    assert not any("nothing" in names for names in found.whole.pairs)


def test_a_frame_is_read_three_times_at_most(found: FrameProfile, by_region: FrameProfile) -> None:
    assert found.passes == by_region.passes == 3


def test_keys_are_counted_exactly(found: FrameProfile) -> None:
    (key,) = (key for key in found.keys if key.columns == ("id",))
    assert (key.rows, key.distinct, key.unique, key.holds) == (COUNT, COUNT, COUNT, True)
    assert not any(len(key.columns) > 1 for key in found.keys)


def test_pairs_of_columns_are_keys_where_no_single_one_is(spark: SparkSession) -> None:
    table = [(day, store, day * store % 7) for day in range(30) for store in range(40)]
    found = profile_frame(spark.createDataFrame(table, "day int, store int, sold int"), now=NOW)
    held = [key for key in found.keys if key.holds]
    assert [key.columns for key in held] == [("day", "store")]
    assert held[0].by_chance == pytest.approx(1200 * 1200 / (2 * 30 * 40))


def test_partitions_together_are_the_whole_table(
    found: FrameProfile, by_region: FrameProfile, table: list[tuple[Any, ...]]
) -> None:
    assert set(by_region.parts) == {("north",), ("south",), ("naïve",), (None,)}
    regions = Counter(row[COLUMNS.index("region")] for row in table)
    assert {part[0]: one.rows for part, one in by_region.parts.items()} == regions
    whole = by_region.whole
    assert whole == merged(by_region.parts.values())
    assert whole.rows == COUNT
    for mine, other in zip(whole.columns, found.whole.columns, strict=True):
        assert_alike(mine, other)
    for names, pair in found.whole.pairs.items():
        assert whole.pairs[names].correlation == pytest.approx(pair.correlation)


def assert_alike(mine: Any, other: Any) -> None:  # noqa: ANN401
    exact = (
        "name type kind rows nulls minimum maximum nans infinite zeros negative blank lengths types"
    )
    for name in exact.split():
        assert getattr(mine, name) == getattr(other, name), (mine.name, name)
    assert mine.moments.count == other.moments.count
    assert mine.moments.mean == pytest.approx(other.moments.mean)
    assert mine.moments.squares == pytest.approx(other.moments.squares)
    error = max(mine.distinct.error, other.distinct.error)
    estimate = other.distinct.estimate()
    assert mine.distinct.estimate() == pytest.approx(estimate, rel=4 * error)
    if mine.frequent.exact and other.frequent.exact:
        assert mine.frequent == other.frequent
    for value in set(mine.frequent.counts) & set(other.frequent.counts):
        apart = abs(mine.frequent.counts[value] - other.frequent.counts[value])
        assert apart <= max(mine.frequent.slack, other.frequent.slack)
    if mine.quantiles.count:
        span = other.quantiles.quantiles([0.25 - 3 * RANK_ERROR, 0.25 + 3 * RANK_ERROR])
        assert span[0] <= mine.quantiles.quantiles([0.25])[0] <= span[1]


def test_a_profile_is_the_same_after_it_was_stored_as_json(found: FrameProfile) -> None:
    text = json.dumps(found.whole.to_json())
    again = Profile.from_json(json.loads(text))
    assert json.dumps(again.to_json()) == text
    assert again.column("id") == found.whole.column("id")
    assert again.pairs["small", "real"] == found.whole.pairs["small", "real"]
    with pytest.raises(InvalidInputError, match="profile the table again"):
        Profile.from_json({"format": 0})


@pytest.mark.parametrize("partitioned_by", [(), ("region",)])
def test_an_empty_frame_has_an_empty_profile(
    spark: SparkSession, partitioned_by: tuple[str, ...]
) -> None:
    found = profile_frame(frame(spark, []), now=NOW, partitioned_by=partitioned_by)
    assert found.whole.rows == 0
    assert [column.name for column in found.whole.columns] == COLUMNS
    assert all(column.completeness == 1 for column in found.whole.columns)
    assert (found.keys, found.parts) == ((), {})


def test_a_partition_column_that_is_not_there_is_named(spark: SparkSession) -> None:
    with pytest.raises(InvalidInputError, match=r"Did you mean .*region"):
        profile_frame(frame(spark, []), now=NOW, partitioned_by=["regio"])


def test_columns_of_odd_names_and_more_than_one_query_takes_are_profiled(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_ASKED", 1)
    made = spark.createDataFrame([(1, "a"), (2, "b")], "`a.b` int, `c ``d` string")
    found = profile_frame(made, now=NOW, partitioned_by=["c `d"])
    assert found.passes == 3  # one for each column, and one for keys
    assert [column.name for column in found.whole.columns] == ["a.b", "c `d"]
    assert found.whole.column("a.b").greatest == 2
    assert set(found.parts) == {("a",), ("b",)}


def test_a_column_that_came_later_is_null_before() -> None:
    new = ColumnProfile(name="n", type="int", kind=Kind.WHOLE, rows=3, nulls=1)
    both = Profile(rows=2) | Profile(rows=3, columns=(new,))
    assert both.rows == 5
    assert (both.column("n").rows, both.column("n").nulls) == (5, 3)
    other = replace(new, kind=Kind.TEXT)
    with pytest.raises(InvalidInputError, match="do not go together"):
        _ = Profile(rows=3, columns=(new,)) | Profile(rows=3, columns=(other,))
