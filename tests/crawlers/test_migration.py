"""Crawlers of older databases come through as AWS Glue's documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from gluepot.catalog.engine import open_engine, writing
from gluepot.catalog.migrate import migrate
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.store import CrawlerStore
from gluepot.crawlers.tables import crawlers
from gluepot.crawlers.targets import Target
from gluepot.jobs.runs.store import RunKind, RunStore
from gluepot.services import utc_now
from tests.crawlers.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


BEFORE = "0009_access"

OLD: dict[str, Any] = {
    "name": "nightly",
    "database": "raw",
    "targets": [{"uri": "s3://b/x", "exclusions": ["*.tmp"]}, {"uri": "/data", "exclusions": []}],
    "table_prefix": "p_",
    "exclusions": ["_*"],
    "description": None,
    "update_behavior": "LOG",
    "delete_behavior": "DELETE_FROM_DATABASE",
    "table_level": 3,
    "combine_compatible_schemas": True,
    "files_per_folder": 7,
}
BARE = {
    **OLD,
    "name": "bare",
    "table_prefix": "",
    "exclusions": [],
    "table_level": None,
    "combine_compatible_schemas": False,
    "files_per_folder": None,
}


def revisions(script: ScriptDirectory) -> Iterator[Any]:
    """Yield the revisions before the one that is tested, the oldest first."""
    yield from reversed(list(script.iterate_revisions(BEFORE, "base")))


def test_crawlers_of_an_older_database_crawl_as_they_did(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    script = ScriptDirectory("src/gluepot/catalog/migrations")
    with writing(engine) as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for revision in revisions(script):
                revision.module.upgrade()
        context.stamp(script, BEFORE)
        rows = [
            {"name": item["name"], "definition": item, "created_at": NOW, "updated_at": NOW}
            for item in (OLD, BARE)
        ]
        connection.execute(sa.insert(crawlers), rows)

    migrate(engine)

    store = CrawlerStore(engine, utc_now)
    assert store.get_crawler("nightly") == Crawler(
        name="nightly",
        database="raw",
        targets=(
            Target(uri="s3://b/x", exclusions=("_*", "*.tmp"), files_per_folder=7),
            Target(uri="/data", exclusions=("_*",), files_per_folder=7),
        ),
        table_prefix="p_",
        update_behavior="LOG",
        delete_behavior="DELETE_FROM_DATABASE",
        table_level=3,
        combine_compatible_schemas=True,
    )
    assert store.get("bare").definition == {
        "Name": "bare",
        "DatabaseName": "raw",
        "Targets": {
            "S3Targets": [{"Path": "s3://b/x", "Exclusions": ["*.tmp"]}, {"Path": "/data"}]
        },
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "DELETE_FROM_DATABASE"},
    }
    assert (store.get("bare").version, store.get("bare").next_crawl_at) == (1, None)
    run = RunStore(engine, utc_now).enqueue(RunKind.CRAWL, "bare")
    assert run is not None
    assert run.settings == {}
    engine.dispose()
