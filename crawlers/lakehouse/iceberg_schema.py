"""The schema of an Iceberg table as columns, as Iceberg's own Glue catalogs write them.

``time`` and ``uuid`` are strings, ``fixed`` is binary, and timestamps of either kind and precision
are ``timestamp``.

Source: Iceberg table specification, appendix C; PyIceberg's and Java's ``GlueCatalog``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    MAX_DEPTH,
    STRING,
    TIMESTAMP,
    Array,
    Field,
    Map,
    Primitive,
    Struct,
    Type,
    parse_type,
)
from gluepot.crawlers.grouping.column_merge import MergedColumn
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.names import without_repeats

if TYPE_CHECKING:
    from collections.abc import Mapping

_Json: TypeAlias = Any
"""A part of a schema: whatever JSON holds, until it is looked at."""

_PRIMITIVES: Mapping[str, Type] = {
    "boolean": BOOLEAN,
    "int": INT,
    "long": BIGINT,
    "float": FLOAT,
    "double": DOUBLE,
    "date": DATE,
    "time": STRING,
    "timestamp": TIMESTAMP,
    "timestamptz": TIMESTAMP,
    "timestamp_ns": TIMESTAMP,
    "timestamptz_ns": TIMESTAMP,
    "string": STRING,
    "uuid": STRING,
    "binary": BINARY,
    "unknown": STRING,
    "variant": Primitive("variant"),
}
_DECIMAL = re.compile(r"decimal\( ?\d{1,2}, ?\d{1,2} ?\)", re.ASCII)
_BYTES = re.compile(r"fixed\[\d{1,9}\]|(?:geometry|geography)(?:\(.{0,200}\))?", re.ASCII)


def iceberg_columns(schema: _Json, uri: str) -> tuple[MergedColumn, ...]:
    """Return the columns of a schema.

    Args:
        schema: The struct.
        uri: The metadata file it stands in.

    Raises:
        LakeTableError: It is no schema of a table.
    """
    try:
        fields = [(item, _type(item["type"], 0)) for item in _fields(schema)]
    except InvalidInputError as error:
        raise LakeTableError(uri, f"its schema is damaged: {error}") from error
    names = without_repeats(item["name"].lower() or "_" for item, _ in fields)
    where = uri.rpartition("/")[2]
    return tuple(
        MergedColumn(
            name=name,
            type=type_,
            reason=f"{where}: the current schema says {_shown(item['type'])}",
            comment=item["doc"] if isinstance(item.get("doc"), str) else None,
            parameters={
                "iceberg.field.id": str(item.get("id")),
                "iceberg.field.optional": str(item.get("required") is not True).lower(),
                "iceberg.field.current": "true",
            },
        )
        for name, (item, type_) in zip(names, fields, strict=True)
    )


def _fields(schema: _Json) -> list[dict[str, _Json]]:
    fields = schema.get("fields") if isinstance(schema, dict) else None
    if not isinstance(fields, list):
        raise InvalidInputError("it has a struct without a list of fields")
    for item in fields:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise InvalidInputError("it has a field without a name")
        if "type" not in item:
            raise InvalidInputError(f"its field {item['name']!r} has no type")
    return fields


def _type(value: _Json, depth: int) -> Type:
    if depth > MAX_DEPTH:
        raise InvalidInputError(f"it nests deeper than {MAX_DEPTH} levels")
    match value:
        case str() if value in _PRIMITIVES:
            return _PRIMITIVES[value]
        case str() if _DECIMAL.fullmatch(value):
            return parse_type(value)
        case str() if _BYTES.fullmatch(value):
            return BINARY
        case {"type": "struct"}:
            return Struct(
                tuple(
                    Field(item["name"], _type(item["type"], depth + 1)) for item in _fields(value)
                )
            )
        case {"type": "list", "element": element}:
            return Array(_type(element, depth + 1))
        case {"type": "map", "key": key, "value": inner}:
            return Map(_type(key, depth + 1), _type(inner, depth + 1))
        case _:
            raise InvalidInputError(f"{_shown(value)} is no type of Iceberg's")


def _shown(value: _Json) -> str:
    inner = value.get("type") if isinstance(value, dict) else value
    return str(inner)[:80]
