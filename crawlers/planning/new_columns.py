"""Glue's ``MergeNewColumns``: what a table gains by new columns, everything else staying as it is.

Source: Glue developer guide, "Preventing a crawler from changing an existing schema".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.types import Array, Field, Map, Struct, Type, parse_type, print_type
from gluepot.crawlers.planning.definitions import (
    CRAWLER,
    DEPRECATED,
    VOLATILE,
    columns_of,
    without_parameters,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Column, SerDeInfo, StorageDescriptor, Table

_COMPARED = ("classification", "compressionType", "delimiter")
_UNCOMPRESSED = "none"


def changed_parameter(old: Table, new: Table) -> str | None:
    """Return why no columns can be merged, in AWS Glue's words, or None where they can.

    Glue compares literally, so a table that somebody made without ``compressionType`` is of
    another kind for it than one of uncompressed files. Here both are uncompressed.
    """
    was, now = old.parameters or {}, new.parameters or {}
    for name in _COMPARED:
        usual = _UNCOMPRESSED if name == "compressionType" else None
        left, right = was.get(name, usual), now.get(name, usual)
        if left != right:
            return (
                f"Cannot merge new columns into the table {old.name} because the parameter"
                f" {name!r} has changed. The existing value is {left or 'null'!r}, and the crawled"
                f" value is {right or 'null'!r}. Delete the table, or crawl the data into another"
                " one; unless changes are only logged, it is marked as deprecated."
            )
    return None


def with_new_columns(old: Table, new: Table) -> Table:
    """Return a known table with the columns and nested fields that only the new one has.

    Formats, types, comments, order and parameters stay. Parameters of the serde follow the crawl
    where they are its own and the serde is the same, since new columns may depend on them.
    """
    storage = old.storage_descriptor
    now = new.storage_descriptor
    if storage is None or now is None:
        return new
    merged = replace(
        storage,
        columns=merge_new_columns(columns_of(old), columns_of(new)),
        serde_info=_serde(storage, now),
        parameters=_counters(storage.parameters, now.parameters),
    )
    found = replace(
        old, storage_descriptor=merged, parameters=_counters(old.parameters, new.parameters)
    )
    return without_parameters(found, {DEPRECATED})


def merge_new_columns(old: Sequence[Column], new: Sequence[Column]) -> tuple[Column, ...]:
    """Return the old columns, with fields that they lack, and behind them the new ones."""
    found = {column.name.lower(): column for column in new}
    kept = [_with_fields(column, found.pop(column.name.lower(), None)) for column in old]
    return (*kept, *found.values())


def merge_fields(old: Type, new: Type) -> Type:
    """Return the old type with the fields that only the new one has, at every depth.

    >>> print_type(merge_fields(parse_type("struct<a:int>"), parse_type("struct<a:string,b:int>")))
    'struct<a:int,b:int>'
    """
    match old, new:
        case Array(one), Array(other):
            return Array(merge_fields(one, other))
        case Map(key, one), Map(_, other):
            return Map(key, merge_fields(one, other))
        case Struct(ours), Struct(theirs):
            left = {item.name.lower(): item for item in theirs}
            kept = [
                Field(item.name, merge_fields(item.type, other.type)) if other else item
                for item in ours
                for other in (left.pop(item.name.lower(), None),)
            ]
            return Struct((*kept, *left.values()))
        case _:
            return old


def _with_fields(column: Column, found: Column | None) -> Column:
    if found is None or column.type is None or found.type is None or column.type == found.type:
        return column
    try:
        old = parse_type(column.type)
    except InvalidInputError:
        # Somebody's own spelling of a type: it is theirs.
        return column
    merged = merge_fields(old, parse_type(found.type))
    return column if merged == old else replace(column, type=print_type(merged))


def _serde(old: StorageDescriptor, new: StorageDescriptor) -> SerDeInfo | None:
    was, now = old.serde_info, new.serde_info
    if was is None or now is None or was.serialization_library != now.serialization_library:
        return was
    return replace(was, parameters={**(was.parameters or {}), **(now.parameters or {})})


def _counters(old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> dict[str, str]:
    followed = VOLATILE | {CRAWLER}
    told = {key: value for key, value in (new or {}).items() if key in followed}
    return {**(old or {}), **told}
