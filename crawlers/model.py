"""Crawlers, and the record that each crawl leaves: what it saw, decided and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, get_args

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.crawlers.documents.policies import check_policies
from gluepot.crawlers.documents.target_files import target_from_json, target_to_json
from gluepot.crawlers.targets import Target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gluepot.crawlers.targets import AnyTarget

UpdateBehavior = Literal["UPDATE_IN_DATABASE", "LOG"]
DeleteBehavior = Literal["DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE", "LOG"]
RecrawlBehavior = Literal["CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY", "CRAWL_EVENT_MODE"]

_SAMPLE = "files_per_folder"
_FLAGS = ("combine_compatible_schemas", "merge_new_columns", "inherit_from_table", "lineage")


@dataclass(frozen=True, kw_only=True)
class Crawler:
    """What is crawled into which database, and what is done about changes.

    Attributes:
        name: Unique among crawlers.
        database: Where the tables go; it is made if it is not there.
        targets: At least one.
        table_prefix: Goes before every table's name.
        exclusions: Globs for all targets, besides each target's own.
        description: For people.
        update_behavior: Whether changed tables are updated or only reported.
        delete_behavior: What becomes of tables and partitions whose objects are gone.
        table_level: The level at which tables lie, the bucket being 1; None to find out.
        combine_compatible_schemas: Glue's ``CombineCompatibleSchemas``.
        files_per_folder: Most heads of one folder that are read; None for the default.
        classifiers: Names of custom classifiers, which are asked before the built-in ones.
        merge_new_columns: Glue's ``MergeNewColumns``: add columns, never change or remove one.
        inherit_from_table: Glue's ``InheritFromTable``. Partitions are always given their table's
            columns and format; with this, those that have others are rewritten even where
            ``update_behavior`` is LOG.
        table_threshold: Most tables that a crawl may find; where there are more, it fails and
            writes nothing. None for any number.
        recrawl_behavior: What is looked at again once it was crawled.
        lineage: Whether the record of a crawl tells where the data of each table comes from.
    """

    name: str
    database: str
    targets: tuple[AnyTarget, ...]
    table_prefix: str = ""
    exclusions: tuple[str, ...] = ()
    description: str | None = None
    update_behavior: UpdateBehavior = "UPDATE_IN_DATABASE"
    delete_behavior: DeleteBehavior = "DEPRECATE_IN_DATABASE"
    table_level: int | None = None
    combine_compatible_schemas: bool = False
    files_per_folder: int | None = None
    classifiers: tuple[str, ...] = ()
    merge_new_columns: bool = False
    inherit_from_table: bool = False
    table_threshold: int | None = None
    recrawl_behavior: RecrawlBehavior = "CRAWL_EVERYTHING"
    lineage: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain data; ``crawler_from_json`` is the way back."""
        members = {item.name: getattr(self, item.name) for item in fields(self)}
        return members | {"targets": tuple(map(target_to_json, self.targets))}


def crawler_from_json(value: Mapping[str, Any]) -> Crawler:
    """Return the crawler of plain data, as a YAML file or the database holds it.

    A target may be its URI alone; ``target_files`` has the form of the other kinds.

    Raises:
        InvalidInputError: A key is unknown or missing, or a value cannot be one.
    """
    known = {item.name for item in fields(Crawler)}
    for key in value:
        if key not in known:
            raise InvalidInputError(f"A crawler has no {key!r}.{did_you_mean(str(key), known)}")
    missing = {"name", "database", "targets"} - value.keys()
    if missing:
        raise InvalidInputError(f"A crawler needs {', '.join(sorted(missing))}")
    if not isinstance(value["targets"], list | tuple):
        raise InvalidInputError(f"The targets of a crawler are a list, not {value['targets']!r}")
    data = dict(value)
    data["targets"] = tuple(map(target_from_json, value["targets"]))
    for key in ("exclusions", "classifiers"):
        data[key] = tuple(value.get(key) or ())
    return check_crawler(Crawler(**data))


