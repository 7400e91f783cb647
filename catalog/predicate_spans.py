"""What a partition expression says of single keys: the values between which all matches lie.

A condition such as ``(year = 2020 OR year = 2021) AND NOT month = 2`` is no range of an index as it
stands, yet every match has one of two years. A span is never narrower than the expression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from gluepot.catalog.keys import KeyKind, encode
from gluepot.catalog.partition_tables import INDEXED_KEYS
from gluepot.catalog.predicate_tree import And, Between, Compare, Expr, In, Like, Or, literals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.predicate_tree import Condition
    from gluepot.catalog.predicates import Binding

_MAX_POINTS = 100
"""More values than this are held as the range around them."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """The codes of a key between ``low`` and ``high``, both included; None is without end.

    ``points`` are the only codes that can be, where there are few.
    """

    low: str | None = None
    high: str | None = None
    points: frozenset[str] | None = None

    @property
    def pinned(self) -> bool:
        """Return whether one code alone can be."""
        return self.points is not None and len(self.points) == 1


Spans = dict[int, Span]
"""Spans by the place of their key; a key without one may have any value."""


def spans_of(expr: Expr, binding: Binding) -> Spans:
    """Return what an expression says of each key that has a column."""
    match expr:
        case And(items):
            return reduce(_both, (spans_of(item, binding) for item in items))
        case Or(items):
            return reduce(_either, (spans_of(item, binding) for item in items))
        case Compare() | In() | Between() | Like():
            return _of_condition(expr, binding)
        case _:
            return {}


def leading_key(spans: Mapping[int, Span]) -> int:
    """Return the place of the key whose index finds the matches soonest.

    The first key serves when it is held to a few values. After that comes one that is, then one
    that is held to a range, the earlier the better.
    """
    usable = [place for place in sorted(spans) if place == 0 or not _may_be_empty(spans[place])]
    pointed = [place for place in usable if spans[place].points is not None]
    return next(iter([*pointed, *usable]), 0)


def _may_be_empty(span: Span) -> bool:
    """Return whether the empty text can be, which the indexes of later keys do not hold."""
    if span.points is not None:
        return "" in span.points
    return not span.low


def _of_condition(condition: Condition, binding: Binding) -> Spans:
    key = binding.key(condition.key)
    if key.place >= INDEXED_KEYS:
        return {}
    codes = [
        encode(binding.value(condition.key, literal), key.kind)
        for literal in literals_of(condition)
    ]
    # Only a text can be empty: what is of another kind has a code, and that begins with a letter.
    least = None if key.kind is KeyKind.TEXT else " "
    match condition:
        case Compare(_, "=", _) | In():
            span: Span | None = _points(set(codes))
        case Compare(_, "<" | "<=", _):
            span = Span(low=least, high=codes[0])
        case Compare(_, ">" | ">=", _):
            span = Span(low=codes[0])
        case Between():
            span = Span(low=codes[0], high=codes[1])
        case Like():
            span = _prefix(codes[0])
        case _:
            span = None
    return {} if span is None else {key.place: span}


def _prefix(pattern: str) -> Span | None:
    """Return what a LIKE pattern says before its first wild character."""
    prefix = re.split("[%_]", pattern, maxsplit=1)[0]
    last = prefix[-1:]
    if not prefix or not " " <= last < "\ud7ff":
        return Span(low=prefix) if prefix else None
    return Span(low=prefix, high=f"{prefix[:-1]}{chr(ord(last) + 1)}")


def _points(codes: set[str]) -> Span:
    points = frozenset(codes) if len(codes) <= _MAX_POINTS else None
    return Span(low=min(codes), high=max(codes), points=points)


def _both(one: Spans, other: Spans) -> Spans:
    joined = {**one, **other}
    return joined | {place: _narrower(one[place], other[place]) for place in one.keys() & other}


def _narrower(one: Span, other: Span) -> Span:
    points = one.points if other.points is None else other.points
    if one.points is not None and other.points is not None:
        points = one.points & other.points or one.points
    lows = [span.low for span in (one, other) if span.low is not None]
    highs = [span.high for span in (one, other) if span.high is not None]
    return Span(low=max(lows, default=None), high=min(highs, default=None), points=points)


def _either(one: Spans, other: Spans) -> Spans:
    return {place: _wider(one[place], other[place]) for place in one.keys() & other}


def _wider(one: Span, other: Span) -> Span:
    points = None
    if one.points is not None and other.points is not None:
        points = one.points | other.points
        points = points if len(points) <= _MAX_POINTS else None
    low = None if one.low is None or other.low is None else min(one.low, other.low)
    high = None if one.high is None or other.high is None else max(one.high, other.high)
    return Span(low=low, high=high, points=points)
