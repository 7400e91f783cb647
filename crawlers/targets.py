"""What a crawler can be pointed at: objects, databases, tables of the catalog, table formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class Target:
    """Objects: ``s3://bucket/prefix``, ``file:///folder`` or a path, or one file.

    Attributes:
        uri: The place.
        exclusions: Glue's globs, tried against what stands behind the target in a key.
        files_per_folder: The most heads of one folder that are read; None for the crawler's.
        connection_name: A connection whose sealed keys and settings reach the store; None for
            the settings.
        event_queue_arn: The SQS queue that the bucket tells its changes.
        dlq_event_queue_arn: Where messages go that cannot be understood.
        inventory_uri: A manifest of S3 Inventory that is read instead of listing.
    """

    uri: str
    exclusions: tuple[str, ...] = ()
    files_per_folder: int | None = None
    connection_name: str | None = None
    event_queue_arn: str | None = None
    dlq_event_queue_arn: str | None = None
    inventory_uri: str | None = None


@dataclass(frozen=True, kw_only=True)
class JdbcTarget:
    """Tables of a database.

    Attributes:
        connection_name: The connection that logs in.
        path: ``database/schema/table``, or ``database/table`` where the engine has no schemas;
            ``%`` stands for anything.
        exclusions: Globs of what stands behind the path.
        additional_metadata: ``COMMENTS`` and ``RAWTYPES``.
    """

    connection_name: str
    path: str
    exclusions: tuple[str, ...] = ()
    additional_metadata: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DynamoDBTarget:
    """One table of DynamoDB; ``scan_rate`` is the share of its read capacity that is used."""

    path: str
    scan_all: bool = True
    scan_rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class MongoDBTarget:
    """Collections of MongoDB: ``database/collection``; without ``scan_all`` a sample is read."""

    connection_name: str
    path: str
    scan_all: bool = True


@dataclass(frozen=True, kw_only=True)
class CatalogTarget:
    """Tables that the catalog has already: their data is looked at again, none is added."""

    database: str
    tables: tuple[str, ...]
    connection_name: str | None = None
    event_queue_arn: str | None = None
    dlq_event_queue_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeltaTarget:
    """Delta tables, each by its folder.

    ``write_manifest`` writes symlink manifests and registers a table over them; else, or with
    ``create_native_table``, the table is registered as Delta itself.
    """

    tables: tuple[str, ...]
    connection_name: str | None = None
    write_manifest: bool = False
    create_native_table: bool = False


@dataclass(frozen=True, kw_only=True)
class IcebergTarget:
    """Iceberg tables at or below some folders, at most so many levels below."""

    paths: tuple[str, ...]
    connection_name: str | None = None
    exclusions: tuple[str, ...] = ()
    maximum_traversal_depth: int = 10


@dataclass(frozen=True, kw_only=True)
class HudiTarget:
    """Hudi tables at or below some folders, at most so many levels below."""

    paths: tuple[str, ...]
    connection_name: str | None = None
    exclusions: tuple[str, ...] = ()
    maximum_traversal_depth: int = 10


AnyTarget: TypeAlias = (
    Target
    | JdbcTarget
    | DynamoDBTarget
    | MongoDBTarget
    | CatalogTarget
    | DeltaTarget
    | IcebergTarget
    | HudiTarget
)


def place_of(target: AnyTarget) -> str:
    """Return what a target names, for people.

    >>> place_of(JdbcTarget(connection_name="pg", path="shop/public/%"))
    'pg: shop/public/%'
    """
    match target:
        case Target():
            return target.uri
        case JdbcTarget() | MongoDBTarget():
            return f"{target.connection_name}: {target.path}"
        case DynamoDBTarget():
            return f"DynamoDB: {target.path}"
        case CatalogTarget():
            return ", ".join(f"{target.database}.{name}" for name in target.tables)
        case DeltaTarget():
            return ", ".join(target.tables)
        case IcebergTarget() | HudiTarget():
            return ", ".join(target.paths)
