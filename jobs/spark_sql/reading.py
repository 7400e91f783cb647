"""Tables of the catalog as DataFrames, of the partitions that a query can use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from gluepot.catalog.errors import AccessDeniedError, GluepotError, InvalidStateError
from gluepot.catalog.model import NULL_PARTITION
from gluepot.catalog.predicate_tree import print_predicate
from gluepot.catalog.types import parse_type, to_spark_ddl
from gluepot.jobs.errors import SourceError
from gluepot.jobs.reading.inputs import SourceInput, list_table, location_of, table_format
from gluepot.jobs.reading.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.catalog.model import Partition, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.bookmarks.store import InputFile
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.spark_sql.pruning import Pruning


class TableReader:
    """Reads tables of one catalog in one session."""

    def __init__(self, spark: SparkSession, *, catalog: CatalogStore, stores: Stores) -> None:
        self._spark = spark
        self._catalog = catalog
        self._stores = stores

    def read(self, table: Table, pruning: Pruning, *, detail: str | None = None) -> DataFrame:
        """Return a table's rows, typed as the catalog says.

        Args:
            table: Its definition.
            pruning: Which partitions matter; rows of others may be among the result.
            detail: For Iceberg: a metadata table, such as ``snapshots``.

        Raises:
            SourceError: It cannot be read; the sentence says why.
        """
        name = f"{table.database_name}.{table.name}"
        try:
            kind, root = table_format(table), location_of(table)
            source = SourceInput(
                name=name, table=table, format=kind, root=root, detail=detail, options={}
            )
            files = () if source.by_log else self._files(table, pruning)
        except (SourceError, AccessDeniedError):
            raise
        except GluepotError as error:
            raise SourceError(name, str(error)) from error
        if detail is not None and kind != "iceberg":
            raise SourceError(name, f"a table of format {kind} has no metadata table {detail!r}")
        return read_source(self._spark, source.of(files))

    def _files(self, table: Table, pruning: Pruning) -> tuple[InputFile, ...]:
        expression = None if pruning.expression is None else print_predicate(pruning.expression)

        def keep(found: Sequence[Partition]) -> Sequence[Partition]:
            return _kept(self._spark, table, found, pruning.rest)

        find = partial(
            list_table,
            self._catalog,
            table,
            stores=self._stores,
            keep=keep if pruning.rest else None,
        )
        try:
            return tuple(find(expression=expression))
        except InvalidStateError:
            # A partition's value is not of its key's type: Spark reads that as null, as it does
            # without a condition.
            return tuple(find(expression=None))


def _kept(
    spark: SparkSession, table: Table, partitions: Sequence[Partition], conditions: Sequence[str]
) -> Sequence[Partition]:
    """Return the partitions whose values meet conditions of Spark SQL on the keys."""
    keys = table.partition_keys or ()
    rows = [
        (at, *(None if value == NULL_PARTITION else value for value in item.values))
        for at, item in enumerate(partitions)
    ]
    names = [f"_key_{number}" for number in range(len(keys))]
    schema = ", ".join(["_at long", *(f"{name} string" for name in names)])
    frame = spark.createDataFrame(rows, schema)
    typed = [
        frame[name].try_cast(to_spark_ddl(parse_type(key.type or "string"))).alias(key.name.lower())
        for name, key in zip(names, keys, strict=True)
    ]
    frame = frame.select("_at", *typed)
    try:
        for condition in conditions:
            frame = frame.where(condition)
        return [partitions[row[0]] for row in frame.collect()]
    except PySparkException:
        # The query itself has the same condition, and says better where in it the fault is.
        return partitions
