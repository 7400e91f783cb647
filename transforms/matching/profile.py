"""What the columns hold, found from their values alone: names of columns are not looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.transforms.matching.text import folded, whole

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


@dataclass(frozen=True, kw_only=True)
class Column:
    """One compared column.

    Attributes:
        name: As in the table.
        kind: What its values are.
        short: Whether its values are short enough to count edits.
        present: Share of records that have a value.
        information: Bits that a value tells on average, times ``present``.
    """

    name: str
    kind: Kind
    short: bool
    present: float
    information: float

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
    telling = sorted((each for each in found if each.information > 0), key=_by_information)
    kept = {each.name for each in telling[:MOST_COLUMNS]}
    return tuple(each for each in found if each.name in kept)


def _by_information(column: Column) -> tuple[float, str]:
    return -column.information, column.name


def _profile(name: str, column: pa.ChunkedArray) -> Column:
    texts = _sample(pc.drop_null(column.combine_chunks()))
    hashes = whole(folded(texts))
    texts = texts.filter(pa.array(hashes != 0))
    hashes = hashes[hashes != 0]
    full = len(column) - column.null_count
    present = full / max(len(column), 1)
    if not len(hashes):
        return Column(name=name, kind=Kind.TEXT, short=True, present=0.0, information=0.0)
    counts = np.unique(hashes, return_counts=True)[1] / len(hashes)
    bits = float(-(counts * np.log2(counts)).sum())
    length = pc.mean(pc.utf8_length(texts)).as_py()
    return Column(
        name=name,
        kind=_kind(texts, len(counts)),
        short=length <= SHORT,
        present=round(present, 6),
        information=round(bits * present, 6),
    )


def _sample(texts: pa.Array) -> pa.Array:
    """Return some of many values, the same ones however they lie."""
    if len(texts) <= _MOST_PROFILED:
        return texts
    hashes = whole(folded(texts))
    share = np.uint64(int(2**64 * (_MOST_PROFILED / len(texts))) - 1)
    return texts.filter(pa.array(hashes <= share))


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


def chosen(values: pa.Table, columns: Sequence[Column]) -> dict[str, pa.Array]:
    """Return the folded texts of the columns, by name; an absent column is empty everywhere."""
    empty = pa.array([""] * len(values), pa.large_string())
    return {
        each.name: folded(values.column(each.name).combine_chunks())
        if each.name in values.column_names
        else empty
        for each in columns
    }
