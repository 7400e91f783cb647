"""A small lake for the pages of the catalog: tables with history, partitions, lineage, quality."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gluepot.catalog.model import Cause, Column, Database, Partition, StorageDescriptor, Table
from gluepot.catalog.profile_store import ProfileStore
from gluepot.jobs.quality.model import GateResult, Subject
from gluepot.lineage import lineage_graph
from gluepot.transforms.quality.profiling.frequent import FrequentValues
from gluepot.transforms.quality.profiling.keeping import keep_profile, table_subject
from gluepot.transforms.quality.profiling.model import ColumnProfile, FrameProfile, Kind, Profile
from gluepot.transforms.quality.profiling.quantiles import QuantileSketch

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.services import Services

HOSTILE = "<script>alert('x')</script>\u202e"
ORDERS = Table(
    database_name="sales",
    name="orders",
    description="One row an order",
    owner="anna",
    parameters={"classification": "csv", "skip.header.line.count": "1", "UPDATED_BY_CRAWLER": "c"},
    partition_keys=(Column(name="year", type="int"), Column(name="month", type="string")),
    storage_descriptor=StorageDescriptor(
        columns=(
            Column(name="id", type="bigint", comment="the number"),
            Column(name="customer", type="struct<name:string,address:struct<city:string>>"),
            Column(name="lines", type="array<struct<sku:string,amount:decimal(9,2)>>"),
            Column(name="note", type="string", comment=HOSTILE),
        )
    ),
)


def fill_lake(services: Services, folder: Path) -> None:
    """Add ``sales.orders`` (versions, partitions, rows), ``sales.raw`` and ``sales.report``."""
    catalog = services.catalog
    catalog.create_database(Database(name="sales", description=HOSTILE))
    place = folder / "orders"
    storage = replace(_storage(ORDERS), location=f"file://{place}/")
    first = replace(ORDERS, storage_descriptor=replace(storage, columns=storage.columns[:2]))  # type: ignore[index]
    catalog.create_table(first, Cause(kind="crawl", id="crawl-1"))
    catalog.update_table(
        replace(ORDERS, storage_descriptor=storage), Cause(kind="job_run", id="run-7")
    )
    partitions = []
    for month in ("01", "02", "03"):
        part = place / "year=2013" / f"month={month}"
        part.mkdir(parents=True)
        (part / "a.csv").write_text(f'id,customer,lines,note\n{month},,,"{HOSTILE}"\n')
        partitions.append(
            Partition(
                values=("2013", month),
                storage_descriptor=replace(storage, location=f"file://{part}/"),
            )
        )
    catalog.partitions.create("sales", "orders", partitions)
    for name in ("raw", "report"):
        columns = (Column(name="id", type="int"),)
        catalog.create_table(
            Table(
                database_name="sales",
                name=name,
                parameters={"classification": "parquet"},
                storage_descriptor=StorageDescriptor(columns=columns, location=f"s3://b/{name}/"),
            ),
            Cause(kind="cli", id="anna"),
        )
    _add_lineage(services)
    _add_profile(services)
    _add_quality(services)


def _storage(table: Table) -> StorageDescriptor:
    if table.storage_descriptor is None:
        raise AssertionError("it has one")
    return table.storage_descriptor


def _add_lineage(services: Services) -> None:
    graph = lineage_graph(services)
    for number, (source, target) in enumerate((("raw", "orders"), ("orders", "report"))):
        fields = {"id": {"inputFields": [{**_dataset(source), "field": "id"}]}}
        output = _dataset(target)
        output["facets"] |= {"columnLineage": {"fields": fields}}
        graph.accept(
            {
                "eventType": "COMPLETE",
                "eventTime": "2026-01-01T00:00:00+00:00",
                "run": {"runId": f"00000000-0000-0000-0000-00000000000{number}"},
                "job": {"namespace": "gluepot", "name": f"make-{target}"},
                "inputs": [_dataset(source)],
                "outputs": [output],
            }
        )


def _dataset(name: str) -> dict[str, Any]:
    link = {"namespace": "arn:aws:glue:r:0", "name": f"table/sales/{name}", "type": "TABLE"}
    return {
        "namespace": "s3://b",
        "name": name,
        "facets": {"symlinks": {"identifiers": [link]}},
    }


def _add_profile(services: Services) -> None:
    numbers = ColumnProfile(
        name="id",
        type="bigint",
        kind=Kind.WHOLE,
        rows=100,
        nulls=10,
        minimum=1,
        maximum=90,
        quantiles=QuantileSketch(
            count=90,
            minimum=1.0,
            maximum=90.0,
            levels=(tuple(float(value) for value in range(1, 91)),),
        ),
    )
    texts = ColumnProfile(
        name="note",
        type="string",
        kind=Kind.TEXT,
        rows=100,
        nulls=0,
        frequent=FrequentValues(counts={HOSTILE: 60, "other": 40}, total=100),
    )
    found = FrameProfile(
        profiled_at=datetime(2026, 1, 1, tzinfo=UTC),
        whole=Profile(rows=100, columns=(numbers, texts)),
    )
    store = ProfileStore(services.engine, services.clock)
    keep_profile(store, table_subject("", "sales", "orders"), found)


def _add_quality(services: Services) -> None:
    for number, (verdict, score) in enumerate((("PASSED", 1.0), ("FAILED", 0.5))):
        services.jobs.quality.record(
            GateResult(
                id=f"dqresult-{number}",
                profile_id=f"dqprofile-{number}",
                run_id=f"dqrun-{number}",
                job_name="sales.orders",
                gate="orders rules",
                on_failure="warn",
                passed=verdict == "PASSED",
                result={"verdict": verdict, "score": score, "rules": []},
                html_report="",
                json_report="",
                subject=Subject.TABLE,
                table="sales.orders",
                ruleset="orders rules",
            )
        )
