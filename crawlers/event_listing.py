"""What a bucket's events say has changed, listed folder by folder instead of the whole target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.crawlers.lakehouse.kinds import marker_of
from gluepot.crawlers.listing import list_target
from gluepot.crawlers.sources.objects import normalize_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gluepot.crawlers.listing import Listing
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.events import EventQueue, ReceivedEvents
    from gluepot.crawlers.sources.objects import ObjectInfo, ObjectSource
    from gluepot.crawlers.targets import Target


@dataclass(frozen=True, kw_only=True)
class TargetEvents:
    """The events that a crawl has in hand; they come back to the queue unless it is done.

    Attributes:
        queue: Where they come from.
        received: What they say.
    """

    queue: EventQueue
    received: ReceivedEvents

    def done(self) -> None:
        """Take them off the queue: what they say is in the catalog."""
        self.queue.acknowledge(self.received.handles)

    def release(self) -> None:
        """Show them to other readers again."""
        self.queue.release(self.received.handles)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Name the messages that were not understood, and that there are more."""
        more = ("the queue holds more events: the next crawl takes them",)
        return (*self.received.problems, *(more if self.received.more else ()))


def receive_events(target: Target, config: S3Config) -> TargetEvents | None:
    """Return the events that wait for a target, None where it has no queue.

    Raises:
        StorageError: The queue cannot be read.
        InvalidInputError: Its ARN is none.
    """
    if target.event_queue_arn is None:
        return None
    from gluepot.crawlers.sources.events import EventQueue  # noqa: PLC0415 - seldom used

    queue = EventQueue(config, target.event_queue_arn, target.dlq_event_queue_arn)
    return TargetEvents(queue=queue, received=queue.receive())


def touched_folders(target: Target, events: TargetEvents) -> frozenset[str]:
    """Return the folders below a target in which something has changed.

    What lies in a table's metadata folder touches the table.
    """
    root = f"{normalize_uri(target.uri).rstrip('/')}/"
    paths = [
        change.uri[len(root) :] for change in events.received.changes if change.uri.startswith(root)
    ]
    return frozenset(path.rpartition("/")[0] for path in paths)


def list_touched(
    source: ObjectSource,
    target: Target,
    touched: Iterable[str],
    lakes: Sequence[str],
    exclusions: Sequence[str],
) -> Listing:
    """List the folders that were touched, and what tells of the tables that tell themselves.

    Args:
        source: Where the target lies.
        target: The target.
        touched: Folders below it.
        lakes: Roots of tables of Delta and the like that were there.
        exclusions: Glue's globs.

    Raises:
        StorageError: One of them cannot be listed.
    """
    root = f"{normalize_uri(target.uri).rstrip('/')}/"
    roots = {*lakes, *(found[1] for path in touched if (found := _lake_of(path)) is not None)}
    below = tuple(f"{lake}/" if lake else "" for lake in roots)
    plain = [path for path in touched if not below or not f"{path}/".startswith(below)]
    pages = _pages(source, root, roots, plain)
    return list_target(pages, target.uri, exclusions)


def _lake_of(folder: str) -> tuple[object, str] | None:
    """Return the table whose metadata lies in a folder; any file's name may be in it."""
    for name in ("00000000000000000000.json", "v1.metadata.json", "hoodie.properties"):
        found = marker_of(f"{folder}/{name}")
        if found is not None:
            return found
    return None


def _pages(
    source: ObjectSource, root: str, lakes: Iterable[str], folders: Iterable[str]
) -> Iterator[Sequence[ObjectInfo]]:
    for lake in sorted(lakes):
        yield from source.list_pages(f"{root}{lake}/" if lake else root)
    for folder in sorted(folders):
        place = f"{root}{folder}/" if folder else root
        for page in source.list_pages(place):
            own = [info for info in page if "/" not in info.uri[len(place) :]]
            if own:
                yield own
