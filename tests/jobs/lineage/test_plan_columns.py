"""What a frame's columns come from, by Spark's own text of its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.window import Window

from gluepot.jobs.lineage.plan_columns import Way, lineage_of_text, plan_lineage
from gluepot.jobs.metrics.observed import RowCount

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Short = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def sources(spark: SparkSession) -> dict[str, DataFrame]:
    """Return two frames that are counted as sources are."""
    people = spark.range(1).selectExpr("id", "'a' AS name", "array(1) AS xs")
    prices = spark.range(1).selectExpr("id", "1.5D AS price")
    return {"people": people, "prices": prices}


@pytest.fixture
def marked(sources: dict[str, DataFrame]) -> tuple[DataFrame, DataFrame, dict[str, str]]:
    counts = {name: RowCount() for name in sources}
    people, prices = (counts[name].attach(frame) for name, frame in sources.items())
    return people, prices, {count.mark: name for name, count in counts.items()}


def _short(frame: DataFrame, names: dict[str, str]) -> tuple[Short, set[str]]:
    found = plan_lineage(frame)
    assert found is not None
    columns = {
        column: {
            f"{names[origin.mark]}.{origin.column}": way.name for origin, way in origins.items()
        }
        for column, origins in found.columns.items()
    }
    return columns, {f"{names[origin.mark]}.{origin.column}" for origin in found.deciding}


Marked = tuple["DataFrame", "DataFrame", dict[str, str]]


def test_a_join_with_groups_tells_values_from_what_decides(marked: Marked) -> None:
    people, prices, names = marked
    made = (
        people.join(prices, "id")
        .where("price > 1")
        .groupBy("name")
        .agg(F.sum("price").alias("total, #3"), F.count("*").alias("n"))
    )

    columns, deciding = _short(made, names)

    assert columns == {
        "name": {"people.name": "IDENTITY"},
        "total, #3": {"prices.price": "AGGREGATION"},
        "n": {},
    }
    assert deciding == {"people.id", "prices.id", "prices.price", "people.name"}


def test_a_source_that_is_read_twice_is_one_source(marked: Marked) -> None:
    people, _, names = marked
    made = (
        people.alias("l")
        .join(people.alias("r"), F.col("l.id") == F.col("r.id"))
        .select("l.id", F.upper("r.name").alias("shout"))
    )

    columns, _ = _short(made, names)

    assert columns == {
        "id": {"people.id": "IDENTITY"},
        "shout": {"people.name": "TRANSFORMATION"},
    }


def test_a_union_goes_by_place_and_a_row_that_explodes_by_its_list(marked: Marked) -> None:
    people, prices, names = marked
    exploded = people.select("id", F.explode("xs").alias("x"))
    made = exploded.unionByName(prices.select("id", F.col("price").cast("int").alias("x")))

    columns, _ = _short(made, names)

    assert columns == {
        "id": {"people.id": "IDENTITY", "prices.id": "IDENTITY"},
        "x": {"people.xs": "TRANSFORMATION", "prices.price": "TRANSFORMATION"},
    }


def test_windows_renames_pivots_and_unpivots_are_followed(marked: Marked) -> None:
    people, _, names = marked
    ordered = Window.partitionBy("name").orderBy("id")
    ranked = people.withColumn("rank", F.max("id").over(ordered)).withColumnRenamed("name", "a b")
    pivoted = people.groupBy("id").pivot("name", ["a"]).agg(F.first("xs"))
    unpivoted = people.unpivot(["id"], ["name"], "k", "v")

    assert _short(ranked, names)[0]["a b"] == {"people.name": "IDENTITY"}
    assert _short(ranked, names)[0]["rank"] == {
        "people.id": "AGGREGATION",
        "people.name": "AGGREGATION",
    }
    assert _short(pivoted, names)[0]["a"] == {
        "people.xs": "AGGREGATION",
        "people.name": "AGGREGATION",
    }
    assert _short(unpivoted, names)[0]["v"] == {"people.name": "IDENTITY"}


def test_sql_with_views_subqueries_and_shared_parts_is_followed(
    marked: Marked, spark: SparkSession
) -> None:
    people, prices, names = marked
    people.createOrReplaceTempView("lineage_people")
    prices.createOrReplaceTempView("lineage_prices")
    made = spark.sql(
        "WITH q AS (SELECT id, upper(name) AS u FROM lineage_people)"
        " SELECT q.u, (SELECT max(price) FROM lineage_prices p WHERE p.id = q.id) AS m,"
        " struct(q.id, q.u) AS both FROM q"
        " WHERE EXISTS (SELECT 1 FROM lineage_prices p WHERE p.id = q.id)"
    )

    columns, deciding = _short(made, names)

    assert columns["u"] == {"people.name": "TRANSFORMATION"}
    assert columns["m"]["prices.price"] == "AGGREGATION"
    assert set(columns["both"]) == {"people.id", "people.name"}
    assert "prices.id" in deciding


def test_rows_that_went_through_python_may_come_from_all_that_went_in(marked: Marked) -> None:
    people, _, names = marked
    slim = people.select("id", "name")
    made = slim.mapInArrow(lambda batches: batches, slim.schema)

    columns, _ = _short(made, names)

    both = {"people.id": "TRANSFORMATION", "people.name": "TRANSFORMATION"}
    assert columns == {"id": both, "name": both}


def test_a_session_keeps_its_setting(marked: Marked, spark: SparkSession) -> None:
    spark.conf.set("spark.sql.debug.maxToStringFields", "7")
    try:
        wide = marked[0].select(*(F.col("id").alias(f"c{number}") for number in range(60)))
        found = plan_lineage(wide)
        assert found is not None
        assert len(found.columns) == 60
        assert spark.conf.get("spark.sql.debug.maxToStringFields") == "7"
    finally:
        spark.conf.unset("spark.sql.debug.maxToStringFields")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: int\nProject [a#1, two\nlines AS b#2]\n+- Relation [a#1] csv",
        "a: int\nProject [split(a#1, [) AS b#2]\n+- Relation [a#1] csv",
        "b: int\nUnion false, false\n:- Relation [b#1] csv\n+- Relation [a#2,b#3] csv",
        "a: int\nAggregate [a#1]\n+- Relation [a#1] csv",
        "a: int\nCollectMetrics rows-x",
    ],
)
def test_a_plan_that_is_not_clear_is_not_guessed(text: str) -> None:
    assert lineage_of_text(text, ["b"]) is None


def test_ways_add_up_to_the_greatest() -> None:
    mark = "rows-" + "0" * 32
    text = (
        "t: bigint\n"
        "Project [(s#3L + 1) AS t#4L]\n"
        "+- Aggregate [sum(a#2) AS s#3L]\n"
        "   +- CollectMetrics " + mark + ", [count(1) AS rows#5L], 1\n"
        "      +- Relation [b#1,a#2] csv"
    )

    found = lineage_of_text(text, ["t"])

    assert found is not None
    assert list(found.columns["t"].values()) == [Way.AGGREGATION]
