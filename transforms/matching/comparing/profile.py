"""What the columns hold, found from their values alone: names of columns are not looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.transforms.matching.comparing.text import folded, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_COLUMNS = 30
"""Columns compared each for itself: the most informative; all are part of the whole record."""

SHORT = 60
"""Characters that values have at most on average, for edits to be counted."""

_MOST_PROFILED = 20_000
_PATTERNS = {
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "date": (
        r"^(\d{4}[-/.]?(0?[1-9]|1[0-2])[-/.]?([012]?\d|3[01])|([012]?\d|3[01])[-/.]([012]?\d|3[01])"
        r"[-/.](\d{4}|\d\d))([T ][0-9:.Z+-]+)?$"
    ),
    "number": r"^[-+(]?\s*[\p{Sc}]?\s*[-+]?\d+([.,' ]\d{3})*([.,]\d+)?\s*[\p{Sc}%)]?$",
    "phone": r"^[+(]?\d[\d\s().\-/]{5,}\d$",
    "code": r"^\S*\d\S*$",
}
_SHARE = 0.9
"""Values that have to look alike for the column to be of that kind."""


class Kind(StrEnum):
    """What the values of a column are."""

    NAME = "name"
    ADDRESS = "address"
    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    DATE = "date"
    EMAIL = "email"
    PHONE = "phone"
    CATEGORY = "category"


_MIXABLE = frozenset({Kind.NAME, Kind.ADDRESS, Kind.TEXT})
"""Kinds whose values tell what they are: equal codes, numbers and categories are common anyway."""

_MIXED = 0.25
"""How likely two equal values are of different columns, where the two are mixed up: half of what
swapping them in half of the rows makes, and what swapping them in one of seven does."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One compared column.

    Attributes:
        name: As in the table.
        kind: What its values are.
        short: Whether its values are short enough to count edits.
        present: Share of records that have a value.
        information: Bits that a value tells on average, times ``present``.
        mixed_with: Another column in which most of its values occur too, and the other way round:
            the two are compared crosswise as well, as values may stand in the wrong one.
    """

    name: str
    kind: Kind
    short: bool
    present: float
    information: float
    mixed_with: str | None = None

    def plain(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {**vars(self), "kind": self.kind.value}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Column:
        """Return what ``plain`` gave."""
        return cls(**{**plain, "kind": Kind(plain["kind"])})


def profile(values: pa.Table) -> tuple[Column, ...]:
    """Return the columns worth comparing, in the table's order.

    A column without values, or with one value everywhere, tells nothing and is left out.
    """
    found = [_profile(name, values.column(name)) for name in values.column_names]
    telling = sorted((each for each in found if each.column.information > 0), key=_by_information)
    kept = {each.column.name for each in telling[:MOST_COLUMNS]}
    partners = _mixed([each for each in found if each.column.name in kept])
    return tuple(
        replace(each.column, mixed_with=partners.get(each.column.name))
        for each in found
        if each.column.name in kept
    )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A column, and the hashes of those of its values whose hashes are small enough."""

    column: Column
    hashes: np.ndarray
    greatest: int


def _mixed(columns: Sequence[_Seen]) -> dict[str, str]:
    """Return which columns' values are mixed up, two by two, the most mixed ones first."""
    open_to = [each for each in columns if each.column.kind in _MIXABLE]
    found = []
    for one, other in combinations(open_to, 2):
        alike = one.column.kind is other.column.kind and one.column.short is other.column.short
        share = _mixing(one, other) if alike else 0.0
        if share >= _MIXED:
            found.append((-share, one.column.name, other.column.name))
    partners: dict[str, str] = {}
    for _, one_name, other_name in sorted(found):
        if one_name not in partners and other_name not in partners:
            partners |= {one_name: other_name, other_name: one_name}
    return partners


def _mixing(one: _Seen, other: _Seen) -> float:
    """Return how likely two equal values are of different columns: a half where all are mixed up.

    Values come as often as they do; what is there once tells nothing.
    """
    greatest = np.uint64(min(one.greatest, other.greatest))
    mine, theirs = (each.hashes[each.hashes <= greatest] for each in (one, other))
    _, at = np.unique(np.concatenate([mine, theirs]), return_inverse=True)
    first = np.bincount(at[: len(mine)], minlength=len(at)).astype(np.float64)
    count = np.bincount(at, minlength=len(at))
    first, count = first[count > 1], count[count > 1]
    apart = 2 * first * (count - first) / np.maximum(count - 1, 1)
    return float(apart.sum() / max(count.sum(), 1))


def _by_information(seen: _Seen) -> tuple[float, str]:
    return -seen.column.information, seen.column.name


def _profile(name: str, column: pa.ChunkedArray) -> _Seen:
    texts, greatest = _sample(pc.drop_null(column.combine_chunks()))
    hashes = whole(folded(texts))
    texts = texts.filter(pa.array(hashes != 0))
    hashes = hashes[hashes != 0]
    full = len(column) - column.null_count
    present = full / max(len(column), 1)
    if not len(hashes):
        nothing = Column(name=name, kind=Kind.TEXT, short=True, present=0.0, information=0.0)
        return _Seen(column=nothing, hashes=hashes, greatest=greatest)
    counts = np.unique(hashes, return_counts=True)[1] / len(hashes)
    bits = float(-(counts * np.log2(counts)).sum())
    length = pc.mean(pc.utf8_length(texts)).as_py()
    made = Column(
        name=name,
        kind=_kind(texts, len(counts)),
        short=length <= SHORT,
        present=round(present, 6),
        information=round(bits * present, 6),
    )
    return _Seen(column=made, hashes=hashes, greatest=greatest)


def _sample(texts: pa.Array) -> tuple[pa.Array, int]:
    """Return some of many values, the same ones however they lie, and their greatest hash."""
    if len(texts) <= _MOST_PROFILED:
        return texts, 2**64 - 1
    hashes = whole(folded(texts))
    greatest = int(2**64 * (_MOST_PROFILED / len(texts))) - 1
    return texts.filter(pa.array(hashes <= np.uint64(greatest))), greatest


def _kind(texts: pa.Array, distinct: int) -> Kind:
    trimmed = pc.utf8_trim_whitespace(texts)
    looks = {name: _share(trimmed, pattern) for name, pattern in _PATTERNS.items()}
    kind = next((Kind(name) for name in _PATTERNS if looks[name] >= _SHARE), None)
    if kind is Kind.NUMBER and _numbers_are_codes(trimmed):
        return Kind.CODE
    if kind is not None:
        return kind
    words = pc.mean(pc.list_value_length(pc.split_pattern(trimmed, " "))).as_py()
    if distinct <= max(20, len(texts) // 100) and words < len("abcd"):
        return Kind.CATEGORY
    return _kind_of_words(trimmed, words)


def _kind_of_words(texts: pa.Array, words: float) -> Kind:
    few, many = 2, 6
    if words >= many:
        return Kind.TEXT
    return Kind.ADDRESS if words >= few and _share(texts, r"\d") >= 1 / few else Kind.NAME


def _numbers_are_codes(texts: pa.Array) -> bool:
    """Return whether digits name something: zeros before, or all of one length, four and more."""
    if _share(texts, r"^\d+$") < _SHARE:
        return False
    least = 4
    lengths = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    common = np.bincount(lengths).max() / len(lengths)
    zeros = _share(texts, r"^0\d")
    return zeros > 1 - _SHARE or bool(common >= _SHARE and np.median(lengths) >= least)


def _share(texts: pa.Array, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(texts, pattern)).as_py() or 0.0)
