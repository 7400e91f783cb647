"""The tree of a partition expression, its text, and walks over it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Literal:
    """A value as it was written, without its quotes."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Compare:
    """``key operator value``; the operator is one of ``= <> < <= > >=``."""

    key: str
    operator: str
    value: Literal


@dataclass(frozen=True)
class In:
    """``key IN (values)``."""

    key: str
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class Between:
    """``key BETWEEN low AND high``, both included."""

    key: str
    low: Literal
    high: Literal


@dataclass(frozen=True)
class Like:
    """``key LIKE pattern``: ``%`` is any text, ``_`` any one character, nothing escapes them."""

    key: str
    pattern: Literal


@dataclass(frozen=True)
class IsNull:
    """``key IS NULL``."""

    key: str


@dataclass(frozen=True)
class Not:
    """Neither true nor unknown."""

    item: Expr


@dataclass(frozen=True)
class And:
    """All of them."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Or:
    """Any of them."""

    items: tuple[Expr, ...]


Expr: TypeAlias = Compare | In | Between | Like | IsNull | Not | And | Or
Condition: TypeAlias = Compare | In | Between | Like | IsNull


def print_predicate(expr: Expr) -> str:  # noqa: PLR0911 - one for each kind of node
    """Return an expression's text; parsed again it gives the same tree."""
    match expr:
        case And(items):
            return " AND ".join(_grouped(item, Or) for item in items)
        case Or(items):
            return " OR ".join(print_predicate(item) for item in items)
        case Not(item):
            return f"NOT {_grouped(item, And, Or)}"
        case Compare(key, sign, value):
            return f"{_print_key(key)} {sign} {_print_literal(value)}"
        case In(key, values):
            return f"{_print_key(key)} IN ({', '.join(map(_print_literal, values))})"
        case Between(key, low, high):
            return f"{_print_key(key)} BETWEEN {_print_literal(low)} AND {_print_literal(high)}"
        case Like(key, pattern):
            return f"{_print_key(key)} LIKE {_print_literal(pattern)}"
        case IsNull(key):
            return f"{_print_key(key)} IS NULL"


def levels(expr: Expr) -> Iterator[Sequence[Expr]]:
    """Yield the nodes level by level, without recursion: the depth is not known to be safe."""
    level: Sequence[Expr] = [expr]
    while level:
        yield level
        level = [child for node in level for child in _children(node)]


def _children(expr: Expr) -> Sequence[Expr]:
    match expr:
        case And(items) | Or(items):
            return items
        case Not(item):
            return (item,)
        case _:
            return ()


def conditions(expr: Expr) -> Iterator[Condition]:
    """Yield the leaves of a tree."""
    for level in levels(expr):
        for node in level:
            if not isinstance(node, And | Or | Not):
                yield node


def literals_of(condition: Condition) -> Sequence[Literal]:
    """Return the values that a condition compares with."""
    match condition:
        case Compare(_, _, value):
            return (value,)
        case In(_, values):
            return values
        case Between(_, low, high):
            return (low, high)
        case Like(_, pattern):
            return (pattern,)
        case IsNull():
            return ()


def _grouped(expr: Expr, *looser: type) -> str:
    text = print_predicate(expr)
    return f"({text})" if isinstance(expr, looser) else text


_WORDS = {"and", "or", "not", "in", "between", "like", "is", "null"}


def _print_key(name: str) -> str:
    if re.fullmatch(r"[^\W\d][\w.$]*", name) and name.lower() not in _WORDS:
        return name
    return "`" + name.replace("`", "``") + "`"


def _print_literal(literal: Literal) -> str:
    return "'" + literal.text.replace("'", "''") + "'" if literal.quoted else literal.text
