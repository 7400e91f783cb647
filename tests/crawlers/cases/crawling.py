"""Cases laid out and crawled, and what came out in the words of the cases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import plan_crawl, run_crawl
from gluepot.crawlers.model import Crawl, Crawler
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.targets import Target
from tests.crawlers.cases.model import Laid, Made

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.catalog.model import Table
    from gluepot.crawlers.crawl import CrawlPlan
    from tests.crawlers.cases.model import Case
    from tests.crawlers.conftest import Desk

FOLDER = "lake"
"""What the folder that is crawled is called: the name of a table that lies in it directly."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A case with its files, its crawler, and a database of its own in a catalog."""

    case: Case
    desk: Desk
    root: Path
    crawler: Crawler
    access: Access

    def crawl(self) -> Crawl:
        """Crawl, and remember."""
        return run_crawl(
            self.crawler,
            catalog=self.desk.catalog,
            access=self.access,
            store=self.desk.crawlers,
            clock=self.desk.clock,
        )

    def plan(self, *, remembering: bool) -> CrawlPlan:
        """Plan a crawl, by what the last one remembered or as if for the first time."""
        store = self.desk.crawlers if remembering else None
        return plan_crawl(
            self.crawler, self.desk.catalog, self.access, self.desk.clock, store=store
        )

    def forget(self) -> None:
        """Forget what was read of files."""
        self.desk.crawlers.memories.forget(self.crawler.name)

    def tables(self) -> list[Table]:
        """Return what is registered, none where there is no database."""
        known = {database.name for database in self.desk.catalog.list_databases()}
        if self.crawler.database not in known:
            return []
        return list(self.desk.catalog.list_tables(self.crawler.database))

    def partitions(self, table: str) -> list[str]:
        """Return the values of a table's partitions, divided by slashes."""
        found = self.desk.catalog.partitions.list(self.crawler.database, table)
        return ["/".join(item.values) for item in found]

    def versions(self) -> dict[str, int]:
        """Return how many versions each table has."""
        catalog, database = self.desk.catalog, self.crawler.database
        return {
            table.name: len(list(catalog.list_versions(database, table.name)))
            for table in self.tables()
        }

    def below(self, location: str | None) -> str:
        """Return a location below the folder that is crawled."""
        return (location or "").removeprefix(f"file://{self.root}/") or "./"


def set_up(case: Case, desk: Desk, home: Path) -> Bench:
    """Lay out the files of a case below a folder of its own."""
    slug = re.sub(r"\W+", "_", case.name)
    root = home / slug / FOLDER
    root.mkdir(parents=True)
    for name, content in case.files.items():
        path = root / name
        if isinstance(content, Laid):
            path.parent.mkdir(parents=True, exist_ok=True)
            content.lay(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.make() if isinstance(content, Made) else content.encode())
    named = (*(f"protobuf:{name}" for name in case.schemas), *case.classifiers)
    options: dict[str, Any] = {"classifiers": named, **case.options}
    targets = tuple(Target(uri=f"file://{root}/{place}") for place in case.targets)
    return Bench(
        case=case,
        desk=desk,
        root=root,
        crawler=Crawler(name=slug, database=slug.lower(), targets=targets, **options),
        access=Access(
            s3=S3Config(),
            classifier=lambda name: case.classifiers[name],
            schema={
                name.partition("#")[0]: text for name, text in case.schemas.items()
            }.__getitem__,
        ),
    )
