"""Column types: Hive's type strings as a tree, printed back, and paired with Arrow and Spark.

Names of types are folded to their Hive spelling (``integer`` is ``int``, ``long`` is
``bigint``); names of struct members are kept as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.catalog.type_tree import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    MARKS,
    MAX_PRECISION,
    PRIMITIVES,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    VOID,
    Array,
    Char,
    Decimal,
    Field,
    Map,
    Primitive,
    Struct,
    Type,
    Union,
    Varchar,
    print_type,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "BIGINT",
    "BINARY",
    "BOOLEAN",
    "DATE",
    "DOUBLE",
    "FLOAT",
    "INT",
    "MAX_DEPTH",
    "MAX_PRECISION",
    "PRIMITIVES",
    "SMALLINT",
    "STRING",
    "TIMESTAMP",
    "TINYINT",
    "VOID",
    "Array",
    "Char",
    "Decimal",
    "Field",
    "Map",
    "Primitive",
    "Struct",
    "Type",
    "Union",
    "Varchar",
    "from_arrow",
    "parse_type",
    "print_type",
    "to_arrow",
    "to_spark_ddl",
]

MAX_DEPTH = 100
"""How deep types may nest; real ones stay under ten, and deeper input is an attack."""


_ALIASES = {
    "integer": "int",
    "long": "bigint",
    "short": "smallint",
    "byte": "tinyint",
    "real": "float",
    "double precision": "double",
    "bool": "boolean",
    "null": "void",
    "dec": "decimal",
    "numeric": "decimal",
    "timestamp_ltz": "timestamp",
    "timestamptz": "timestamp with local time zone",
}
_NESTED = ("array", "map", "struct", "uniontype")
_SPARK_NAMES = {
    "timestamp with local time zone": "TIMESTAMP_LTZ",
    "interval_year_month": "INTERVAL YEAR TO MONTH",
    "interval_day_time": "INTERVAL DAY TO SECOND",
}


def parse_type(text: str) -> Type:
    """Return the tree of a Hive type string.

    >>> print_type(parse_type("ARRAY<STRUCT<a: INTEGER, `b:c`: decimal(10)>>"))
    'array<struct<a:int,`b:c`:decimal(10,0)>>'

    Raises:
        InvalidInputError: The text is not a type; the sentence says where it stops being one.
    """
    reader = _Reader(text)
    found = reader.read_type(depth=0)
    reader.end()
    return found


def to_spark_ddl(type_: Type) -> str:
    """Return a type as Spark SQL spells it in ``CREATE TABLE`` and ``CAST``.

    A union is a struct with one nullable member a type, which is how a choice lies in a frame.

    >>> to_spark_ddl(parse_type("struct<a:array<int>>"))
    'STRUCT<`a`: ARRAY<INT>>'
    """
    match type_:
        case Array(element):
            return f"ARRAY<{to_spark_ddl(element)}>"
        case Map(key, value):
            return f"MAP<{to_spark_ddl(key)}, {to_spark_ddl(value)}>"
        case Struct(fields):
            return _spark_struct(fields)
        case Union(members):
            return _spark_struct(tuple(Field(print_type(item), item) for item in members))
        case Primitive(name):
            return _SPARK_NAMES.get(name, name.upper())
        case _:
            return print_type(type_).upper()


def _spark_struct(fields: tuple[Field, ...]) -> str:
    inner = [f"`{item.name.replace('`', '``')}`: {to_spark_ddl(item.type)}" for item in fields]
    return f"STRUCT<{', '.join(inner)}>"


def from_arrow(type_: pa.DataType) -> Type:
    """Return the column type that holds every value of an Arrow type.

    Raises:
        InvalidInputError: There is none: calendar intervals, decimals of more than 38 digits.
    """
    from gluepot.catalog.arrow_types import type_from_arrow  # noqa: PLC0415

    return type_from_arrow(type_)


def to_arrow(type_: Type) -> pa.DataType:
    """Return the Arrow type of a column type; timestamps have microseconds and no zone.

    Raises:
        InvalidInputError: There is none: intervals, variants, maps whose keys are null.
    """
    from gluepot.catalog.arrow_types import type_to_arrow  # noqa: PLC0415

    return type_to_arrow(type_)


class _Reader:
    """A recursive descent over the text, one character ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def fail(self, wanted: str) -> InvalidInputError:
        found = self.text[self.position : self.position + 20] or "the end"
        shown = self.text if len(self.text) <= 200 else f"{self.text[:200]}..."  # noqa: PLR2004
        return InvalidInputError(
            f"Type {shown!r}: expected {wanted} at position {self.position}, found {found!r}"
        )

    def skip_spaces(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def peek(self) -> str:
        self.skip_spaces()
        return self.text[self.position : self.position + 1]

    def take(self, mark: str) -> None:
        if self.peek() != mark:
            raise self.fail(repr(mark))
        self.position += 1

    def took(self, mark: str) -> bool:
        if self.peek() != mark:
            return False
        self.position += 1
        return True

    def end(self) -> None:
        if self.peek():
            raise self.fail("the end")

    def read_word(self) -> str:
        self.skip_spaces()
        start = self.position
        while self.position < len(self.text) and self.text[self.position] not in MARKS:
            self.position += 1
        return self.text[start : self.position].strip()

    def read_type(self, depth: int) -> Type:
        if depth > MAX_DEPTH:
            raise InvalidInputError(f"Types may nest {MAX_DEPTH} deep, this one nests deeper")
        start = self.position
        word = " ".join(self.read_word().lower().split())
        name = _ALIASES.get(word, word)
        if name in _NESTED:
            return self.read_nested(name, depth + 1)
        if name in {"decimal", "char", "varchar"}:
            return self.read_sized(name)
        if name in PRIMITIVES:
            return Primitive(name)
        self.position = start
        known = [*PRIMITIVES, *_ALIASES, *_NESTED, "decimal", "char", "varchar"]
        error = self.fail("a type")
        raise InvalidInputError(f"{error}.{did_you_mean(word, known)}")

    def read_nested(self, name: str, depth: int) -> Type:
        self.take("<")
        found: Type
        if name == "array":
            found = Array(self.read_type(depth))
        elif name == "map":
            key = self.read_type(depth)
            self.take(",")
            found = Map(key, self.read_type(depth))
        elif name == "struct":
            found = Struct(self.read_fields(depth))
        else:
            members = [self.read_type(depth)]
            while self.took(","):
                members.append(self.read_type(depth))
            found = Union(tuple(members))
        self.take(">")
        return found

    def read_fields(self, depth: int) -> tuple[Field, ...]:
        fields: list[Field] = []
        while self.peek() != ">":
            if fields:
                self.take(",")
            name = self.read_name()
            self.take(":")
            fields.append(Field(name, self.read_type(depth)))
        return tuple(fields)

    def read_name(self) -> str:
        if self.peek() != "`":
            name = self.read_word()
            if not name:
                raise self.fail("a member's name")
            return name
        parts = []
        while self.took("`"):
            end = self.text.find("`", self.position)
            if end < 0:
                raise self.fail("a closing backquote")
            parts.append(self.text[self.position : end])
            self.position = end + 1
            if self.text[self.position : self.position + 1] != "`":
                break
        return "`".join(parts)

    def read_sized(self, name: str) -> Type:
        if name == "decimal":
            return self.read_decimal()
        self.take("(")
        length = self.read_number()
        self.take(")")
        if length < 1:
            raise InvalidInputError(f"Type {self.text!r}: a {name} has a length of at least 1")
        return Char(length) if name == "char" else Varchar(length)

    def read_decimal(self) -> Decimal:
        if not self.took("("):
            return Decimal(10, 0)
        precision = self.read_number()
        scale = self.read_number() if self.took(",") else 0
        self.take(")")
        if not (1 <= precision <= MAX_PRECISION and scale <= precision):
            raise InvalidInputError(
                f"Type {self.text!r}: a decimal has 1 to {MAX_PRECISION} digits, and no more of"
                " them after the point than in all"
            )
        return Decimal(precision, scale)

    def read_number(self) -> int:
        word = self.read_word()
        if not (word.isascii() and word.isdigit() and len(word) <= 9):  # noqa: PLR2004
            raise self.fail("a number")
        return int(word)
