"""The tree of a column type, and its Hive text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

MAX_PRECISION = 38
MARKS = "<>(),:"
"""What ends a word in the text of a type."""


@dataclass(frozen=True)
class Primitive:
    """A type without parameters, by its Hive name."""

    name: str


@dataclass(frozen=True)
class Decimal:
    """``precision`` digits in all, ``scale`` of them after the point."""

    precision: int
    scale: int


@dataclass(frozen=True)
class Char:
    """Text of a fixed length."""

    length: int


@dataclass(frozen=True)
class Varchar:
    """Text of a greatest length."""

    length: int


@dataclass(frozen=True)
class Array:
    """A list of one type."""

    element: Type


@dataclass(frozen=True)
class Map:
    """Pairs of a key and a value."""

    key: Type
    value: Type


@dataclass(frozen=True)
class Field:
    """A member of a struct."""

    name: str
    type: Type


@dataclass(frozen=True)
class Struct:
    """Named members in order."""

    fields: tuple[Field, ...]

    def __hash__(self) -> int:
        """Return a number that is counted once: documents may have thousands of members."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.fields)


@dataclass(frozen=True)
class Union:
    """A value of one of several types: Hive's form of Glue's choice."""

    members: tuple[Type, ...]


Type: TypeAlias = Primitive | Decimal | Char | Varchar | Array | Map | Struct | Union

BOOLEAN = Primitive("boolean")
TINYINT = Primitive("tinyint")
SMALLINT = Primitive("smallint")
INT = Primitive("int")
BIGINT = Primitive("bigint")
FLOAT = Primitive("float")
DOUBLE = Primitive("double")
STRING = Primitive("string")
BINARY = Primitive("binary")
DATE = Primitive("date")
TIMESTAMP = Primitive("timestamp")
VOID = Primitive("void")

PRIMITIVES = frozenset(
    {
        *("boolean", "tinyint", "smallint", "int", "bigint", "float", "double"),
        *("string", "binary", "date", "timestamp", "timestamp_ntz", "void", "variant"),
        *("interval_year_month", "interval_day_time", "timestamp with local time zone"),
    }
)


_PLAIN = re.compile(f"[^{re.escape(MARKS)}`]+")


def print_type(type_: Type) -> str:  # noqa: PLR0911 - one for each kind of type
    """Return Hive's text of a type, without spaces."""
    match type_:
        case Primitive(name):
            return name
        case Decimal(precision, scale):
            return f"decimal({precision},{scale})"
        case Char(length):
            return f"char({length})"
        case Varchar(length):
            return f"varchar({length})"
        case Array(element):
            return f"array<{print_type(element)}>"
        case Map(key, value):
            return f"map<{print_type(key)},{print_type(value)}>"
        case Struct(fields):
            inner = ",".join(f"{_quoted(item.name)}:{print_type(item.type)}" for item in fields)
            return f"struct<{inner}>"
        case Union(members):
            return f"uniontype<{','.join(print_type(item) for item in members)}>"


def _quoted(name: str) -> str:
    plain = name == name.strip() and _PLAIN.fullmatch(name) is not None
    return name if plain else "`" + name.replace("`", "``") + "`"