def check_crawler(crawler: Crawler) -> Crawler:
    """Return a crawler that can work.

    Raises:
        InvalidInputError: It has no target, a behaviour or number that cannot be, or settings that
            do not go together.
    """
    where = f"Crawler {crawler.name!r}"
    if not crawler.name or not crawler.database:
        raise InvalidInputError(f"{where}: the name and the database may not be empty")
    if not crawler.targets:
        raise InvalidInputError(f"{where} has no target; give s3://bucket/prefix or a folder")
    for key, kinds in (
        ("update_behavior", UpdateBehavior),
        ("delete_behavior", DeleteBehavior),
        ("recrawl_behavior", RecrawlBehavior),
    ):
        if getattr(crawler, key) not in get_args(kinds):
            raise InvalidInputError(f"{where}: {key} is one of {', '.join(get_args(kinds))}")
    numbers = [
        ("table_level", crawler.table_level),
        ("table_threshold", crawler.table_threshold),
        (_SAMPLE, crawler.files_per_folder),
    ]
    numbers += [
        (_SAMPLE, target.files_per_folder)
        for target in crawler.targets
        if isinstance(target, Target)
    ]
    for key, number in numbers:
        whole = isinstance(number, int) and not isinstance(number, bool)
        if number is not None and (not whole or number < 1):
            raise InvalidInputError(f"{where}: {key} is a whole number from 1")
    for key in _FLAGS:
        if not isinstance(getattr(crawler, key), bool):
            raise InvalidInputError(f"{where}: {key} is true or false")
    check_policies(crawler)
    return crawler


class CrawlState(StrEnum):
    """How far a crawl is."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ChangeKind(StrEnum):
    """What a crawl does to a table."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DEPRECATE = "DEPRECATE"
    DELETE = "DELETE"
    NONE = "NONE"


@dataclass(frozen=True, kw_only=True)
class ColumnReport:
    """A column or partition key, and what decided its type."""

    name: str
    type: str
    reason: str
    is_partition_key: bool = False


@dataclass(frozen=True, kw_only=True)
class TableReport:
    """What a crawl decided about one table.

    Attributes:
        database: Its database.
        name: Its name.
        change: What was done to it.
        location: Where its data lies.
        format: Glue's ``classification``.
        columns: Columns first, then partition keys.
        partitions: How many were found.
        partitions_added: How many of them are new.
        partitions_changed: How many were rewritten.
        partitions_removed: How many were deprecated or deleted, their objects being gone;
            ``partitions_deprecated`` of these are only marked.
        objects: How many files it has, and ``objects_read`` of how many a part was read.
        size_bytes: All files together.
        records: Counted where the format tells, else estimated.
        reasons: Why it is one table, and of this format.
        diff: What changed, a line each; empty for a new or unchanged table.
        warnings: What a person should look at.
        lineage: Where its data comes from, of crawlers that are asked for it: the location, and
            the connection if there is one.
    """

    database: str
    name: str
    change: ChangeKind
    location: str
    format: str
    columns: tuple[ColumnReport, ...] = ()
    partitions: int = 0
    partitions_added: int = 0
    partitions_changed: int = 0
    partitions_removed: int = 0
    partitions_deprecated: int = 0
    objects: int = 0
    objects_read: int = 0
    size_bytes: int = 0
    records: int = 0
    reasons: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    lineage: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)


def table_report_from_json(value: Mapping[str, Any]) -> TableReport:
    """Return the report of plain data."""
    data = dict(value)
    data["change"] = ChangeKind(data["change"])
    data["columns"] = tuple(ColumnReport(**item) for item in data["columns"])
    for key in ("reasons", "diff", "warnings", "lineage"):
        data[key] = tuple(data.get(key, ()))
    return TableReport(**data)


@dataclass(frozen=True, kw_only=True)
class TableChanges:
    """What a crawl did to one table, without why; the members are those of ``TableReport``."""

    name: str
    change: ChangeKind
    partitions_added: int = 0
    partitions_changed: int = 0
    partitions_removed: int = 0
    partitions_deprecated: int = 0


@dataclass(frozen=True, kw_only=True)
class Crawl:
    """One crawl.

    Attributes:
        id: A UUID.
        crawler_name: Whose crawl it is.
        database: Where the tables went.
        state: FAILED crawls have an ``error``, and changed nothing beyond the tables reported;
            CANCELLED ones were stopped by somebody, and changed nothing.
        started_at: Aware.
        completed_at: Aware; None while it runs.
        error: Why it failed.
        summary: Counts and durations by name.
        warnings: What a person should look at, files that could not be read first.
        tables: What was decided about each table.
    """

    id: str
    crawler_name: str
    database: str
    state: CrawlState
    started_at: datetime
    completed_at: datetime | None = None
    error: str | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    tables: tuple[TableReport, ...] = ()
