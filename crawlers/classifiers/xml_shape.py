"""The columns of XML rows: every element that rows have, and the texts that decide its type.

Attributes, children and texts are called as by Spark's XML reader, which AWS Glue's follows:
``_name`` for an attribute, ``_VALUE`` for the text of an element that has attributes or children
too. Names keep their prefix. An element that one parent has twice is an array.

Source: Spark, "XML Files", ``attributePrefix`` and ``valueTag``; AWS Glue developer guide, "Using
the XML format in AWS Glue", for the same defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gluepot.catalog.types import STRING, TIMESTAMP, VOID, Array, Field, Struct, Type, print_type
from gluepot.crawlers.classifiers.base import FoundColumn
from gluepot.crawlers.classifiers.values import ValueGuess, guess_type

ATTRIBUTE = "_"
VALUE = "_VALUE"


@dataclass
class Shape:
    """All elements of one path below the row, or all attributes of one name.

    Attributes:
        name: Of the column or member.
        members: Attributes and children by name.
        texts: What they hold, and ``lines``, where.
        several_texts: One of them has texts between its children.
        repeated: One parent has several.
        first_line: Where the first stands.
        rows: How many parents have one.
    """

    name: str
    members: dict[str, Shape] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    several_texts: bool = False
    repeated: bool = False
    first_line: int = 1
    rows: int = 0

    def add_text(self, text: str, line: int) -> None:
        """Add what one of them holds."""
        self.texts.append(text)
        self.lines.append(line)


def columns_of_shape(row: Shape, rows: int) -> tuple[FoundColumn, ...]:
    """Return the columns of rows: attributes and children, and their own text."""
    columns = [_column(member, rows) for member in row.members.values()]
    if row.texts:
        reason = _guess(row).reason
        columns.append(FoundColumn(name=VALUE, type=_type_of_texts(row), reason=reason))
    return tuple(columns)


def _column(shape: Shape, rows: int) -> FoundColumn:
    told = f"in {shape.rows} of {rows} rows"
    if shape.repeated:
        told += ", several in one"
    if shape.members:
        reason = f"{told}, the first on line {shape.first_line}"
        return FoundColumn(name=shape.name, type=_type(shape), reason=reason)
    return FoundColumn(name=shape.name, type=_type(shape), reason=f"{told}; {_guess(shape).reason}")


def _type(shape: Shape) -> Type:
    found = _struct(shape) if shape.members else _guess(shape).type
    return Array(found) if shape.repeated else found


def _struct(shape: Shape) -> Type:
    members = [Field(member.name, _type(member)) for member in shape.members.values()]
    if shape.texts:
        members.append(Field(VALUE, _type_of_texts(shape)))
    return Struct(tuple(members))


def _type_of_texts(shape: Shape) -> Type:
    found = _guess(shape).type
    return Array(found) if shape.several_texts else found


def _guess(shape: Shape) -> ValueGuess:
    if not shape.texts:
        return ValueGuess(type=VOID, reason="all are empty")
    guess = guess_type(shape.texts, row_names=lambda index: f"line {shape.lines[index]}")
    strange = [item for item in guess.timestamp_patterns if not item.startswith("yyyy-MM-dd")]
    if guess.type == TIMESTAMP and strange:
        # No reader of XML can be told a pattern for one column.
        reason = f"{guess.reason}; {print_type(STRING)}, as readers of XML know ISO dates only"
        return ValueGuess(type=STRING, reason=reason)
    return guess
