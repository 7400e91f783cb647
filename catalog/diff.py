"""What changed between two definitions of a table, and who can still read the data.

Compatibility is seen as schema registries see it: ``backward`` when readers of the new schema can
read data written with the old one, ``forward`` the other way round, ``full`` both, ``none``
neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.merge import widest
from gluepot.catalog.model import SerDeInfo, StorageDescriptor
from gluepot.catalog.types import parse_type
from gluepot.catalog.wire import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Column, Table

T = TypeVar("T")

_LAYOUT = {
    "AdditionalLocations": "additional locations",
    "NumberOfBuckets": "number of buckets",
    "BucketColumns": "bucket columns",
    "SortColumns": "sort columns",
    "StoredAsSubDirectories": "stored as sub directories",
}


class Compatibility(StrEnum):
    """Who can read what was written before and after the change."""

    BACKWARD = "backward"
    FORWARD = "forward"
    FULL = "full"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class NamedType:
    """A column that came or went."""

    name: str
    type: str | None


@dataclass(frozen=True, kw_only=True)
class Retyped:
    """A column whose type changed; ``widened`` when the new type holds every old value."""

    name: str
    old: str | None
    new: str | None
    widened: bool
    narrowed: bool


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A column whose place among those that stayed changed; places count from 0."""

    name: str
    old: int
    new: int


@dataclass(frozen=True, kw_only=True)
class ColumnsDiff:
    """What changed in a list of columns."""

    added: tuple[NamedType, ...] = ()
    removed: tuple[NamedType, ...] = ()
    retyped: tuple[Retyped, ...] = ()
    moved: tuple[Moved, ...] = ()
    commented: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return any((self.added, self.removed, self.retyped, self.moved, self.commented))


@dataclass(frozen=True, kw_only=True)
class ValueChange:
    """A setting that changed; None is absent."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class TableDiff:
    """What changed between two definitions of a table."""

    columns: ColumnsDiff
    partition_keys: ColumnsDiff
    location: ValueChange | None
    format: tuple[ValueChange, ...]
    parameters: tuple[ValueChange, ...]
    settings: tuple[ValueChange, ...]
    compatibility: Compatibility

    def __bool__(self) -> bool:
        """Whether anything changed."""
        changes = (self.columns, self.partition_keys, self.location)
        return any((*changes, self.format, self.parameters, self.settings))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; ``diff_from_json`` is the way back."""
        return {name: _plain(value) for name, value in vars(self).items()}


def diff_tables(old: Table, new: Table) -> TableDiff:
    """Return what makes ``new`` differ from ``old``; times and versions are not looked at."""
    was, now = old.storage_descriptor, new.storage_descriptor
    columns = _diff_columns(_columns(was), _columns(now))
    keys = _diff_columns(old.partition_keys or (), new.partition_keys or ())
    location = _change("location", was and was.location, now and now.location)
    return TableDiff(
        columns=columns,
        partition_keys=keys,
        location=location,
        format=_diff_format(was, now),
        parameters=_diff_parameters("", old.parameters, new.parameters),
        settings=_diff_settings(old, new),
        compatibility=_compatibility(columns, keys),
    )


def diff_from_json(value: Mapping[str, Any]) -> TableDiff:
    """Return the diff that ``TableDiff.to_json`` wrote."""
    location = value["location"]
    return TableDiff(
        columns=_columns_from_json(value["columns"]),
        partition_keys=_columns_from_json(value["partition_keys"]),
        location=ValueChange(**location) if location else None,
        format=tuple(ValueChange(**item) for item in value["format"]),
        parameters=tuple(ValueChange(**item) for item in value["parameters"]),
        settings=tuple(ValueChange(**item) for item in value["settings"]),
        compatibility=Compatibility(value["compatibility"]),
    )


def describe(diff: TableDiff) -> str:
    """Return the changes for people, a line each; no line when nothing changed.

    Lines begin with ``+`` for what came, ``-`` for what went and ``~`` for what changed.
    """
    lines = [
        *_describe_columns("column", diff.columns),
        *_describe_columns("partition key", diff.partition_keys),
        *([_describe_value("", diff.location)] if diff.location else []),
        *(_describe_value("", item) for item in diff.format),
        *(_describe_value("parameter ", item) for item in diff.parameters),
        *(_describe_value("", item) for item in diff.settings),
    ]
    return "\n".join(lines)


def _columns(storage: StorageDescriptor | None) -> Sequence[Column]:
    return (storage.columns or ()) if storage else ()


def _diff_columns(old: Sequence[Column], new: Sequence[Column]) -> ColumnsDiff:
    was = {column.name.lower(): column for column in old}
    now = {column.name.lower(): column for column in new}
    both = [(was[name], column) for name, column in now.items() if name in was]
    return ColumnsDiff(
        added=tuple(_named(column) for name, column in now.items() if name not in was),
        removed=tuple(_named(column) for name, column in was.items() if name not in now),
        retyped=tuple(
            _retyped(before, after) for before, after in both if before.type != after.type
        ),
        moved=_moved([name for name in was if name in now], [name for name in now if name in was]),
        commented=tuple(
            after.name
            for before, after in both
            if (before.comment, before.parameters) != (after.comment, after.parameters)
        ),
    )


def _named(column: Column) -> NamedType:
    return NamedType(name=column.name, type=column.type)


