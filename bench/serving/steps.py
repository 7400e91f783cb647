"""What is measured, step by step, of one system."""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from serving.client import Connection, Prepared, percentiles, prepare, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serving.servers import System

DATABASE = "bench"
WANTED = 100
BATCH = 100
COLUMNS = [{"Name": f"c{number}", "Type": "string"} for number in range(19)]
KEYS = [{"Name": "day", "Type": "int"}, {"Name": "part", "Type": "int"}]
SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
WRITERS = 8


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much of everything."""

    tables: int
    partitions: tuple[int, ...]
    versions: int
    points: int
    clients: int
    seconds: float


def storage(location: str) -> dict[str, Any]:
    """Return a storage descriptor as a crawl of Parquet files makes it."""
    return {"Columns": COLUMNS, "Location": location, "SerdeInfo": SERDE}


def table(name: str, *, keys: bool = True) -> dict[str, Any]:
    """Return the definition of a table."""
    definition = {
        "Name": name,
        "StorageDescriptor": storage(f"s3://raw/{name}/"),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet"},
    }
    return definition | ({"PartitionKeys": KEYS} if keys else {})


def create_tables(system: System, sizes: Sizes) -> dict[str, Any]:
    """Create the tables that the point look-ups read."""
    requests = (
        prepare("CreateTable", {"DatabaseName": DATABASE, "TableInput": table(f"t{number}")})
        for number in range(sizes.tables)
    )
    return run(system.url, requests, connections=WRITERS).summary() | {"tables": sizes.tables}


def register(system: System, size: int) -> dict[str, Any]:
    """Create a table with that many partitions, 100 at a time, over eight connections."""
    name = f"p{size}"
    connection = Connection(system.url)
    connection.ask("CreateTable", {"DatabaseName": DATABASE, "TableInput": table(name)})
    connection.close()
    timings = run(system.url, _batches(name, 0, size), connections=WRITERS)
    return {
        "partitions": size,
        "partitions_per_second": round(size / timings.wall_seconds, 1),
        **timings.summary(),
    }


def _batches(name: str, first: int, end: int) -> Iterator[Prepared]:
    for start in range(first, end, BATCH):
        inputs = [_partition(name, number) for number in range(start, min(end, start + BATCH))]
        body = {"DatabaseName": DATABASE, "TableName": name, "PartitionInputList": inputs}
        yield prepare("BatchCreatePartition", body)


def _partition(name: str, number: int) -> dict[str, Any]:
    day, part = divmod(number, WANTED)
    location = f"s3://raw/{name}/day={day}/part={part}/"
    return {"Values": [str(day), str(part)], "StorageDescriptor": storage(location)}


def look_up(system: System, size: int, *, repeats: int) -> dict[str, Any]:
    """Ask for 100 of the partitions, at places all over the table."""
    chosen = random.Random(size)  # noqa: S311  the same places for every system
    connection = Connection(system.url)
    times = []
    for _ in range(repeats):
        day = chosen.randrange(max(1, size // WANTED))
        prepared = prepare("GetPartitions", _filtered(f"p{size}", day))
        began = time.perf_counter()
        body = connection.call(prepared)
        times.append(time.perf_counter() - began)
        if body.count(b'"Values"') != WANTED:
            raise SystemExit("the look-up found something else")
    connection.close()
    return {"partitions": size, "found": WANTED, **percentiles(times)}


def _filtered(name: str, day: int) -> dict[str, Any]:
    expression = f"day = {day} AND part BETWEEN 0 AND {WANTED - 1}"
    return {"DatabaseName": DATABASE, "TableName": name, "Expression": expression}


def list_all(system: System, size: int) -> dict[str, Any]:
    """Read every partition, page after page, and how much memory that takes."""
    connection = Connection(system.url)
    before = system.memory_bytes
    system.reset_peak()
    began = time.perf_counter()
    found, token = 0, None
    while True:
        request = {"DatabaseName": DATABASE, "TableName": f"p{size}", "MaxResults": 1000}
        reply = connection.ask("GetPartitions", request | ({"NextToken": token} if token else {}))
        found += len(reply["Partitions"])
        token = reply.get("NextToken")
        if not token:
            break
    seconds = time.perf_counter() - began
    connection.close()
    if found != size:
        raise SystemExit(f"{found} of {size} partitions were listed")
    return {
        "partitions": size,
        "seconds": round(seconds, 3),
        "partitions_per_second": round(size / seconds, 1),
        "memory_before_mb": round(before / 1e6, 1),
        "memory_peak_mb": round(system.peak_bytes / 1e6, 1),
    }


def update(system: System, versions: int) -> dict[str, Any]:
    """Update one table until it has that many versions."""
    connection = Connection(system.url)
    definition = table("versioned")
    connection.ask("CreateTable", {"DatabaseName": DATABASE, "TableInput": definition})
    times = []
    for number in range(versions):
        changed = definition | {"Parameters": {"number": str(number)}}
        prepared = prepare("UpdateTable", {"DatabaseName": DATABASE, "TableInput": changed})
        began = time.perf_counter()
        connection.call(prepared)
        times.append(time.perf_counter() - began)
    connection.close()
    tenth = max(1, versions // 10)
    return {
        "versions": versions,
        "first_tenth_p50_ms": round(statistics.median(times[:tenth]) * 1000, 3),
        "last_tenth_p50_ms": round(statistics.median(times[-tenth:]) * 1000, 3),
        **percentiles(times),
    }


def point(system: System, sizes: Sizes) -> dict[str, Any]:
    """Get one table after another: one client alone, then eight at once."""
    chosen = random.Random(1)  # noqa: S311
    requests = [_get_table(chosen.randrange(sizes.tables)) for _ in range(sizes.points)]
    run(system.url, requests[: sizes.points // 10], connections=1)
    return {
        "one_client": run(system.url, requests, connections=1).summary(),
        "eight_clients": run(system.url, requests, connections=WRITERS).summary(),
    }


def _get_table(number: int) -> Prepared:
    return prepare("GetTable", {"DatabaseName": DATABASE, "Name": f"t{number}"})


def point_by_boto3(system: System, sizes: Sizes) -> dict[str, Any]:
    """Get tables by boto3, whose own cost is most of it."""
    client = boto3.client(
        "glue",
        endpoint_url=system.url,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",  # noqa: S106
        config=Config(retries={"max_attempts": 0}),
    )
    times = []
    for number in range(min(sizes.points, 500)):
        began = time.perf_counter()
        client.get_table(DatabaseName=DATABASE, Name=f"t{number % sizes.tables}")
        times.append(time.perf_counter() - began)
    return percentiles(times)


def mixed(system: System, sizes: Sizes) -> dict[str, Any]:
    """Let many clients read and write at once for a while."""
    requests = _mixture(sizes, sizes.partitions[0])
    timings = run(
        system.url, requests, connections=sizes.clients, seconds=sizes.seconds, go_on=True
    )
    return {
        "clients": sizes.clients,
        **timings.summary(),
        "operations": {
            operation: {"requests": len(times), **percentiles(times)}
            for operation, times in sorted(timings.seconds.items())
        },
    }


def _mixture(sizes: Sizes, partitions: int) -> Iterator[Prepared]:
    """Yield 60 point reads, 15 filtered look-ups, 15 other reads and 10 writes in a hundred."""
    chosen = random.Random(2)  # noqa: S311
    fresh = count(partitions, 10)
    reads = {"DatabaseName": DATABASE}
    while True:
        dice = chosen.randrange(100)
        number = chosen.randrange(sizes.tables)
        if dice < 60:  # noqa: PLR2004
            yield _get_table(number)
        elif dice < 75:  # noqa: PLR2004
            day = chosen.randrange(max(1, partitions // WANTED))
            yield prepare("GetPartitions", _filtered(f"p{partitions}", day))
        elif dice < 85:  # noqa: PLR2004
            yield prepare("GetDatabase", {"Name": DATABASE})
        elif dice < 90:  # noqa: PLR2004
            yield prepare("GetTables", {**reads, "Expression": f"t{number}", "MaxResults": 10})
        elif dice < 95:  # noqa: PLR2004
            changed = table(f"t{number}") | {"Parameters": {"number": str(dice)}}
            yield prepare("UpdateTable", {**reads, "TableInput": changed, "SkipArchive": True})
        else:
            first = next(fresh)
            inputs = [_partition(f"p{partitions}", first + more) for more in range(10)]
            body = {**reads, "TableName": f"p{partitions}", "PartitionInputList": inputs}
            yield prepare("BatchCreatePartition", body)


def measure(system: System, sizes: Sizes) -> dict[str, Any]:
    """Return all figures of one system."""
    connection = Connection(system.url)
    connection.ask("CreateDatabase", {"DatabaseInput": {"Name": DATABASE}})
    connection.close()
    found: dict[str, Any] = {"system": system.name, "create_tables": create_tables(system, sizes)}
    found["register"] = [register(system, size) for size in sizes.partitions]
    found["look_up"] = [look_up(system, size, repeats=100) for size in sizes.partitions]
    found["list_all"] = [list_all(system, size) for size in sizes.partitions]
    found["update"] = update(system, sizes.versions)
    found["get_table"] = point(system, sizes)
    found["get_table_by_boto3"] = point_by_boto3(system, sizes)
    found["mixed"] = mixed(system, sizes)
    return found
