"""Catalog: registering partitions and filtered look-ups, beside moto's Glue in one process.

The look-up asks for 100 partitions of a table of 1,000, 10,000 and 100,000; the exponent says how
its time grows with the table (0 is not at all, 1 is as a scan). moto evaluates expressions in
Python over all partitions, so it is measured up to 10,000.

    python bench/catalog.py [--postgresql URL]
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import sqlalchemy as sa
from moto import mock_aws

from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.catalog.model import (
    Cause,
    Column,
    Database,
    Partition,
    SerDeInfo,
    StorageDescriptor,
    Table,
)
from gluepot.catalog.store import CatalogStore
from gluepot.catalog.wire import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = (1_000, 10_000, 100_000)
MOTO_SIZES = SIZES[:2]
WANTED = 100
REPEATS = 7
RESULTS = Path(__file__).parent / "results"
KEYS = (Column(name="day", type="int"), Column(name="part", type="int"))
COLUMNS = tuple(Column(name=f"c{number}", type="string") for number in range(19))
SERDE = SerDeInfo(
    serialization_library="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
)


def partitions(size: int) -> Iterator[Partition]:
    """Yield ``size`` partitions, 100 a day, as a crawl of Parquet files makes them."""
    for number in range(size):
        day, part = divmod(number, WANTED)
        storage = StorageDescriptor(
            columns=COLUMNS, location=f"s3://raw/t/day={day}/part={part}/", serde_info=SERDE
        )
        yield Partition(values=(str(day), str(part)), storage_descriptor=storage)


def table(size: int) -> Table:
    """Return the table that holds them."""
    storage = StorageDescriptor(columns=COLUMNS, location="s3://raw/t/", serde_info=SERDE)
    return Table(
        database_name="bench",
        name=f"t{size}",
        storage_descriptor=storage,
        partition_keys=KEYS,
    )


def expression(size: int) -> str:
    """Return a filter that 100 partitions in the middle pass."""
    return f"day = {size // WANTED // 2} AND part BETWEEN 0 AND {WANTED - 1}"


def timed(work: Callable[[], object]) -> float:
    """Return seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(look_up: Callable[[], int]) -> float:
    """Return the median seconds of a look-up that finds what it should."""
    if look_up() != WANTED:
        raise SystemExit("the look-up found something else")
    return statistics.median(timed(look_up) for _ in range(REPEATS))


def measure_gluepot(name: str, url: str) -> list[dict[str, Any]]:
    """Measure the store over one database."""
    engine = open_engine(url)
    migrate(engine)
    store = CatalogStore(engine, lambda: datetime.now(UTC))
    store.create_database(Database(name="bench"), exist_ok=True)
    found = [_measure_size(name, store, size) for size in SIZES]
    engine.dispose()
    return found


def _measure_size(name: str, store: CatalogStore, size: int) -> dict[str, Any]:
    target = table(size)
    if store.find_table("bench", target.name):
        store.delete_table("bench", target.name)
    store.create_table(target, Cause(kind="cli", id="bench"))
    register = timed(lambda: store.partitions.create("bench", target.name, partitions(size)))

    def look_up() -> int:
        found = store.partitions.list("bench", target.name, expression=expression(size))
        return sum(1 for _ in found)

    everything = timed(lambda: sum(1 for _ in store.partitions.list("bench", target.name)))
    return {
        "system": name,
        "partitions": size,
        "register_seconds": register,
        "list_all_seconds": everything,
        "look_up_seconds": median(look_up),
    }


@mock_aws
def measure_moto() -> list[dict[str, Any]]:
    """Measure moto's Glue, called through boto3 in this process."""
    session = boto3.Session("x", "x", region_name="us-east-1")
    client = session.client("glue")
    client.create_database(DatabaseInput={"Name": "bench"})
    return [_measure_moto_size(client, size) for size in MOTO_SIZES]


def _measure_moto_size(client: Any, size: int) -> dict[str, Any]:  # noqa: ANN401
    definition = to_wire(table(size))
    name = definition["Name"]
    del definition["DatabaseName"]
    client.create_table(DatabaseName="bench", TableInput=definition)
    inputs = [to_wire(item) for item in partitions(size)]

    def register() -> None:
        for start in range(0, size, 100):
            client.batch_create_partition(
                DatabaseName="bench",
                TableName=name,
                PartitionInputList=inputs[start : start + 100],
            )

    def found(**options: str) -> int:
        pages = client.get_paginator("get_partitions").paginate(
            DatabaseName="bench", TableName=name, **options
        )
        return sum(len(page["Partitions"]) for page in pages)

    return {
        "system": "moto (boto3)",
        "partitions": size,
        "register_seconds": timed(register),
        "list_all_seconds": timed(found),
        "look_up_seconds": median(lambda: found(Expression=expression(size))),
    }


def exponent(rows: list[dict[str, Any]]) -> float:
    """Return how the look-up's time grows with the table, from the first to the last size."""
    first, last = rows[0], rows[-1]
    time_ratio = last["look_up_seconds"] / first["look_up_seconds"]
    return math.log(time_ratio) / math.log(last["partitions"] / first["partitions"])


def report(systems: list[list[dict[str, Any]]]) -> None:
    """Print the table and write it as JSON."""
    print(f"{'system':<22}{'partitions':>11}{'register':>11}{'list all':>11}{'100 of them':>13}")
    for rows in systems:
        for row in rows:
            print(
                f"{row['system']:<22}{row['partitions']:>11,}{row['register_seconds']:>9.2f} s"
                f"{row['list_all_seconds']:>9.2f} s{row['look_up_seconds'] * 1000:>10.2f} ms"
            )
        print(f"{rows[0]['system']:<22}look-up grows with exponent {exponent(rows):.2f}")
    RESULTS.mkdir(exist_ok=True)
    summary = [
        {"system": rows[0]["system"], "look_up_exponent": exponent(rows), "rows": rows}
        for rows in systems
    ]
    (RESULTS / "catalog.json").write_text(json.dumps(summary, indent=2) + "\n")


def main() -> None:
    """Measure each system and report."""
    parser = argparse.ArgumentParser(description="Catalog: register and look up partitions.")
    parser.add_argument("--postgresql", help="the URL of an empty database, to measure it too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        systems = [measure_gluepot("gluepot on SQLite", f"sqlite:///{folder}/catalog.db")]
    if options.postgresql:
        shown = sa.make_url(options.postgresql).host or "local"
        name = f"gluepot on PostgreSQL ({shown})"[:22]
        systems.append(measure_gluepot(name, options.postgresql))
    systems.append(measure_moto())
    report(systems)


if __name__ == "__main__":
    main()
