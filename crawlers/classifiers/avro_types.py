"""Avro schemas as column types, by the rules of Hive's AvroSerDe.

The JSON is read as Avro's own file readers read it: names and defaults are not checked, since
files hold schemas that no registry would take.

- A union with null is its other type; a union of several is Hive's ``uniontype``.
- An enum is a string, a fixed is binary, the keys of a map are strings.
- ``decimal`` (on bytes and fixed), ``date``, ``timestamp-millis`` and ``timestamp-micros`` are
  the types of these names; ``char`` and ``varchar`` are Hive's own. Of others, such as
  ``local-timestamp-micros`` and ``time-millis``, the number below counts, which all readers read.
- A record that holds itself has no column type: what is inside is a string, with a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.registry.column_types import MAX_DEPTH, TypeCount
from gluepot.catalog.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    MAX_PRECISION,
    STRING,
    TIMESTAMP,
    VOID,
    Array,
    Char,
    Decimal,
    Field,
    Map,
    Struct,
    Type,
    Union,
    Varchar,
)
from gluepot.crawlers.classifiers.base import FoundColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

_Json: TypeAlias = Any
"""A part of a schema: whatever JSON holds, until it is looked at."""

_PRIMITIVES: Mapping[str, Type] = {
    "null": VOID,
    "boolean": BOOLEAN,
    "int": INT,
    "long": BIGINT,
    "float": FLOAT,
    "double": DOUBLE,
    "bytes": BINARY,
    "string": STRING,
}
_LOGICAL: Mapping[tuple[str, str], Type] = {
    ("int", "date"): DATE,
    ("long", "timestamp-millis"): TIMESTAMP,
    ("long", "timestamp-micros"): TIMESTAMP,
}
_RECORDS = frozenset({"record", "error"})
_NAMED = _RECORDS | {"enum", "fixed"}
_LONGEST_CHAR, _LONGEST_VARCHAR = 255, 65_535
_SHOWN_LEVELS = 3
_SHOWN_BRANCHES = 5


def avro_columns(schema: _Json) -> tuple[tuple[FoundColumn, ...], tuple[str, ...]]:
    """Return the columns of a file whose schema is this JSON, and what readers will trip over.

    Raises:
        InvalidInputError: It is no schema of records, or larger than a table can be.
    """
    types = _Types()
    return types.columns(schema), tuple(types.warnings)


def describe(schema: _Json, level: int = 0) -> str:  # noqa: PLR0911 - one a kind of schema
    """Return a schema in words, for reasons.

    >>> describe(["null", {"type": "long", "logicalType": "timestamp-millis"}])
    'union of null, long with timestamp-millis'
    """
    if level > _SHOWN_LEVELS:
        return "..."
    match schema:
        case str():
            return schema
        case list():
            shown = [describe(item, level + 1) for item in schema[:_SHOWN_BRANCHES]]
            return f"union of {', '.join(shown)}{', ...' if len(schema) > len(shown) else ''}"
        case {"type": "array"}:
            return f"array of {describe(schema.get('items'), level + 1)}"
        case {"type": "map"}:
            return f"map of {describe(schema.get('values'), level + 1)}"
        case {"type": str(kind)}:
            name = f" {schema.get('name')}" if kind in _NAMED else ""
            return f"{kind}{name}{_logical_words(schema)}"
        case {"type": inner}:
            return describe(inner, level + 1)
        case _:
            return "no type"


def _logical_words(schema: Mapping[str, _Json]) -> str:
    logical = schema.get("logicalType")
    if not isinstance(logical, str):
        return ""
    size = _decimal(schema) if logical == "decimal" else None
    return f" with {logical}" + (f"({size.precision},{size.scale})" if size else "")


class _Types:
    """Walks one schema; named types are known from where they are defined."""

    def __init__(self) -> None:
        self._named: dict[str, tuple[Mapping[str, _Json], str]] = {}
        self._count = TypeCount()
        self.warnings: dict[str, None] = {}

    def columns(self, schema: _Json) -> tuple[FoundColumn, ...]:
        """Return one column for each field of the record that the schema must be."""
        root = schema
        while isinstance(root, dict) and isinstance(root.get("type"), dict):
            root = root["type"]
        if not isinstance(root, dict) or root.get("type") not in _RECORDS:
            raise InvalidInputError(
                f"its Avro schema is {describe(schema)}, not a record; tables have records only"
            )
        name, space = self._define(root, "")
        return tuple(
            FoundColumn(
                name=field,
                type=self.of(type_, space, field, (name,)),
                reason=f"the file's Avro schema says {describe(type_)}",
            )
            for field, type_ in _fields(root, name)
        )

    def of(self, schema: _Json, space: str, path: str, inside: tuple[str, ...]) -> Type:
        """Return a column type.

        Args:
            schema: What it is said to be.
            space: The namespace that names stand in.
            path: Where it is, for warnings.
            inside: What is around it: full names of records, and marks of other levels.
        """
        self._count.add()
        if len(inside) > MAX_DEPTH:
            self._warn(path, f"nests deeper than {MAX_DEPTH} levels; it is registered as string")
            return STRING
        match schema:
            case str():
                return self._by_name(schema, space, path, inside)
            case list():
                return self._union(schema, space, path, inside)
            case {"type": str(kind)}:
                return self._complex(kind, schema, space, path, inside)
            case {"type": inner}:
                return self.of(inner, space, path, (*inside, ""))
            case _:
                raise InvalidInputError(f"its Avro schema has no type for {path}")

    def _by_name(self, name: str, space: str, path: str, inside: tuple[str, ...]) -> Type:
        if name in _PRIMITIVES:
            return _PRIMITIVES[name]
        full = name if "." in name or not space else f"{space}.{name}"
        found = self._named.get(full) or self._named.get(name)
        if found is None:
            raise InvalidInputError(f"its Avro schema uses the type {name!r}, which is not defined")
        schema, inner = found
        return self._of_named(schema, full, inner, path, inside)

    def _complex(
        self, kind: str, schema: Mapping[str, _Json], space: str, path: str, inside: tuple[str, ...]
    ) -> Type:
        if kind in _NAMED:
            name, inner = self._define(schema, space)
            return self._of_named(schema, name, inner, path, inside)
        if kind == "array":
            return Array(self.of(schema.get("items"), space, f"{path}[]", (*inside, "")))
        if kind == "map":
            return Map(STRING, self.of(schema.get("values"), space, f"{path}{{}}", (*inside, "")))
        if kind in _PRIMITIVES:
            return self._primitive(kind, schema, path)
        return self._by_name(kind, space, path, inside)

    def _union(self, branches: list[_Json], space: str, path: str, inside: tuple[str, ...]) -> Type:
        """Every column can be null, so a null among the branches says nothing."""
        types = [
            self.of(branch, space, path, (*inside, ""))
            for branch in branches
            if branch not in ("null", {"type": "null"})
        ]
        if not types:
            return VOID
        if len(types) == 1:
            return types[0]
        self._warn(
            path,
            f"is a {describe(branches)}: Hive reads it as a uniontype, Spark as a struct with a"
            " member for each type, Athena not at all",
        )
        return Union(tuple(types))

    def _define(self, schema: Mapping[str, _Json], space: str) -> tuple[str, str]:
        """Return the full name of a type, which is known from now on, and its namespace."""
        name, given = schema.get("name"), schema.get("namespace", space)
        if not isinstance(name, str) or not isinstance(given, str):
            raise InvalidInputError(f"its Avro schema has a {schema['type']} without a name")
        full = name if "." in name or not given else f"{given}.{name}"
        inner = full.rpartition(".")[0]
        self._named[full] = (schema, inner)
        return full, inner

    def _of_named(
        self, schema: Mapping[str, _Json], name: str, space: str, path: str, inside: tuple[str, ...]
    ) -> Type:
        if schema["type"] == "enum":
            return STRING
        if schema["type"] == "fixed":
            return self._binary(schema, path)
        if name in inside:
            self._warn(
                path,
                f"holds itself as record {name}, which Hive's AvroSerDe and Spark refuse to read;"
                " it is registered as string",
            )
            return STRING
        members = tuple(
            Field(field, self.of(type_, space, f"{path}.{field}", (*inside, name)))
            for field, type_ in _fields(schema, name)
        )
        if not members:
            self._warn(path, f"is record {name}, which has no fields; it is registered as string")
        return Struct(members) if members else STRING

    def _primitive(self, kind: str, schema: Mapping[str, _Json], path: str) -> Type:
        logical = schema.get("logicalType")
        if not isinstance(logical, str):
            return _PRIMITIVES[kind]
        if kind == "bytes":
            return self._binary(schema, path)
        if kind == "string":
            return _sized_text(logical, schema.get("maxLength"))
        if logical.startswith("local-timestamp-") or logical == "timestamp-nanos":
            self._warn(path, f"is {logical}, which Hive reads as the number; it is bigint")
        return _LOGICAL.get((kind, logical), _PRIMITIVES[kind])

    def _binary(self, schema: Mapping[str, _Json], path: str) -> Type:
        if schema.get("logicalType") != "decimal":
            return BINARY
        found = _decimal(schema)
        if found is None:
            self._warn(
                path, "is a decimal whose precision or scale no table can have; it is binary"
            )
        return found or BINARY

    def _warn(self, path: str, text: str) -> None:
        self.warnings[f"column {path} {text}"] = None


def _fields(record: Mapping[str, _Json], name: str) -> list[tuple[str, _Json]]:
    fields = record.get("fields")
    if not isinstance(fields, list):
        raise InvalidInputError(f"record {name} of its Avro schema has no list of fields")
    found = []
    for field in fields:
        if not isinstance(field, dict) or not isinstance(field.get("name"), str):
            raise InvalidInputError(f"record {name} of its Avro schema has a field without a name")
        found.append((field["name"], _type_of_field(field)))
    return found


def _type_of_field(field: Mapping[str, _Json]) -> _Json:
    """Return a field's type; some writers put the logical type beside it instead of into it."""
    type_ = field.get("type")
    if isinstance(type_, str) and type_ in _PRIMITIVES and "logicalType" in field:
        return field
    return type_


def _sized_text(logical: str, length: _Json) -> Type:
    if type(length) is not int or length < 1:
        return STRING
    if logical == "char" and length <= _LONGEST_CHAR:
        return Char(length)
    return Varchar(length) if logical == "varchar" and length <= _LONGEST_VARCHAR else STRING


def _decimal(schema: Mapping[str, _Json]) -> Decimal | None:
    precision, scale = schema.get("precision"), schema.get("scale", 0)
    if type(precision) is not int or type(scale) is not int:
        return None
    possible = 1 <= precision <= MAX_PRECISION and 0 <= scale <= precision
    return Decimal(precision, scale) if possible else None
