"""What crawls remember, in the database: one row for each target of a crawler."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.insert import insert_new
from gluepot.catalog.scope import Scope
from gluepot.crawlers.memory.folders import TargetMemory, pack, unpack
from gluepot.crawlers.tables import crawl_memories

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What a crawl left behind of one target, without what it knows of the folders.

    Attributes:
        crawl_id: The last crawl that looked at the data.
        reading: A fingerprint of what decided how the target was read.
        definition: One of the crawler as a whole.
        digest: Of its listing.
        marks: How each table stood after the crawl, by name.
    """

    crawl_id: str
    reading: str
    definition: str
    digest: bytes
    marks: Mapping[str, str] = field(default_factory=dict)


class MemoryStore:
    """Memories of crawlers; each call is one transaction."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._scope = Scope(engine=engine, clock=clock)

    def traces(self, crawler_name: str) -> dict[str, Trace]:
        """Return what is left of a crawler's last crawl, by target."""
        rows = crawl_memories.c
        query = sa.select(*(column for column in rows if column is not rows.folders))
        with self._scope.reading() as connection:
            found = connection.execute(query.where(rows.crawler_name == crawler_name)).all()
        return {
            row.target: Trace(
                crawl_id=row.crawl_id,
                reading=row.reading,
                definition=row.definition,
                digest=row.digest,
                marks=row.marks,
            )
            for row in found
        }

    def recall(self, crawler_name: str, target: str) -> TargetMemory | None:
        """Return what is remembered of a target, None where nothing is."""
        rows = crawl_memories.c
        query = sa.select(rows.digest, rows.folders, rows.updated_at).where(
            rows.crawler_name == crawler_name, rows.target == target
        )
        with self._scope.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        folders, lakes = unpack(row.folders)
        return TargetMemory(digest=row.digest, folders=folders, lakes=lakes, at=row.updated_at)

    def remember(
        self, crawler_name: str, memories: Mapping[str, tuple[Trace, TargetMemory]]
    ) -> None:
        """Take these memories for all that is known of a crawler's targets.

        Where the same crawler runs twice at once, what the first of them saw stays.
        """
        now = self._scope.clock()
        rows = [
            {
                "crawler_name": crawler_name,
                "target": target,
                "crawl_id": trace.crawl_id,
                "reading": trace.reading,
                "definition": trace.definition,
                "digest": memory.digest,
                "marks": dict(trace.marks),
                "folders": pack(memory.folders, memory.lakes),
                "updated_at": now,
            }
            for target, (trace, memory) in memories.items()
        ]
        with self._scope.writing() as connection:
            _forget(connection, crawler_name)
            if rows:
                insert_new(connection, crawl_memories, rows, crawl_memories.c.target)

    def forget(self, crawler_name: str) -> None:
        """Forget everything, so that the next crawl looks at all data again."""
        with self._scope.writing() as connection:
            _forget(connection, crawler_name)


def _forget(connection: sa.Connection, crawler_name: str) -> None:
    where = crawl_memories.c.crawler_name == crawler_name
    connection.execute(sa.delete(crawl_memories).where(where))
