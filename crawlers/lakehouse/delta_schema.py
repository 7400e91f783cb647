"""The schema in a Delta log as columns.

``timestamp_ntz`` is ``timestamp``: Hive has no second type of this name, and Parquet's timestamps
without a zone are read as it. CHAR and VARCHAR stand in a field's metadata, as Spark writes them.

Source: Delta transaction log protocol, "Schema Serialization Format".
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
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    VOID,
    Array,
    Field,
    Map,
    Primitive,
    Struct,
    Type,
    parse_type,
)
from gluepot.crawlers.grouping.column_merge import MergedColumn, without_void
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.reading import json_object
from gluepot.crawlers.names import without_repeats

if TYPE_CHECKING:
    from collections.abc import Mapping

_Json: TypeAlias = Any
"""A part of a schema: whatever JSON holds, until it is looked at."""

CHAR_VARCHAR = "__CHAR_VARCHAR_TYPE_STRING"
"""The member of a field's metadata that holds a type which Parquet and Delta call string."""

_PRIMITIVES: Mapping[str, Type] = {
    "string": STRING,
    "long": BIGINT,
    "integer": INT,
    "short": SMALLINT,
    "byte": TINYINT,
    "float": FLOAT,
    "double": DOUBLE,
    "boolean": BOOLEAN,
    "binary": BINARY,
    "date": DATE,
    "timestamp": TIMESTAMP,
    "timestamp_ntz": TIMESTAMP,
    "variant": Primitive("variant"),
    "void": VOID,
}
_SIZED = re.compile(r"(?:decimal|char|varchar)\([\d, ]{1,20}\)", re.ASCII)


def delta_columns(schema_text: str, uri: str, source: str) -> tuple[MergedColumn, ...]:
    """Return the columns of a log's ``schemaString``, by their logical names.

    Args:
        schema_text: The JSON.
        uri: Where it stands, for errors.
        source: Where it stands, for reasons.

    Raises:
        LakeTableError: It is no schema of a table.
    """
    schema = json_object(schema_text, uri, "the schema in its metaData")
    try:
        fields = [(item, _field_type(item, 0)) for item in _fields(schema)]
    except InvalidInputError as error:
        raise LakeTableError(uri, f"the schema in its metaData is damaged: {error}") from error
    names = without_repeats(item["name"].lower() or "_" for item, _ in fields)
    return tuple(
        MergedColumn(
            name=name,
            type=without_void(type_),
            reason=f"{source}: the table's schema says {_shown(item['type'])}",
            comment=_comment(item),
        )
        for name, (item, type_) in zip(names, fields, strict=True)
    )


def _fields(schema: _Json) -> list[dict[str, _Json]]:
    fields = schema.get("fields") if isinstance(schema, dict) else None
    if not isinstance(fields, list) or schema.get("type") != "struct":
        raise InvalidInputError("it has a struct without a list of fields")
    for item in fields:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise InvalidInputError("it has a field without a name")
        if "type" not in item:
            raise InvalidInputError(f"its field {item['name']!r} has no type")
    return fields


def _field_type(item: Mapping[str, _Json], depth: int) -> Type:
    metadata = item.get("metadata")
    spelled = metadata.get(CHAR_VARCHAR) if isinstance(metadata, dict) else None
    if isinstance(spelled, str):
        return parse_type(spelled)
    return _type(item["type"], depth)


def _type(value: _Json, depth: int) -> Type:
    if depth > MAX_DEPTH:
        raise InvalidInputError(f"it nests deeper than {MAX_DEPTH} levels")
    match value:
        case str() if value in _PRIMITIVES:
            return _PRIMITIVES[value]
        case str() if _SIZED.fullmatch(value):
            return parse_type(value)
        case {"type": "struct"}:
            return Struct(
                tuple(Field(item["name"], _field_type(item, depth + 1)) for item in _fields(value))
            )
        case {"type": "array", "elementType": element}:
            return Array(_type(element, depth + 1))
        case {"type": "map", "keyType": key, "valueType": inner}:
            return Map(_type(key, depth + 1), _type(inner, depth + 1))
        case {"type": "udt", "sqlType": inner}:
            return _type(inner, depth + 1)
        case _:
            raise InvalidInputError(f"{_shown(value)} is no type of Delta's")


def _comment(item: Mapping[str, _Json]) -> str | None:
    metadata = item.get("metadata")
    comment = metadata.get("comment") if isinstance(metadata, dict) else None
    return comment if isinstance(comment, str) and comment else None


def _shown(value: _Json) -> str:
    text = value if isinstance(value, str) else str(value.get("type", value)) if value else "null"
    return text[:80] if isinstance(text, str) else str(text)[:80]