def _retyped(old: Column, new: Column) -> Retyped:
    return Retyped(
        name=new.name,
        old=old.type,
        new=new.type,
        widened=_holds(new.type, old.type),
        narrowed=_holds(old.type, new.type),
    )


def _holds(wide: str | None, narrow: str | None) -> bool:
    """Return whether each value of the narrow type is one of the wide type."""
    if wide is None or narrow is None:
        return False
    try:
        parsed = parse_type(wide)
        return widest(parsed, parse_type(narrow)) == parsed
    except InvalidInputError:
        # The API stores types that nobody knows; of those only the text can be compared.
        return False


def _moved(old: Sequence[str], new: Sequence[str]) -> tuple[Moved, ...]:
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    stayed = {old[place] for block in blocks for place in range(block.a, block.a + block.size)}
    places = {name: place for place, name in enumerate(old)}
    return tuple(
        Moved(name=name, old=places[name], new=place)
        for place, name in enumerate(new)
        if name not in stayed
    )


def _change(name: str, old: object, new: object) -> ValueChange | None:
    return None if old == new else ValueChange(name=name, old=old, new=new)


def _present(changes: Sequence[ValueChange | None]) -> tuple[ValueChange, ...]:
    return tuple(item for item in changes if item is not None)


def _diff_format(
    old: StorageDescriptor | None, new: StorageDescriptor | None
) -> tuple[ValueChange, ...]:
    old, new = old or StorageDescriptor(), new or StorageDescriptor()
    was, now = old.serde_info or SerDeInfo(), new.serde_info or SerDeInfo()
    before, after = to_wire(replace(old, columns=None)), to_wire(replace(new, columns=None))
    changes = [
        _change("input format", old.input_format, new.input_format),
        _change("output format", old.output_format, new.output_format),
        _change("serialization library", was.serialization_library, now.serialization_library),
        _change("serde name", was.name, now.name),
        _change("compressed", old.compressed, new.compressed),
        *(_change(words, before.get(key), after.get(key)) for key, words in _LAYOUT.items()),
        *_diff_parameters("serde ", was.parameters, now.parameters),
        *_diff_parameters("storage ", old.parameters, new.parameters),
        *_diff_parameters("storage ", old.others, new.others),
    ]
    return _present(changes)


def _diff_parameters(
    prefix: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> tuple[ValueChange, ...]:
    was, now = old or {}, new or {}
    names = [*was, *(name for name in now if name not in was)]
    return _present([_change(f"{prefix}{name}", was.get(name), now.get(name)) for name in names])


def _diff_settings(old: Table, new: Table) -> tuple[ValueChange, ...]:
    names = (
        *("description", "owner", "retention", "table_type"),
        *("view_original_text", "view_expanded_text"),
    )
    changes = [
        *(
            _change(name.replace("_", " "), getattr(old, name), getattr(new, name))
            for name in names
        ),
        *_diff_parameters("", old.others, new.others),
    ]
    return _present(changes)


def _compatibility(columns: ColumnsDiff, keys: ColumnsDiff) -> Compatibility:
    retyped = (*columns.retyped, *keys.retyped)
    # Columns of a catalog table may be null, so one that came or went reads as null. A change of
    # the keys moves the folders, and neither side finds the other's data.
    moved_keys = bool(keys.added or keys.removed or keys.moved)
    backward = not moved_keys and not columns.removed and all(item.widened for item in retyped)
    forward = not moved_keys and not columns.added and all(item.narrowed for item in retyped)
    if backward and forward:
        return Compatibility.FULL
    if backward:
        return Compatibility.BACKWARD
    return Compatibility.FORWARD if forward else Compatibility.NONE


def _describe_columns(what: str, diff: ColumnsDiff) -> list[str]:
    return [
        *(f"+ {what} {item.name} {item.type or ''}".rstrip() for item in diff.added),
        *(f"- {what} {item.name} {item.type or ''}".rstrip() for item in diff.removed),
        *(f"~ {what} {item.name} {_describe_types(item)}" for item in diff.retyped),
        *(f"~ {what} {item.name} moved from {item.old} to {item.new}" for item in diff.moved),
        *(f"~ {what} {name} comment or parameters" for name in diff.commented),
    ]


def _describe_types(item: Retyped) -> str:
    verdict = " (widened)" if item.widened else " (narrowed)" if item.narrowed else ""
    return f"{item.old or 'no type'} -> {item.new or 'no type'}{verdict}"


def _describe_value(what: str, item: ValueChange) -> str:
    if item.old is None:
        return f"+ {what}{item.name} {item.new}"
    if item.new is None:
        return f"- {what}{item.name} {item.old}"
    return f"~ {what}{item.name} {item.old} -> {item.new}"


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, ColumnsDiff | NamedType | Retyped | Moved | ValueChange):
        return {name: _plain(item) for name, item in vars(value).items()}
    return value


def _columns_from_json(value: Mapping[str, Any]) -> ColumnsDiff:
    return ColumnsDiff(
        added=tuple(NamedType(**item) for item in value["added"]),
        removed=tuple(NamedType(**item) for item in value["removed"]),
        retyped=tuple(Retyped(**item) for item in value["retyped"]),
        moved=tuple(Moved(**item) for item in value["moved"]),
        commented=tuple(value["commented"]),
    )
