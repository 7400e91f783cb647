"""Glue's picture of a schema: a tree of lines, with Glue's names of types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms.choices import KEY_TYPE, SPARK_TYPE
from gluepot.transforms.gluetypes import (
    ArrayType,
    ChoiceType,
    DataType,
    DecimalType,
    MapType,
    SetType,
    StructType,
    UnknownType,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def tree_lines(schema: StructType) -> Iterator[str]:
    """Yield ``root`` and a line for each field, at any depth."""
    yield "root"
    yield from _members(schema, "")


def _members(kind: DataType | str, indent: str) -> Iterator[str]:
    if isinstance(kind, ChoiceType):
        for name, choice in kind.choices.items():
            yield f"{indent}|-- {name}"
            yield from _members(choice, f"{indent}|    ")
        return
    for name, member in _named_members(kind):
        yield f"{indent}|-- {name}: {_word(member)}"
        yield from _members(member, f"{indent}|    ")


def _named_members(kind: DataType | str) -> Iterator[tuple[str, DataType | str]]:
    if isinstance(kind, StructType):
        yield from ((field.name, field.dataType) for field in kind)
    elif isinstance(kind, (ArrayType, SetType)):
        yield "element", kind.elementType
    elif isinstance(kind, MapType):
        yield "keyType", kind.properties.get(KEY_TYPE, "string").strip('"')
        yield "valueType", kind.valueType


def _word(kind: DataType | str) -> str:
    if isinstance(kind, str):
        return kind
    if isinstance(kind, DecimalType):
        return f"decimal({kind.precision},{kind.scale})"
    if isinstance(kind, UnknownType) and SPARK_TYPE in kind.properties:
        return str(kind.properties[SPARK_TYPE]).strip('"')
    return kind.typeName()
