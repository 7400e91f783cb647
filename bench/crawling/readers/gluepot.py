"""gluepot's crawl into a catalog on SQLite."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawling.task import Seen
from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.catalog.store import CatalogStore
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler, CrawlState
from gluepot.crawlers.store import CrawlerStore
from gluepot.crawlers.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawling.task import Task


def prepare(task: Task) -> Callable[[], Seen]:
    """Crawl a few files into a catalog of their own; return the crawl to be measured."""
    with tempfile.TemporaryDirectory() as folder:
        _crawl(_open(f"{folder}/warm.db"), task, task.warm_uri)
    stores = _open(task.catalog)
    return lambda: _crawl(stores, task, task.uri)


def _crawl(stores: tuple[CatalogStore, CrawlerStore], task: Task, uri: str) -> Seen:
    catalog, store = stores
    crawler = Crawler(name="bench", database="bench", targets=(Target(uri=uri),))
    access = Access(s3=task.store)
    done = run_crawl(crawler, catalog=catalog, access=access, store=store, clock=_now)
    if done.state is not CrawlState.SUCCEEDED or len(done.tables) != 1:
        raise AssertionError(f"{done.state}: {done.error}, {len(done.tables)} tables")
    table = done.tables[0]
    return Seen(
        types={column.name: column.type for column in table.columns},
        keys=tuple(column.name for column in table.columns if column.is_partition_key),
        files=table.objects,
        change=table.change.value,
    )


def _open(path: str) -> tuple[CatalogStore, CrawlerStore]:
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    return CatalogStore(engine, _now), CrawlerStore(engine, _now)


def _now() -> datetime:
    return datetime.now(UTC)
