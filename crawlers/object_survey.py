"""The objects below one target: listed, read where they are new, grouped into tables."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.event_listing import (
    list_touched,
    receive_events,
    touched_folders,
)
from gluepot.crawlers.findings import FileProblem, Found, TargetSurvey
from gluepot.crawlers.grouping.folder_readings import lots_of, readings_of, unread_folder
from gluepot.crawlers.grouping.folders import (
    Grouping,
    GroupingPolicy,
    group_lots,
    lone_files,
    lone_table,
)
from gluepot.crawlers.grouping.found import build_table
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.tables import read_lake_table
from gluepot.crawlers.listing import list_target
from gluepot.crawlers.lots import NOT_READ
from gluepot.crawlers.memory.folders import TargetMemory
from gluepot.crawlers.reading.engine import LocalEngine, ReadingPlace, read_files
from gluepot.crawlers.reading.sampling import policy_of
from gluepot.crawlers.sources.objects import normalize_uri, open_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gluepot.crawlers.access import Access
    from gluepot.crawlers.classifiers.base import Classifier
    from gluepot.crawlers.event_listing import TargetEvents
    from gluepot.crawlers.grouping.folder_readings import FolderReading
    from gluepot.crawlers.grouping.folders import Candidate
    from gluepot.crawlers.listing import Listing
    from gluepot.crawlers.lots import Lot
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.reading.engine import Engine
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.objects import ObjectInfo, ObjectSource
    from gluepot.crawlers.targets import Target

logger = logging.getLogger(__name__)

LOCAL = LocalEngine()


@dataclass(frozen=True, kw_only=True)
class ListedTarget:
    """A target that was listed, and nothing of it read.

    Attributes:
        target: The target.
        source: Where its objects are, and ``config`` how that is reached.
        exclusions: Those of the crawler and its own.
        listing: What there is.
        digests: A fingerprint of each folder.
        digest: One of all of them.
        seconds: How long the listing took.
        events: What a queue told; None where everything was listed without one.
        touched: The folders that were listed, where events told them; None for all.
        memory: What was remembered when only these were listed.
    """

    target: Target
    source: ObjectSource
    config: S3Config
    exclusions: tuple[str, ...]
    listing: Listing
    digests: Mapping[str, bytes]
    digest: bytes
    seconds: float
    events: TargetEvents | None = None
    touched: frozenset[str] | None = None
    memory: TargetMemory | None = None


def list_events(
    crawler: Crawler, target: Target, access: Access, memory: TargetMemory | None
) -> ListedTarget:
    """List what a queue says has changed, or everything where nothing recent is remembered.

    Raises:
        StorageError: The queue or the target cannot be read.
        InvalidInputError: The target, its queue or an exclusion cannot be one.
    """
    started = time.perf_counter()
    config = _config_of(target, access)
    # Before the listing: what changes meanwhile is then in one of them, or in both.
    events = receive_events(target, config)
    if events is None or memory is None:
        return replace(list_objects(crawler, target, access), events=events)
    source, exclusions = open_source(target.uri, config), _exclusions(crawler, target)
    touched = touched_folders(target, events)
    listing = list_touched(source, target, touched, memory.lakes, exclusions)
    digests = listing.digests()
    return ListedTarget(
        target=target,
        source=source,
        config=config,
        exclusions=exclusions,
        listing=listing,
        digests=digests,
        digest=listing.digest(digests) if touched else memory.digest,
        seconds=time.perf_counter() - started,
        events=events,
        touched=touched,
        memory=memory,
    )


def _exclusions(crawler: Crawler, target: Target) -> tuple[str, ...]:
    return (*crawler.exclusions, *target.exclusions)


def list_objects(crawler: Crawler, target: Target, access: Access) -> ListedTarget:
    """List the objects below a target.

    Raises:
        StorageError: The target cannot be listed.
        InvalidInputError: The target or an exclusion cannot be one.
    """
    started = time.perf_counter()
    config = _config_of(target, access)
    source = open_source(target.uri, config)
    exclusions = _exclusions(crawler, target)
    pages = _pages(target, source, access)
    listing = list_target(pages, target.uri, exclusions)
    digests = listing.digests()
    return ListedTarget(
        target=target,
        source=source,
        config=config,
        exclusions=exclusions,
        listing=listing,
        digests=digests,
        digest=listing.digest(digests),
        seconds=time.perf_counter() - started,
    )


def _config_of(target: Target, access: Access) -> S3Config:
    """Return how a target's store is reached: by its connection's keys where it names one."""
    if target.connection_name is None:
        return access.s3
    from gluepot.crawlers.sources.credentials import s3_config_of  # noqa: PLC0415 - seldom used

    return s3_config_of(access.s3, access.connection(target.connection_name))


def _pages(target: Target, source: ObjectSource, access: Access) -> Iterator[Sequence[ObjectInfo]]:
    """Return what lies at or below a target: listed, or as an inventory knew it."""
    place = normalize_uri(target.uri)
    if target.inventory_uri is None:
        return source.list_pages(place)
    from gluepot.crawlers.sources.inventory import list_inventory  # noqa: PLC0415 - seldom used

    inventory = open_source(target.inventory_uri, _config_of(target, access))
    return list_inventory(normalize_uri(target.inventory_uri), place, inventory)


def survey_objects(crawler: Crawler, target: Target, access: Access) -> TargetSurvey:
    """List and look at the objects below a target; errors as in ``list_objects``."""
    return survey_listed(crawler, list_objects(crawler, target, access))


def survey_listed(
    crawler: Crawler,
    listed: ListedTarget,
    *,
    classifiers: Sequence[Classifier] = (),
    memory: TargetMemory | None = None,
    engine: Engine = LOCAL,
) -> TargetSurvey:
    """Look at the objects of a target, and at those of unchanged folders as they are remembered."""
    started = time.perf_counter()
    listing = listed.listing
    known = _remembered(crawler, listed, memory)
    fresh = [folder for folder in listing.folders if folder not in known]
    place = ReadingPlace(
        source=listed.source,
        config=listed.config,
        root=listing.root,
        policy=policy_of(crawler, listed.target),
        classifiers=classifiers,
    )
    reading = read_files(engine, place, listing, set(fresh) if known else None)
    readings = known | readings_of(listing, reading, listed.digests)
    for folder in fresh:
        if folder not in readings:
            readings[folder] = unread_folder(listing, folder, listed.digests[folder])
    read = time.perf_counter()
    found = lots_of(readings, listing.root)
    grouping = _group(listing, found.lots, _grouping_policy(crawler, listing))
    tables = tuple(
        Found(table=table, exclusions=listed.exclusions)
        for item in grouping.tables
        if (table := build_table(item, listing.root, _said(item))) is not None
    )
    lakes, broken = _lake_tables(listed)
    done = time.perf_counter()
    return TargetSurvey(
        roots=(listing.root,),
        tables=(*tables, *lakes),
        locations=Places(listing, readings),
        problems=(*found.problems, *broken),
        warnings=(*_told(listed), *listing.warnings, *grouping.warnings),
        skipped=listing.skipped,
        objects=sum(item.files for item in readings.values()),
        objects_read=reading.objects_read,
        bytes_read=reading.bytes_read,
        seconds={"list": listed.seconds, "sample": read - started, "group": done - read},
        partial=crawler.recrawl_behavior == "CRAWL_NEW_FOLDERS_ONLY" and memory is not None,
        memory=TargetMemory(
            # A table whose metadata the store did not give is looked at again.
            digest=b""
            if any(item.reason.startswith(NOT_READ) for item in broken)
            else listed.digest,
            folders=readings,
            lakes=tuple(lake.root for lake in listing.lakes),
        ),
    )


def _told(listed: ListedTarget) -> tuple[str, ...]:
    return () if listed.events is None else listed.events.warnings


def _remembered(
    crawler: Crawler, listed: ListedTarget, memory: TargetMemory | None
) -> dict[str, FolderReading]:
    """Return the folders that are not looked at again."""
    if memory is None:
        return {}
    if crawler.recrawl_behavior == "CRAWL_NEW_FOLDERS_ONLY":
        return dict(memory.folders)
    if listed.touched is not None:
        return {
            folder: reading
            for folder, reading in memory.folders.items()
            if folder not in listed.touched
        }
    return {
        folder: reading
        for folder, reading in memory.folders.items()
        if listed.digests.get(folder) == reading.digest
    }


def _lake_tables(listed: ListedTarget) -> tuple[list[Found], list[FileProblem]]:
    """Return the tables that tell their files themselves, and those whose metadata is damaged."""
    found: list[Found] = []
    problems: list[FileProblem] = []
    for lake in listed.listing.lakes:
        place = f"{listed.listing.root}{lake.root}".rstrip("/")
        try:
            tables = read_lake_table(lake.kind, listed.source, place, lake.log)
        except LakeTableError as error:
            problems.append(FileProblem(uri=error.uri, reason=error.reason))
        except StorageError as error:
            problems.append(FileProblem(uri=f"{place}/", reason=f"{NOT_READ}{error}"))
        except Exception as error:  # here the reading of one table ends, whatever ended it
            logger.exception("Reading %s failed", place, extra={"action": "table_failed"})
            reason = f"gluepot failed at it ({type(error).__name__}: {error}), which is a defect"
            problems.append(FileProblem(uri=f"{place}/", reason=reason))
        else:
            found += (Found(table=table, exclusions=listed.exclusions) for table in tables)
    return found, problems


class Places:
    """Every folder below a target that holds files, the folders above it, and every file."""

    def __init__(self, listing: Listing, readings: Mapping[str, FolderReading]) -> None:
        self._root = listing.root
        self._files = listing.folders
        self._readings = readings
        self._folders = {""}
        for folder in (*readings, *(lake.root for lake in listing.lakes)):
            current = folder
            while current not in self._folders:
                self._folders.add(current)
                current = current.rpartition("/")[0]

    def __contains__(self, place: object) -> bool:
        """Return whether something is there; folders are given with a last slash."""
        if not isinstance(place, str) or not place.startswith(self._root):
            return False
        path = place[len(self._root) :]
        if not path or path.endswith("/"):
            return path.rstrip("/") in self._folders
        folder, _, name = path.rpartition("/")
        files, reading = self._files.get(folder), self._readings.get(folder)
        if files is not None:
            return name in files.names
        return reading is not None and any(item.name == name for item in reading.results)


def _group(listing: Listing, lots: Sequence[Lot], policy: GroupingPolicy) -> Grouping:
    if listing.is_file:
        tables = [lone_table(file) for lot in lots for file in lone_files(lot)]
        return Grouping(tables=tuple(tables), warnings=())
    return group_lots(lots, policy)


def _grouping_policy(crawler: Crawler, listing: Listing) -> GroupingPolicy:
    level = 1
    if listing.root.startswith("s3://"):
        level = listing.root.removeprefix("s3://").rstrip("/").count("/") + 1
    return GroupingPolicy(
        table_level=crawler.table_level,
        root_level=level,
        combine_compatible=crawler.combine_compatible_schemas,
    )


def _said(candidate: Candidate) -> tuple[str, ...]:
    """Return what each classifier said about the first file of a table that was read."""
    read = [lot for lot in candidate.leaves if lot.seen]
    if not read:
        return ()
    lot = min(read, key=lambda lot: lot.folder)
    file = lot.seen[0].files[0]
    return tuple(f"{lot.path(file.name)}: {text}" for text in file.said)
