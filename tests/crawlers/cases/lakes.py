"""Delta, Iceberg and Hudi tables by their metadata, and symlink manifests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import write_deltalake
from pyarrow import parquet
from pyiceberg.catalog.memory import InMemoryCatalog

from tests.crawlers.cases.model import Case, Laid, Section, one

if TYPE_CHECKING:
    from pathlib import Path

ROWS = pa.table({"Id": [1, 2, 3], "day": ["a", "a", "b"], "price": [1.5, 2.5, 3.5]})
META = "commit_time commit_seqno record_key partition_path file_name"
META_COLUMNS = ", ".join(f"_hoodie_{name} string" for name in META.split())
HUDI_SCHEMA = {
    "type": "record",
    "name": "orders",
    "fields": [
        {"name": "Id", "type": ["null", "long"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "city", "type": "string"},
    ],
}
PARQUET = "ParquetHiveSerDe"


def lay_delta(path: Path) -> None:
    """Write a Delta table, and a file beside it that the log does not know."""
    write_deltalake(path, ROWS, partition_by=["day"])
    parquet.write_table(pa.table({"stray": [1]}), path / "stray.parquet")


def lay_iceberg(path: Path) -> None:
    """Write an Iceberg table."""
    catalog = InMemoryCatalog("memory", warehouse=f"file://{path.parent}")
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", ROWS.schema, location=f"file://{path}")
    table.append(ROWS)
    catalog.close()


def lay_manifests(path: Path) -> None:
    """Write Parquet files, and manifests that list them by day."""
    for day in (1, 2):
        data = path / "data" / f"{day}.parquet"
        data.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({"Id": [day], "n": ["x"]}), data)
        manifest = path / "_symlink_format_manifest" / f"day={day}" / "manifest"
        manifest.parent.mkdir(parents=True)
        manifest.write_text(f"file://{data}\n")


def hudi(kind: str) -> dict[str, str]:
    """Return the files that make a folder a Hudi table."""
    commit = {
        "partitionToWriteStats": {"city=x": [{"path": "city=x/a.parquet", "numWrites": 3}]},
        "extraMetadata": {"schema": json.dumps(HUDI_SCHEMA)},
        "operationType": "UPSERT",
    }
    ending = "commit" if kind == "COPY_ON_WRITE" else "deltacommit"
    return {
        "trips/.hoodie/hoodie.properties": "hoodie.table.name=trips\nhoodie.table.version=6\n"
        f"hoodie.table.type={kind}\nhoodie.table.partition.fields=city\n",
        f"trips/.hoodie/20240101000000000.{ending}": json.dumps(commit),
        "trips/city=x/.hoodie_partition_metadata": "commitTime=1\npartitionDepth=1\n",
        "trips/city=y/.hoodie_partition_metadata": "commitTime=1\npartitionDepth=1\n",
    }


CASES = (
    Case(
        name="Delta table",
        why="The log tells the schema and the files; no data is read, and what the log does not"
        " name is no data.",
        files={
            "sales": Laid(shown="a Delta table by day, and a stray Parquet file", lay=lay_delta)
        },
        tables=one(
            "sales",
            "id bigint, day string, price double",
            format="delta",
            parameters={"table_type": "delta", "spark.sql.sources.provider": "delta"},
            records=3,
        ),
    ),
    Case(
        name="Delta table beside plain files",
        why="Files outside the table are crawled as ever.",
        files={
            "raw/sales": Laid(shown="a Delta table by day", lay=lay_delta),
            "raw/plain/a.csv": "id,n\n1,x\n2,y\n",
        },
        tables=(
            *one("plain", "id bigint, n string", location="raw/plain/"),
            *one(
                "sales",
                "id bigint, day string, price double",
                format="delta",
                location="raw/sales/",
            ),
        ),
    ),
    Case(
        name="Iceberg table",
        why="The newest metadata tells the schema, and the table names it, as Athena wants it.",
        files={"orders": Laid(shown="an Iceberg table", lay=lay_iceberg)},
        tables=one(
            "orders",
            "id bigint, day string, price double",
            format="iceberg",
            location="orders",
            parameters={"table_type": "ICEBERG"},
            records=3,
        ),
    ),
    Case(
        name="Hudi table, copied on write",
        why="One table; Hudi's columns stand first, and partitions are those that it marks.",
        files=hudi("COPY_ON_WRITE"),
        tables=one(
            "trips",
            f"{META_COLUMNS}, id bigint, at timestamp",
            keys="city string",
            values=("x", "y"),
            format="hudi",
            serde=PARQUET,
        ),
    ),
    Case(
        name="Hudi table, merged on read",
        why="Two tables over one folder: read-optimized and real-time, as in Glue.",
        files=hudi("MERGE_ON_READ"),
        tables=tuple(
            table
            for ending in ("ro", "rt")
            for table in one(
                f"trips_{ending}",
                f"{META_COLUMNS}, id bigint, at timestamp",
                keys="city string",
                values=("x", "y"),
                format="hudi",
                location="trips/",
                serde=PARQUET,
            )
        ),
    ),
    Case(
        name="Symlink manifests",
        why="The files that manifests list tell the columns, the folders of manifests the"
        " partitions.",
        files={"t": Laid(shown="Parquet files, and a manifest a day", lay=lay_manifests)},
        tables=one(
            "t",
            "id bigint, n string",
            keys="day int",
            values=("1", "2"),
            format="parquet",
            serde=PARQUET,
            location="t/_symlink_format_manifest/",
            records=2,
        ),
    ),
    Case(
        name="Delta log with a gap",
        why="A log that is damaged is named, and no table is made of its files.",
        files={
            "sales/_delta_log/00000000000000000001.json": '{"commitInfo": {}}\n',
            "plain/a.csv": "id,n\n1,x\n2,y\n",
        },
        tables=one("plain", "id bigint, n string"),
        problems=("sales/_delta_log/00000000000000000000.json is in no table",),
    ),
)

SECTIONS = (
    Section(
        title="Delta, Iceberg, Hudi, manifests",
        about="Tables that tell their files themselves, found below any target.",
        cases=CASES,
    ),
)
