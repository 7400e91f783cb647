"""A lake of flights on an S3, its tables in a catalog, and the tools of a run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

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
from gluepot.jobs.definitions.stored_jobs import JobBook
from gluepot.jobs.parameters.facts import JobFacts
from gluepot.jobs.run_context.store import JobStore
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.run_context.workshop import Workshop
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from gluepot.crawlers.sources.config import S3Config

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
CAUSE = Cause(kind="cli", id="test")
HEADER = "carrier,flight,dep_time"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Lake:
    """A bucket with a database ``raw``, and everything a run needs."""

    bucket: str
    client: Any
    engine: sa.Engine
    s3: S3Config
    url: str
    home: Path
    catalog: CatalogStore
    jobs: JobStore
    runs: RunStore

    def close(self) -> None:
        """Let the connections go."""
        self.client.close()
        self.engine.dispose()

    @property
    def conf_dir(self) -> Path:
        """Return the folder of definitions."""
        return self.home / "conf"

    @property
    def facts(self) -> JobFacts:
        """Return what a job's process is told."""
        return JobFacts(catalog_url=self.url, home=self.home, conf_dir=self.conf_dir, s3=self.s3)

    @property
    def book(self) -> JobBook:
        """Return where jobs are defined."""
        return JobBook(self.conf_dir, self.jobs.definitions)

    def uri(self, key: str) -> str:
        """Return the address of a key."""
        return f"s3://{self.bucket}/{key}"

    def put(self, key: str, text: str | bytes) -> None:
        """Put an object."""
        body = text.encode() if isinstance(text, str) else text
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body)

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that begin with a prefix."""
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", ())]

    def land(self, day: int, rows: list[str], name: str = "flights.csv") -> None:
        """Land one file of a day's flights, and add its partition."""
        folder = f"raw/flights/year=2013/day={day}"
        self.put(f"{folder}/{name}", "\n".join([HEADER, *rows, ""]))
        location = self.uri(f"{folder}/")
        partition = Partition(
            values=("2013", str(day)), storage_descriptor=StorageDescriptor(location=location)
        )
        self.catalog.partitions.create("raw", "flights", [partition])

    def define(self, name: str, text: str, suffix: str = "yaml") -> Path:
        """Write a job's definition; BUCKET stands for the bucket."""
        file = self.conf_dir / "jobs" / f"{name}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("BUCKET", self.bucket))
        return file

    def workshop(self, job_name: str) -> Workshop:
        """Return the tools of a new run that has begun."""
        run = self.runs.enqueue(RunKind.JOB, job_name, owner=process_owner(), lease=LEASE)
        assert run is not None
        self.runs.begin(run.id, process_owner(), lease=LEASE)
        return Workshop(
            job_name=job_name,
            run_id=run.id,
            home=self.home,
            catalog=self.catalog,
            jobs=self.jobs,
            runs=self.runs,
            stores=Stores(self.s3),
            clock=utc_now,
        )


def csv_table(name: str, location: str, columns: str, keys: str = "") -> Table:
    """Return a table as the crawler makes one; columns as ``name type, name type``."""
    return Table(
        database_name="raw",
        name=name,
        storage_descriptor=StorageDescriptor(
            columns=_columns(columns),
            location=location,
            serde_info=SerDeInfo(serialization_library=LAZY, parameters={"field.delim": ","}),
        ),
        partition_keys=_columns(keys),
        table_type="EXTERNAL_TABLE",
        parameters={"classification": "csv", "skip.header.line.count": "1"},
    )


def _columns(text: str) -> tuple[Column, ...]:
    pairs = (item.split() for item in text.split(", ") if item.strip())
    return tuple(Column(name=name, type=kind) for name, kind in pairs)


def make_lake(s3: S3Config, url: str, home: Path) -> Lake:
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )
    bucket = f"lake-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=bucket)
    engine = open_engine(url)
    migrate(engine)
    lake = Lake(
        bucket=bucket,
        client=client,
        engine=engine,
        s3=s3,
        url=url,
        home=home,
        catalog=CatalogStore(engine, utc_now),
        jobs=JobStore(engine, utc_now),
        runs=RunStore(engine, utc_now),
    )
    lake.catalog.create_database(Database(name="raw"))
    columns = "carrier string, flight bigint, dep_time double"
    flights = csv_table("flights", lake.uri("raw/flights/"), columns, "year int, day int")
    lake.catalog.create_table(flights, CAUSE)
    lake.put("raw/airlines/airlines.csv", 'code,name\nAA,"American, Inc."\nUA,United\n')
    airlines = csv_table("airlines", lake.uri("raw/airlines/"), "code string, name string")
    lake.catalog.create_table(airlines, CAUSE)
    return lake


@pytest.fixture
def lake(moto_s3: S3Config, sqlite_url: str, tmp_path: Path) -> Iterator[Lake]:
    """Yield a lake on moto with two days of flights."""
    found = make_lake(moto_s3, sqlite_url, tmp_path)
    found.land(1, ["AA,1,517", "UA,2,NA"])
    found.land(2, ["AA,3,533.5"])
    yield found
    found.close()
