"""Places to put files in, a folder and a bucket of each real S3; and catalogs to crawl into."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.catalog.store import CatalogStore
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import CrawlPlan, plan_crawl, run_crawl
from gluepot.crawlers.model import Crawl, Crawler
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.objects import ObjectSource, open_source
from gluepot.crawlers.store import CrawlerStore
from gluepot.crawlers.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Place:
    """An empty root in a store, and how to reach it."""

    root: str
    s3: S3Config
    source: ObjectSource

    def put(self, name: str, data: bytes | str) -> str:
        """Write a file below the root and return its URI."""
        uri = f"{self.root}/{name}"
        self.source.write(uri, data.encode() if isinstance(data, str) else data)
        return uri


@pytest.fixture
def folder(tmp_path: Path) -> Place:
    """Return an empty folder."""
    s3 = S3Config(region="us-east-1")
    root = tmp_path / "data"
    root.mkdir()
    return Place(root=f"file://{root}", s3=s3, source=open_source(str(root), s3))


@pytest.fixture(params=["file", "moto", "versitygw"])
def place(request: pytest.FixtureRequest) -> Place:
    """Return an empty place of each kind in turn."""
    if request.param == "file":
        place: Place = request.getfixturevalue("folder")
        return place
    s3: S3Config = request.getfixturevalue(f"{request.param}_s3")
    return new_bucket(s3)


def new_bucket(s3: S3Config) -> Place:
    """Return a new empty bucket."""
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )
    name = f"b-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name)
    return Place(root=f"s3://{name}", s3=s3, source=open_source(f"s3://{name}", s3))


class Desk:
    """A catalog and a store of crawlers over one database, and a clock that stands still."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        migrate(self.engine)
        self.catalog = CatalogStore(self.engine, self.clock)
        self.crawlers = CrawlerStore(self.engine, self.clock)

    @staticmethod
    def clock() -> datetime:
        """Return the one moment at which everything happens."""
        return NOW

    def crawler(self, place: Place, **options: Any) -> Crawler:  # noqa: ANN401
        """Return a crawler of the whole place."""
        uri = options.pop("uri", f"{place.root}/")
        return Crawler(**{"name": "c", "database": "db", "targets": (Target(uri=uri),)} | options)

    def crawl(self, place: Place, **options: Any) -> Crawl:  # noqa: ANN401
        """Crawl the whole place."""
        return run_crawl(
            self.crawler(place, **options),
            catalog=self.catalog,
            access=Access(s3=place.s3),
            store=self.crawlers,
            clock=self.clock,
        )

    def plan(self, place: Place, **options: Any) -> CrawlPlan:  # noqa: ANN401
        """Plan a crawl of the whole place."""
        store = self.crawlers if options.pop("remember", False) else None
        access, crawler = Access(s3=place.s3), self.crawler(place, **options)
        return plan_crawl(crawler, self.catalog, access, self.clock, store=store)

    def columns(self, table: str) -> dict[str, str | None]:
        """Return a table's columns and their types."""
        storage = self.catalog.get_table("db", table).storage_descriptor
        assert storage is not None
        return {column.name: column.type for column in storage.columns or ()}

    def keys(self, table: str) -> dict[str, str | None]:
        """Return a table's partition keys and their types."""
        found = self.catalog.get_table("db", table).partition_keys or ()
        return {column.name: column.type for column in found}

    def values(self, table: str) -> list[tuple[str, ...]]:
        """Return the values of a table's partitions."""
        return [item.values for item in self.catalog.partitions.list("db", table)]

    def versions(self, table: str) -> list[str]:
        """Return a table's versions, the oldest first."""
        return sorted(item.version_id for item in self.catalog.list_versions("db", table))

    def tables(self) -> list[str]:
        """Return the names of all tables, none if there is no database yet."""
        if "db" not in {database.name for database in self.catalog.list_databases()}:
            return []
        return [table.name for table in self.catalog.list_tables("db")]


@pytest.fixture
def desk(sqlite_catalog: str) -> Iterator[Desk]:
    """Return an empty catalog on SQLite."""
    found = Desk(sqlite_catalog)
    yield found
    found.engine.dispose()


@pytest.fixture
def any_desk(database_url: str) -> Iterator[Desk]:
    """Return an empty catalog on each database in turn."""
    found = Desk(database_url)
    yield found
    found.engine.dispose()
