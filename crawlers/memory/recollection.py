"""What an earlier crawl of the same crawler spares this one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.crawlers.memory.folders import definition_print
from gluepot.crawlers.memory.store import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.findings import Survey
    from gluepot.crawlers.memory.folders import TargetMemory
    from gluepot.crawlers.model import Crawl, Crawler
    from gluepot.crawlers.store import CrawlerStore
    from gluepot.crawlers.survey import SeenTarget


LONGEST_GAP = timedelta(days=4)
"""After so long without a crawl everything is listed: a queue keeps its messages no longer."""


class Recollection:
    """What a crawler remembers of its targets."""

    def __init__(self, crawler: Crawler, store: CrawlerStore | None, now: datetime) -> None:
        self._crawler = crawler
        self._now = now
        self._store = store
        self._traces = {} if store is None else store.memories.traces(crawler.name)

    def unchanged_since(self, seen: Sequence[SeenTarget], catalog: CatalogStore) -> Crawl | None:
        """Return the last crawl if it would go the same way now, and nothing of it was undone."""
        if self._store is None or not self._traces or len(self._traces) != len(seen):
            return None
        definition = definition_print(self._crawler)
        for item in seen:
            trace = self._traces.get(item.key)
            if trace is None or item.listed is None or trace.digest != item.listed.digest:
                return None
            if trace.reading != item.reading or trace.definition != definition:
                return None
        trace = next(iter(self._traces.values()))
        if catalog.read_marks(self._crawler.database, trace.marks) != trace.marks:
            return None
        try:
            return self._store.get_crawl(trace.crawl_id)
        except EntityNotFoundError:
            return None  # Its record was too old to be kept.

    def recall(self, key: str, reading: str) -> TargetMemory | None:
        """Return what is remembered of a target, if it would be read in the same way now."""
        trace = self._traces.get(key)
        if self._store is None or trace is None or trace.reading != reading:
            return None
        return self._store.memories.recall(self._crawler.name, key)

    def recall_recent(self, key: str, reading: str) -> TargetMemory | None:
        """Return what is remembered of a target if its queue still has all events since."""
        memory = self.recall(key, reading)
        if memory is None or memory.at is None or self._now - memory.at > LONGEST_GAP:
            return None
        return memory


def remember(  # noqa: PLR0913 - what was done, with what, and where it is kept
    store: CrawlerStore,
    catalog: CatalogStore,
    crawl: Crawl,
    *,
    crawler: Crawler,
    seen: Sequence[SeenTarget],
    survey: Survey,
) -> None:
    """Keep what a crawl that is done has found, for the next one."""
    marks = catalog.read_marks(crawler.database, [report.name for report in crawl.tables])
    definition = definition_print(crawler)
    memories = {}
    for item in seen:
        memory = survey.memories.get(item.key)
        if memory is not None:
            trace = Trace(
                crawl_id=crawl.id,
                reading=item.reading,
                definition=definition,
                digest=memory.digest,
                marks=marks,
            )
            memories[item.key] = (trace, _sure(memory))
    store.memories.remember(crawler.name, memories)


def _sure(memory: TargetMemory) -> TargetMemory:
    """Return a memory without the folders of which a file could not be read: the store failed."""
    unsure = {
        folder
        for folder, reading in memory.folders.items()
        if any(result.failed for result in reading.results)
    }
    if not unsure:
        return memory
    kept = {folder: item for folder, item in memory.folders.items() if folder not in unsure}
    return replace(memory, digest=b"", folders=kept)
