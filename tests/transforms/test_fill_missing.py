from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import Observation
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.fill_missing import FillMissingValues
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.paths import UnknownFieldError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FLIGHTS = """
SELECT id,
       concat('flight ', id) AS name,
       array(id) AS more,
       CASE WHEN id % 7 > 0 THEN element_at(array('A', 'B', 'C'), id % 3 + 1) END AS `p.q`,
       id % 10 AS hour,
       CASE WHEN id % 11 = 0 THEN null ELSE id % 10 * 10 + 100 * (id % 3) END AS delay,
       CASE WHEN id % 13 = 0 THEN '' WHEN id % 3 = 0 THEN 'late' ELSE 'on time' END AS state,
       id % 3 AS kind
FROM (SELECT cast(id AS int) AS id FROM range(300))
"""


@pytest.fixture
def flights(spark: SparkSession) -> DynamicFrame:
    return DynamicFrame(spark.sql(FLIGHTS), None, "flights")


def test_numbers_are_found_from_other_columns_alike_however_rows_lie(
    flights: DynamicFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="gluepot.transforms.fill_missing")

    result = FillMissingValues.apply(flights, "delay")
    moved = DynamicFrame(flights.toDF().repartition(3))
    elsewhere = FillMissingValues.apply(moved, "delay", "found")

    rows = result.toDF().collect()
    assert result.toDF().columns == [*flights.toDF().columns, "delay_filled"]
    assert result.toDF().schema["delay_filled"].dataType.simpleString() == "int"
    assert all(row.delay_filled == row.delay for row in rows if row.delay is not None)
    missing = [row for row in rows if row.delay is None]
    off = [abs(row.delay_filled - (row.hour * 10 + 100 * row.kind)) for row in missing]
    assert len(missing) == 28
    assert sum(off) / len(off) < 20
    assert {row.id: row.delay_filled for row in rows} == {
        row.id: row.found for row in elsewhere.toDF().collect()
    }
    said: dict[str, Any] = vars(caplog.records[0])
    assert said["score"] < said["score_of_guess"] / 2
    assert set(said["learned_from"]) == {"id", "hour", "kind", "p.q", "state"}
    assert said["left_out"] == {
        "name": "has more than 50 different texts",
        "more": "is array<int>",
    }


def test_empty_texts_get_one_of_the_texts_there_are(
    spark: SparkSession, flights: DynamicFrame
) -> None:
    # Counting rows as they pass, as runs do, leaves what cannot be serialised in the session.
    seen = Observation()
    spark.range(3).observe(seen, F.count(F.lit(1)).alias("rows")).collect()
    assert seen.get == {"rows": 3}
    source = flights.toDF().select("id", "hour", "kind", "state")

    result = FillMissingValues.apply(DynamicFrame(source), "state")

    rows = result.toDF().collect()
    assert all(row.state_filled == row.state for row in rows if row.state)
    missing = [row for row in rows if not row.state]
    right = [row.state_filled == ("late" if row.id % 3 == 0 else "on time") for row in missing]
    assert len(right) == 24
    assert sum(right) >= 22


def test_where_nothing_is_missing_the_values_are_copied(flights: DynamicFrame) -> None:
    result = FillMissingValues.apply(flights, "hour")

    assert all(row.hour_filled == row.hour for row in result.toDF().collect())


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT array(1) AS x", "'x' is array<int>; numbers, texts and booleans"),
        ("SELECT 1 AS x, 2 AS x_filled", "'x_filled' already; give output_column another"),
        ("SELECT * FROM VALUES (1), (null) AS t(x)", "only 1 of 2 records have 'x'"),
        (
            "SELECT nullif(id, 3) AS x, 'same' AS y, array(id) AS z FROM range(20)",
            "no column to find 'x' by: 'z' is array<bigint>; 'y' is the same everywhere",
        ),
        (
            "SELECT nullif(concat('n', id), 'n3') AS x, id FROM range(200)",
            "'x' has more than 100 different texts",
        ),
    ],
)
def test_what_cannot_be_filled_is_said(spark: SparkSession, sql: str, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        FillMissingValues.apply(DynamicFrame(spark.sql(sql)), "x").toDF()


def test_a_choice_is_to_be_resolved_first(spark: SparkSession) -> None:
    mixed = DynamicFrame(spark.sql("SELECT 1 AS x")).union(
        DynamicFrame(spark.sql("SELECT 'a' AS x"))
    )

    with pytest.raises(InvalidInputError, match="resolveChoice first"):
        FillMissingValues.apply(mixed, "x").toDF()


def test_an_unknown_column_names_the_nearest(flights: DynamicFrame) -> None:
    with pytest.raises(UnknownFieldError, match="Did you mean 'delay'"):
        FillMissingValues.apply(flights, "dely").toDF()
