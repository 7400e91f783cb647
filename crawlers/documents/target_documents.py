"""Targets as AWS Glue's ``CrawlerTargets``, both ways.

An S3 target's manifest of S3 Inventory is the one thing that Glue's document cannot say: it is
stored beside Glue's members, and ``without_own_members`` takes it out for clients.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.crawlers.targets import (
    AnyTarget,
    CatalogTarget,
    DeltaTarget,
    DynamoDBTarget,
    HudiTarget,
    IcebergTarget,
    JdbcTarget,
    MongoDBTarget,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.calls import Document

TargetType: TypeAlias = (
    type[Target]
    | type[JdbcTarget]
    | type[DynamoDBTarget]
    | type[MongoDBTarget]
    | type[CatalogTarget]
    | type[DeltaTarget]
    | type[IcebergTarget]
    | type[HudiTarget]
)

_INVENTORY = "InventoryUri"
_QUEUES = {"event_queue_arn": "EventQueueArn", "dlq_event_queue_arn": "DlqEventQueueArn"}
_BELOW = {
    "paths": "Paths",
    "connection_name": "ConnectionName",
    "exclusions": "Exclusions",
    "maximum_traversal_depth": "MaximumTraversalDepth",
}


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """One list of ``CrawlerTargets``: its name, our class, and Glue's names of our members."""

    name: str
    made: TargetType
    members: Mapping[str, str]


_KINDS: tuple[_Kind, ...] = (
    _Kind(
        name="S3Targets",
        made=Target,
        members={
            "uri": "Path",
            "exclusions": "Exclusions",
            "files_per_folder": "SampleSize",
            "connection_name": "ConnectionName",
            **_QUEUES,
            "inventory_uri": _INVENTORY,
        },
    ),
    _Kind(
        name="JdbcTargets",
        made=JdbcTarget,
        members={
            "connection_name": "ConnectionName",
            "path": "Path",
            "exclusions": "Exclusions",
            "additional_metadata": "EnableAdditionalMetadata",
        },
    ),
    _Kind(
        name="MongoDBTargets",
        made=MongoDBTarget,
        members={"connection_name": "ConnectionName", "path": "Path", "scan_all": "ScanAll"},
    ),
    _Kind(
        name="DynamoDBTargets",
        made=DynamoDBTarget,
        members={"path": "Path", "scan_all": "scanAll", "scan_rate": "scanRate"},
    ),
    _Kind(
        name="CatalogTargets",
        made=CatalogTarget,
        members={
            "database": "DatabaseName",
            "tables": "Tables",
            "connection_name": "ConnectionName",
            **_QUEUES,
        },
    ),
    _Kind(
        name="DeltaTargets",
        made=DeltaTarget,
        members={
            "tables": "DeltaTables",
            "connection_name": "ConnectionName",
            "write_manifest": "WriteManifest",
            "create_native_table": "CreateNativeDeltaTable",
        },
    ),
    _Kind(name="IcebergTargets", made=IcebergTarget, members=_BELOW),
    _Kind(name="HudiTargets", made=HudiTarget, members=_BELOW),
)
"""In the order in which targets come out of a document."""


def targets_of(wire: Mapping[str, Any]) -> tuple[AnyTarget, ...]:
    """Return the targets of a ``CrawlerTargets``, kind by kind.

    Raises:
        InvalidInputError: A kind or a member is unknown, or a target lacks what it needs.
    """
    known = [kind.name for kind in _KINDS]
    for name in wire:
        if name not in known:
            raise InvalidInputError(f"A crawler has no {name}.{did_you_mean(name, known)}")
    return tuple(_read_target(kind, item) for kind in _KINDS for item in wire.get(kind.name) or ())


def targets_document(targets: Sequence[AnyTarget]) -> Document:
    """Return the ``CrawlerTargets`` of targets; members that say the usual are left out."""
    return {
        kind.name: [_document(kind, item) for item in found]
        for kind in _KINDS
        if (found := [item for item in targets if isinstance(item, kind.made)])
    }


def kind_of_target(target: AnyTarget) -> str:
    """Return the list of ``CrawlerTargets`` that a target goes to.

    >>> kind_of_target(DynamoDBTarget(path="orders"))
    'DynamoDBTargets'
    """
    return next(kind.name for kind in _KINDS if isinstance(target, kind.made))


def without_own_members(wire: Mapping[str, Any]) -> Document:
    """Return a stored ``CrawlerTargets`` as Glue's model has it."""
    return {
        name: [{key: value for key, value in item.items() if key != _INVENTORY} for item in items]
        for name, items in wire.items()
    }


def _read_target(kind: _Kind, wire: Mapping[str, Any]) -> AnyTarget:
    ours = {theirs: name for name, theirs in kind.members.items()}
    values: dict[str, Any] = {}
    one = kind.name.removesuffix("s")
    for member, value in wire.items():
        if member not in ours:
            raise InvalidInputError(f"{one} has no {member}.{did_you_mean(member, ours)}")
        if value is not None:
            values[ours[member]] = tuple(value) if isinstance(value, list) else value
    for item in fields(kind.made):
        if item.default is MISSING and not values.get(item.name):
            raise InvalidInputError(f"{one} has no {kind.members[item.name]}")
    return kind.made(**values)


def _document(kind: _Kind, target: AnyTarget) -> Document:
    usual = {item.name: item.default for item in fields(kind.made)}
    return {
        theirs: list(value) if isinstance(value, tuple) else value
        for name, theirs in kind.members.items()
        if (value := getattr(target, name)) != usual[name]
    }
