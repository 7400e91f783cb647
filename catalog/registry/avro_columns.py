"""Avro types as column types, as Hive reads Avro files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.registry.avro_tree import (
    Array,
    Enum,
    Fixed,
    Map,
    Primitive,
    Record,
    Reference,
    Union,
)
from gluepot.catalog.registry.column_types import MAX_DEPTH, NamedType, TypeCount
from gluepot.catalog.type_tree import (
    BIGINT,
    BINARY,
    DATE,
    MAX_PRECISION,
    STRING,
    TIMESTAMP,
    VOID,
    Decimal,
    Field,
    Struct,
)
from gluepot.catalog.type_tree import Array as ArrayType
from gluepot.catalog.type_tree import Map as MapType
from gluepot.catalog.type_tree import Primitive as PrimitiveType
from gluepot.catalog.type_tree import Union as UnionType

if TYPE_CHECKING:
    from gluepot.catalog.registry.avro_tree import AvroSchema, Logical, Named, Node
    from gluepot.catalog.type_tree import Type

_TYPES = {"null": VOID, "long": BIGINT, "bytes": BINARY}
_LOGICAL = {
    ("int", "date"): DATE,
    ("long", "timestamp-millis"): TIMESTAMP,
    ("long", "timestamp-micros"): TIMESTAMP,
    ("long", "timestamp-nanos"): TIMESTAMP,
    ("long", "local-timestamp-millis"): TIMESTAMP,
    ("long", "local-timestamp-micros"): TIMESTAMP,
    ("long", "local-timestamp-nanos"): TIMESTAMP,
}


def avro_fields(schema: AvroSchema) -> list[NamedType]:
    """Return the fields of a record, or one field ``value`` of any other type.

    Raises:
        InvalidInputError: Written out, the schema has too many types.
    """
    types = _Types(schema)
    root = schema.root
    record = schema.named[root.name] if isinstance(root, Reference) else None
    if not isinstance(record, Record):
        return [NamedType(name="value", type=types.of(root, ()))]
    return [
        NamedType(name=one.name, type=types.of(one.type, (record.name,)), comment=one.doc)
        for one in record.fields
    ]


class _Types:
    def __init__(self, schema: AvroSchema) -> None:
        self._named = schema.named
        self._count = TypeCount()

    def of(self, node: Node, inside: tuple[str, ...]) -> Type:
        """Return a column type; ``inside`` are the named types around it."""
        self._count.add()
        match node:
            case Primitive(name=name, logical=logical):
                return _primitive(name, logical)
            case Array(items=items):
                return ArrayType(self.of(items, inside))
            case Map(values=values):
                return MapType(STRING, self.of(values, inside))
            case Union(branches=branches):
                return self._union(branches, inside)
            case Reference(name=name):
                known = name not in inside and len(inside) < MAX_DEPTH
                return self._of_named(self._named[name], (*inside, name)) if known else STRING

    def _union(self, branches: tuple[Node, ...], inside: tuple[str, ...]) -> Type:
        """Every column can be null, so a null among the branches says nothing."""
        found = [one for one in branches if one != Primitive(name="null")]
        if not found:
            return VOID
        types = tuple(self.of(one, inside) for one in found)
        return types[0] if len(types) == 1 else UnionType(types)

    def _of_named(self, named: Named, inside: tuple[str, ...]) -> Type:
        match named:
            case Enum():
                return STRING
            case Fixed(logical=logical):
                return _decimal(logical) or BINARY
            case Record(fields=fields):
                members = tuple(
                    Field(one.name.lower(), self.of(one.type, inside)) for one in fields
                )
                return Struct(members) if members else STRING


def _primitive(name: str, logical: Logical | None) -> Type:
    if logical is not None and name == "bytes":
        return _decimal(logical) or BINARY
    if logical is not None and (name, logical.name) in _LOGICAL:
        return _LOGICAL[name, logical.name]
    return _TYPES.get(name) or PrimitiveType(name)


def _decimal(logical: Logical | None) -> Type | None:
    if logical is None or logical.precision is None or logical.precision > MAX_PRECISION:
        return None
    return Decimal(logical.precision, logical.scale)
