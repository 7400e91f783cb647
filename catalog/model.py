"""The nouns of the catalog: database, table, column, partition, version, and who caused it.

A member that is None is absent, which AWS Glue's clients tell from empty. Names follow Glue's API
in snake case, so the wire form is a renaming and nothing else. ``others`` holds the members that
gluepot does not read, under Glue's names and as they came, so that nothing a client wrote is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
"""What Hive writes as the folder value of a null partition key."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: ``type`` is a Hive type string such as ``array<struct<a:int>>``."""

    name: str
    type: str | None = None
    comment: str | None = None
    parameters: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class SerDeInfo:
    """How rows are read from bytes, in Hive's terms."""

    name: str | None = None
    serialization_library: str | None = None
    parameters: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """A sort column: ``sort_order`` 1 is ascending, 0 descending."""

    column: str
    sort_order: int


@dataclass(frozen=True, kw_only=True)
class StorageDescriptor:
    """Where the data lies, its columns and its format."""

    columns: tuple[Column, ...] | None = None
    location: str | None = None
    additional_locations: tuple[str, ...] | None = None
    input_format: str | None = None
    output_format: str | None = None
    compressed: bool | None = None
    number_of_buckets: int | None = None
    serde_info: SerDeInfo | None = None
    bucket_columns: tuple[str, ...] | None = None
    sort_columns: tuple[Order, ...] | None = None
    parameters: Mapping[str, str] | None = None
    stored_as_sub_directories: bool | None = None
    others: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Database:
    """A namespace of tables; ``create_time`` is set by the store."""

    name: str
    description: str | None = None
    location_uri: str | None = None
    parameters: Mapping[str, str] | None = None
    others: Mapping[str, Any] | None = None
    create_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table's definition; the last four members are set by the store."""

    database_name: str
    name: str
    description: str | None = None
    owner: str | None = None
    retention: int | None = None
    storage_descriptor: StorageDescriptor | None = None
    partition_keys: tuple[Column, ...] | None = None
    view_original_text: str | None = None
    view_expanded_text: str | None = None
    table_type: str | None = None
    parameters: Mapping[str, str] | None = None
    others: Mapping[str, Any] | None = None
    create_time: datetime | None = None
    update_time: datetime | None = None
    created_by: str | None = None
    version_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A partition: ``values`` are text, one for each partition key, in the keys' order."""

    values: tuple[str, ...]
    storage_descriptor: StorageDescriptor | None = None
    parameters: Mapping[str, str] | None = None
    others: Mapping[str, Any] | None = None
    creation_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Who or what made a version: an API caller, a command, a crawl or a job run."""

    kind: Literal["api", "cli", "crawl", "job_run"]
    id: str
