"""Glue's picture of a schema: a tree of lines, with Glue's names of types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import types as T  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES: dict[type[T.DataType], str] = {
    T.LongType: "long",
    T.ShortType: "short",
    T.ByteType: "byte",
    T.IntegerType: "int",
    T.NullType: "null",
    T.TimestampNTZType: "timestampntz",
    T.StructType: "struct",
    T.ArrayType: "array",
    T.MapType: "map",
}


def tree_lines(schema: T.StructType) -> Iterator[str]:
    """Yield ``root`` and a line for each field, at any depth."""
    yield "root"
    yield from _members(schema, "")


def _members(kind: T.DataType, indent: str) -> Iterator[str]:
    if isinstance(kind, T.StructType):
        inner = [(field.name, field.dataType) for field in kind.fields]
    elif isinstance(kind, T.ArrayType):
        inner = [("element", kind.elementType)]
    elif isinstance(kind, T.MapType):
        inner = [("keyType", kind.keyType), ("valueType", kind.valueType)]
    else:
        return
    for name, member in inner:
        yield f"{indent}|-- {name}: {_NAMES.get(type(member), member.simpleString())}"
        yield from _members(member, f"{indent}|    ")
