"""A lake whose tables are in the catalog, and the session that reads them by name."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gluepot.catalog.model import Cause, Column, Partition, SerDeInfo, StorageDescriptor, Table
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.spark_sql.session import attach_catalog
from tests.jobs.conftest import Lake, make_lake

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.objects import ObjectSource

CAUSE = Cause(kind="cli", id="test")


class CountingStores(Stores):
    """Stores that remember which places were listed."""

    def __init__(self, s3: S3Config) -> None:
        super().__init__(s3)
        self.listed: list[str] = []

    def open(self, uri: str) -> ObjectSource:
        """Return the store, and remember the place."""
        self.listed.append(uri)
        return super().open(uri)


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """A lake, and a session that knows its catalog."""

    lake: Lake
    spark: SparkSession
    stores: CountingStores

    def rows(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
        """Return the rows of a query, sorted."""
        return sorted(tuple(row) for row in self.spark.sql(sql, **parameters).collect())

    def listed(self, sql: str) -> list[str]:
        """Return the folders below the bucket that a query lists."""
        self.stores.listed.clear()
        self.spark.sql(sql)
        root = f"s3://{self.lake.bucket}/"
        return sorted({uri.removeprefix(root).rstrip("/") for uri in self.stores.listed})

    def put_parquet(self, key: str, **columns: Any) -> None:  # noqa: ANN401
        """Put one Parquet file."""
        sink = io.BytesIO()
        pq.write_table(pa.table(columns), sink)
        self.lake.put(key, sink.getvalue())

    def add_table(
        self,
        name: str,
        columns: str,
        *,
        keys: str = "",
        kind: str = "parquet",
        database: str = "raw",
        **parameters: str,
    ) -> Table:
        """Add a table as a crawler does; columns as ``name type, name type``."""
        table = Table(
            database_name=database,
            name=name,
            storage_descriptor=StorageDescriptor(
                columns=columns_of(columns),
                location=self.lake.uri(f"{database}/{name}/"),
                serde_info=SerDeInfo(parameters={}),
            ),
            partition_keys=columns_of(keys),
            table_type="EXTERNAL_TABLE",
            parameters={"classification": kind, **parameters},
        )
        return self.lake.catalog.create_table(table, CAUSE)

    def add_partition(self, name: str, values: Sequence[str], folder: str) -> None:
        """Add a partition that lies in a folder of the table."""
        storage = StorageDescriptor(location=self.lake.uri(f"raw/{name}/{folder}/"))
        partition = Partition(values=tuple(values), storage_descriptor=storage)
        self.lake.catalog.partitions.create("raw", name, [partition])


def columns_of(text: str) -> tuple[Column, ...]:
    """Return columns as ``name type, name type``."""
    pairs = (item.split(" ", 1) for item in text.split(", ") if item.strip())
    return tuple(Column(name=name, type=kind) for name, kind in pairs)


@pytest.fixture(scope="module")
def warehouse(
    spark: SparkSession, moto_s3: S3Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Yield a warehouse for a module; tests take tables of their own where they change any."""
    home = tmp_path_factory.mktemp("warehouse")
    lake = make_lake(moto_s3, f"sqlite:///{home / 'catalog.db'}", home)
    stores = CountingStores(moto_s3)
    attach_catalog(spark, catalog=lake.catalog, stores=stores, cause=CAUSE)
    yield Warehouse(lake=lake, spark=spark, stores=stores)
    vars(spark).pop("sql")
    vars(spark).pop("table")
    lake.close()


@pytest.fixture(scope="module")
def sales(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with ``raw.sales``: two years of three months, and ``raw.other``."""
    warehouse.add_table("sales", "id bigint, amount double", keys="year int, month string")
    for year in (2023, 2024):
        for month in ("01", "02", "12"):
            folder = f"year={year}/month={month}"
            number = year * 100 + int(month)
            warehouse.put_parquet(f"raw/sales/{folder}/x.parquet", id=[number], amount=[1.0])
            warehouse.add_partition("sales", (str(year), month), folder)
    warehouse.add_table("other", "id bigint, year bigint")
    warehouse.put_parquet("raw/other/x.parquet", id=[202401, 202312, 7], year=[2024, 2024, 2023])
    return warehouse
