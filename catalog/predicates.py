"""Partition expressions: Glue's filter language as a tree, printed back, and tried on values.

``NULL`` follows Glue: a null partition of a number, date or timestamp meets no comparison,
while of a text key Hive's null text is a text like any other, and ``IS NULL`` matches nothing.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, InvalidStateError, did_you_mean
from gluepot.catalog.keys import KeyKind, KeyValue, NotOfKindError, cast, is_null, key_kind
from gluepot.catalog.predicate_tree import (
    And,
    Between,
    Compare,
    Condition,
    Expr,
    In,
    IsNull,
    Like,
    Literal,
    Not,
    Or,
    conditions,
    levels,
    literals_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Column

MAX_CHARACTERS = 50_000
"""Every value becomes a bound parameter, and SQLite takes 32,766 of those."""

MAX_DEPTH = 100

MAX_CONDITIONS = 400
"""SQLite refuses a chain of a thousand, and one may need two; Glue takes fewer than 300."""


def parse_predicate(text: str) -> Expr:
    """Return the tree of a partition expression.

    >>> from gluepot.catalog.predicate_tree import print_predicate
    >>> print_predicate(parse_predicate("year>=2013 and not (month in (1,2) or `day`='3')"))
    "year >= 2013 AND NOT (month IN (1, 2) OR day = '3')"

    Raises:
        InvalidInputError: The text is not an expression, or too long or too deep for one.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidInputError(
            f"The expression has {len(text)} characters; at most {MAX_CHARACTERS} are read"
        )
    # The parser generator takes longer to import than most commands take to run.
    from gluepot.catalog.predicate_grammar import parse  # noqa: PLC0415

    found = parse(text)
    if sum(1 for _ in levels(found)) > MAX_DEPTH:
        raise InvalidInputError(f"The expression nests deeper than {MAX_DEPTH} levels")
    if sum(1 for _ in conditions(found)) > MAX_CONDITIONS:
        raise InvalidInputError(
            f"The expression has more than {MAX_CONDITIONS} conditions; IN takes many values"
        )
    return found


def evaluate(expr: Expr, values: Sequence[str], keys: Sequence[Column]) -> bool:
    """Return whether an expression holds for a partition's values.

    Raises:
        InvalidInputError: The expression does not fit the keys.
        InvalidStateError: A value that the expression asks for is not of its key's type.
    """
    return evaluate_bound(expr, bind(expr, keys), values)


@dataclass(frozen=True, kw_only=True)
class BoundKey:
    """A key that an expression asks for: its place among the keys, and how it compares."""

    place: int
    name: str
    kind: KeyKind


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What an expression means on a table's keys: keys by folded name, literals by their type."""

    keys: Mapping[str, BoundKey]
    literals: Mapping[tuple[str, Literal], KeyValue]

    def key(self, name: str) -> BoundKey:
        """Return the key of that name, whatever its case."""
        return self.keys[name.lower()]

    def value(self, name: str, literal: Literal) -> KeyValue:
        """Return a literal as a value of the key's type."""
        return self.literals[name.lower(), literal]


class UnknownKeyError(InvalidInputError):
    """An expression asks for what is no partition key: ``UnknownKeyError(name, hint)``."""

    def __str__(self) -> str:
        """Name the key, and the nearest one."""
        name, hint = self.args
        return f"Invalid partition expression! {name!r} is not a partition key.{hint}"

    @property
    def wire_message(self) -> str:
        """Return AWS's text."""
        return "Invalid partition expression!"


def bind(expr: Expr, keys: Sequence[Column]) -> Binding:
    """Check an expression against a table's keys.

    Raises:
        InvalidInputError: A key is unknown or of a type that cannot be compared, a literal is not
            of its key's type, or LIKE is asked of something that is not text.
    """
    known = {
        key.name.lower(): BoundKey(place=place, name=key.name.lower(), kind=key_kind(key))
        for place, key in enumerate(keys)
    }
    types = {key.name.lower(): key.type for key in keys}
    bound: dict[str, BoundKey] = {}
    literals: dict[tuple[str, Literal], KeyValue] = {}
    for condition in conditions(expr):
        name = condition.key.lower()
        if name not in known:
            raise UnknownKeyError(condition.key, did_you_mean(name, known))
        key = bound[name] = known[name]
        if key.kind is KeyKind.UNKNOWN:
            raise InvalidInputError(f"Unknown type : '{types[name]}'")
        _check_like(condition, key.kind)
        for literal in literals_of(condition):
            literals[name, literal] = _cast_literal(literal, key.kind)
    return Binding(keys=bound, literals=literals)


def evaluate_bound(expr: Expr, binding: Binding, values: Sequence[str]) -> bool:
    """Return whether a bound expression holds; ``evaluate`` explains the errors."""
    typed = {name: _stored(key, values) for name, key in binding.keys.items()}
    return _truth(expr, binding, typed) is True


def _stored(key: BoundKey, values: Sequence[str]) -> KeyValue | None:
    if key.place >= len(values):
        raise InvalidStateError(
            f"Partition {list(values)} has no value of the key {key.name!r}; delete it"
        )
    text = values[key.place]
    if is_null(text, key.kind):
        return None
    try:
        return cast(text, key.kind)
    except NotOfKindError as error:
        raise InvalidStateError(
            f"{error} Partition {list(values)} does not fit the key {key.name!r};"
            " delete it, or change the key's type"
        ) from error


_SIGNS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _truth(expr: Expr, binding: Binding, typed: Mapping[str, KeyValue | None]) -> bool | None:
    """Return true, false, or None where a null makes it unknown."""
    match expr:
        case And(items):
            return _all([_truth(item, binding, typed) for item in items])
        case Or(items):
            found = _all([_opposite(_truth(item, binding, typed)) for item in items])
            return _opposite(found)
        case Not(item):
            return _opposite(_truth(item, binding, typed))
        case IsNull():
            return False
        case _:
            value = typed[expr.key.lower()]
            return None if value is None else _meets(expr, binding, value)


def _meets(condition: Condition, binding: Binding, value: Any) -> bool:  # noqa: ANN401
    match condition:
        case Compare(key, sign, literal):
            return bool(_SIGNS[sign](value, binding.value(key, literal)))
        case In(key, literals):
            return value in {binding.value(key, literal) for literal in literals}
        case Between(key, low, high):
            least: Any = binding.value(key, low)
            most: Any = binding.value(key, high)
            return bool(least <= value <= most)
        case Like(_, pattern):
            return like_regex(pattern.text).fullmatch(value) is not None
        case IsNull():
            return False


def like_regex(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a LIKE pattern."""
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(char) or re.escape(char) for char in pattern), re.DOTALL)


def _all(truths: Sequence[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def _opposite(truth: bool | None) -> bool | None:  # noqa: FBT001
    return None if truth is None else not truth


def _check_like(condition: Condition, kind: KeyKind) -> None:
    if isinstance(condition, Like) and kind is not KeyKind.TEXT:
        name = "Integral" if kind is KeyKind.INTEGER else kind.capitalize()
        raise InvalidInputError(f"{name} data type doesn't support operation 'LIKE'")


def _cast_literal(literal: Literal, kind: KeyKind) -> KeyValue:
    try:
        return cast(literal.text, kind)
    except NotOfKindError as error:
        raise InvalidInputError(str(error)) from error
