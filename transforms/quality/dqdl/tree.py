"""The tree of a ruleset: plain data, equal where two texts say the same with the same words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something begins in the text, both from 1."""

    line: int
    column: int


NOWHERE = Place(line=0, column=0)
"""The place of what no text wrote."""


class Kind(StrEnum):
    """What a condition compares; BOOLEAN is a rule without a condition."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    STRING = "string"
    DATE = "date"
    DURATION = "duration"
    SIZE = "size"


class Operator(StrEnum):
    """How a condition compares; ``between`` excludes both ends."""

    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    BETWEEN = "between"
    NOT_BETWEEN = "not between"
    IN = "in"
    NOT_IN = "not in"
    MATCHES = "matches"
    NOT_MATCHES = "not matches"


class Word(StrEnum):
    """A value that no text can write."""

    NULL = "NULL"
    EMPTY = "EMPTY"
    WHITESPACES_ONLY = "WHITESPACES_ONLY"


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number as it is written, such as ``-0.50``."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """An expression in parentheses."""

    inner: NumberExpression


@dataclass(frozen=True, kw_only=True)
class Binary:
    """Two expressions and one of ``+ - * /`` between them."""

    sign: str
    left: NumberExpression
    right: NumberExpression


@dataclass(frozen=True, kw_only=True)
class Call:
    """A function of earlier values, such as ``avg(last(10))``."""

    name: str
    arguments: tuple[NumberExpression, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text in quotes, without them."""

    value: str


@dataclass(frozen=True, kw_only=True)
class Keyword:
    """``NULL``, ``EMPTY`` or ``WHITESPACES_ONLY``."""

    word: Word


@dataclass(frozen=True, kw_only=True)
class Variable:
    """``$name``."""

    name: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Duration:
    """A length of time, in ``days``, ``hours`` or ``minutes``."""

    amount: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class Size:
    """Bytes, in ``B``, ``KB``, ``MB``, ``GB`` or ``TB`` of 1,024 each."""

    amount: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class DateText:
    """A day as ``2024-01-31`` or a time of today as ``09:30`` or ``9:30 AM``."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Now:
    """The time of the evaluation, moved by ``sign`` and ``offset`` if they are given."""

    sign: str = ""
    offset: Duration | None = None


NumberExpression = Number | Group | Binary | Call | Keyword
Operand = NumberExpression | Text | Variable | Duration | Size | DateText | Now


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What a value must be.

    Attributes:
        kind: What all operands are.
        operator: How they are compared.
        operands: Two for ``between``, any number for ``in``, otherwise one. ``in $name`` has one
            Variable.
    """

    kind: Kind
    operator: Operator
    operands: tuple[Operand, ...]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What a rule is about, mostly a column.

    Attributes:
        value: The text, or the variable's name.
        quoted: Whether it stands in quotes.
        connector: The word before it, ``of`` or ``and``, or nothing.
        is_variable: Whether it is ``$value``.
    """

    value: str
    quoted: bool = True
    connector: str = ""
    is_variable: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Tag:
    """``with name = value``; a list has more values, and ``is_list`` tells it from one value."""

    name: str
    values: tuple[Text | Number, ...]
    is_list: bool = False
    place: Place = field(default=NOWHERE, compare=False)


Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        where: Spark SQL, without its quotes; only rows where it is true are looked at.
        threshold: What the share of complying rows must be.
    """

    type: str
    parameters: tuple[Parameter, ...] = ()
    condition: Condition | None = None
    where: str | None = None
    threshold: Condition | None = None
    tags: tuple[Tag, ...] = ()
    labels: Labels = ()
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def values(self) -> tuple[str, ...]:
        """Return the texts of the parameters."""
        return tuple(parameter.value for parameter in self.parameters)


class Logic(StrEnum):
    """How a composite's rules are joined."""

    AND = "AND"
    OR = "OR"


@dataclass(frozen=True, kw_only=True)
class Composite:
    """Two or more rules joined by one word."""

    logic: Logic
    rules: tuple[AnyRule, ...]
    labels: Labels = ()
    place: Place = field(default=NOWHERE, compare=False)


AnyRule = Rule | Composite


ALL_COLUMNS = "AllColumns"
"""The parameter of an analyzer that looks at every column."""


@dataclass(frozen=True, kw_only=True)
class Analyzer:
    """A metric that is measured without being judged."""

    type: str
    parameters: tuple[Parameter, ...] = ()
    tags: tuple[Tag, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def values(self) -> tuple[str, ...]:
        """Return the texts of the parameters."""
        return tuple(parameter.value for parameter in self.parameters)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """``name = "text"`` or ``name = ["a", "b"]``, for rules to use as ``$name``."""

    name: str
    values: tuple[str, ...]
    is_list: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The names of the data that rules speak of."""

    primary: str | None = None
    additional: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Ruleset:
    """A whole document."""

    rules: tuple[AnyRule, ...] = ()
    analyzers: tuple[Analyzer, ...] = ()
    version: str | None = None
    sources: Sources | None = None
    definitions: tuple[Definition, ...] = ()
    default_labels: Labels = ()

    def labels_of(self, rule: AnyRule) -> dict[str, str]:
        """Return a rule's labels: the default ones, overridden by its own."""
        return dict(self.default_labels) | dict(rule.labels)


def leaves(rule: AnyRule) -> Iterator[Rule]:
    """Yield the rules that a composite is made of, or the rule itself."""
    if isinstance(rule, Rule):
        yield rule
        return
    for each in rule.rules:
        yield from leaves(each)
