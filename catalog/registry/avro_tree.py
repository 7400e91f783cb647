"""Avro schemas as a tree; named types are referred to by name, for they may hold themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 10

PRIMITIVES = frozenset(
    ("null", "boolean", "int", "long", "float", "double", "bytes", "string"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Logical:
    """What a type means above its bytes; ``precision`` and ``scale`` are a decimal's."""

    name: str
    precision: int | None = None
    scale: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Primitive:
    """One of ``PRIMITIVES``."""

    name: str
    logical: Logical | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Array:
    """A list."""

    items: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Map:
    """Values by text keys."""

    values: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Union:
    """One of several types."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A named type by its full name."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixed:
    """A number of bytes that is always the same."""

    name: str
    aliases: tuple[str, ...]
    size: int
    logical: Logical | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Enum:
    """One of several words; ``default`` is what a reader takes for a word it does not know."""

    name: str
    aliases: tuple[str, ...]
    symbols: tuple[str, ...]
    default: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A member of a record; ``default`` is JSON data where ``has_default``."""

    name: str
    aliases: tuple[str, ...]
    type: Node
    has_default: bool
    default: Any
    doc: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Named fields in order."""

    name: str
    aliases: tuple[str, ...]
    fields: tuple[Field, ...]


Named: TypeAlias = Fixed | Enum | Record
Node: TypeAlias = Primitive | Array | Map | Union | Reference


@dataclass(frozen=True, kw_only=True)
class AvroSchema:
    """A whole schema.

    Attributes:
        root: Its type.
        named: The named types by full name.
        normal_form: Equal for definitions that say the same: full names, no blanks, sorted members.
    """

    root: Node
    named: Mapping[str, Named]
    normal_form: str


def kind_of(node: Node | Named) -> str:
    """Return a type as messages call it, such as ``long`` or ``record com.x.Person``."""
    match node:
        case Primitive(name=name):
            return name
        case Union(branches=branches):
            more = ", ..." if len(branches) > _SHOWN else ""
            return f"[{', '.join(kind_of(branch) for branch in branches[:_SHOWN])}{more}]"
        case Array():
            return "array"
        case Map():
            return "map"
        case Reference(name=name):
            return name
        case _:
            return f"{type(node).__name__.lower()} {node.name}"


def short_name(name: str) -> str:
    """Return a full name without its namespace."""
    return name.rpartition(".")[2]
