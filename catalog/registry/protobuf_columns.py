"""Protobuf types as column types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.registry.column_types import MAX_DEPTH, NamedType, TypeCount
from gluepot.catalog.registry.protobuf_tree import Label, TypeKind
from gluepot.catalog.type_tree import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT,
    STRING,
    TIMESTAMP,
    Array,
    Decimal,
    Field,
    Map,
    Struct,
)

if TYPE_CHECKING:
    from gluepot.catalog.registry.protobuf_tree import ProtoField, ProtoFile, ProtoType
    from gluepot.catalog.type_tree import Type

_UNSIGNED = Decimal(20, 0)
_SCALARS: dict[str, Type] = {
    **dict.fromkeys(("int32", "sint32", "sfixed32"), INT),
    **dict.fromkeys(("int64", "sint64", "sfixed64", "uint32", "fixed32"), BIGINT),
    **dict.fromkeys(("uint64", "fixed64"), _UNSIGNED),
    "bool": BOOLEAN,
    "bytes": BINARY,
    "double": DOUBLE,
    "float": FLOAT,
    "string": STRING,
}
_KNOWN: dict[str, Type] = {
    "Timestamp": TIMESTAMP,
    "Duration": Struct((Field("seconds", BIGINT), Field("nanos", INT))),
    "DoubleValue": DOUBLE,
    "FloatValue": FLOAT,
    "Int64Value": BIGINT,
    "UInt64Value": _UNSIGNED,
    "Int32Value": INT,
    "UInt32Value": BIGINT,
    "BoolValue": BOOLEAN,
    "BytesValue": BINARY,
}


def protobuf_fields(file: ProtoFile) -> list[NamedType]:
    """Return the fields of the first message of a file.

    Raises:
        InvalidInputError: Written out, the message has too many types.
    """
    types = _Types(file)
    message = next(iter(file.messages.values()))
    return [
        NamedType(name=one.name, type=types.of_field(one, (message.name,)))
        for one in message.fields
    ]


class _Types:
    def __init__(self, file: ProtoFile) -> None:
        self._file = file
        self._count = TypeCount()

    def of_field(self, field: ProtoField, inside: tuple[str, ...]) -> Type:
        """Return a column type; ``inside`` are the messages around it."""
        found = self._of(field.type, inside)
        if field.map_key is not None:
            return Map(_SCALARS[field.map_key], found)
        return Array(found) if field.label is Label.REPEATED else found

    def _of(self, type_: ProtoType, inside: tuple[str, ...]) -> Type:
        self._count.add()
        match type_.kind:
            case TypeKind.SCALAR:
                return _SCALARS[type_.name]
            case TypeKind.ENUM:
                return STRING
            case TypeKind.KNOWN:
                return _KNOWN.get(type_.name.rpartition(".")[2], STRING)
            case TypeKind.MESSAGE:
                return self._message(type_.name, inside)

    def _message(self, name: str, inside: tuple[str, ...]) -> Type:
        fields = self._file.messages[name].fields
        if name in inside or len(inside) > MAX_DEPTH or not fields:
            return STRING
        return Struct(
            tuple(Field(one.name.lower(), self.of_field(one, (*inside, name))) for one in fields)
        )
