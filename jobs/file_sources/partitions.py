"""Which partitions of a table are read: by the catalog's expression, by Spark SQL, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.predicates import parse_predicate
from gluepot.catalog.types import parse_type, to_spark_ddl
from gluepot.jobs.errors import SourceError
from gluepot.jobs.runs.failure import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession

    from gluepot.catalog.model import Partition, Table


def partition_choice(
    spark: SparkSession, table: Table, catalog_predicate: str, push_down: str
) -> tuple[str | None, Callable[[Sequence[Partition]], Sequence[Partition]] | None]:
    """Return the catalog's expression, and a filter for what only Spark SQL can say.

    Args:
        spark: Evaluates what the catalog cannot.
        table: Whose partitions.
        catalog_predicate: ``catalogPartitionPredicate``.
        push_down: ``push_down_predicate``.
    """
    parts = [f"({catalog_predicate})"] if catalog_predicate.strip() else []
    if not push_down.strip():
        return (parts[0] if parts else None), None
    if not _means_the_same(push_down):
        expression = parts[0] if parts else None
        return expression, lambda found: _filter_by_spark(spark, table, found, push_down)
    return " AND ".join([*parts, f"({push_down})"]), None


def _means_the_same(push_down: str) -> bool:
    """Return whether Spark SQL is an expression of the catalog too, and says the same there."""
    if "\\" in push_down:  # It escapes what follows in Spark, and is itself in the catalog.
        return False
    try:
        parse_predicate(push_down)
    except InvalidInputError:
        return False
    return True


def _filter_by_spark(
    spark: SparkSession, table: Table, partitions: Sequence[Partition], predicate: str
) -> Sequence[Partition]:
    keys = table.partition_keys or ()
    schema = ", ".join(["_at long", *(f"`{key.name}` string" for key in keys)])
    rows = [(at, *item.values) for at, item in enumerate(partitions)]
    frame = spark.createDataFrame(rows, schema)
    for key in keys:
        kind = to_spark_ddl(parse_type(key.type or "string"))
        frame = frame.withColumn(key.name, frame[f"`{key.name}`"].try_cast(kind))
    try:
        kept = frame.where(predicate).select("_at").collect()
    except PySparkException as error:
        raise SourceError(table.name, f"push_down_predicate: {brief(error)}") from error
    return [partitions[row[0]] for row in kept]
