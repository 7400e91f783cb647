"""A recommended rule and its evidence; how much room a rule leaves for the next rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.transforms.paths import quote
from gluepot.transforms.quality.dqdl.printer import quoted
from gluepot.transforms.quality.profiling.model import Kind

if TYPE_CHECKING:
    from gluepot.transforms.quality.profiling.model import ColumnProfile

FEW = 100
"""With fewer rows, nothing is said that one unseen row could break."""
MANY = 3_000
"""So many rows are worth a third digit of a share."""
_DEVIATIONS = 5.0


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A rule.

    Attributes:
        rule: DQDL.
        evidence: What of the profile it rests on, in a sentence without its full stop.
    """

    rule: str
    evidence: str


def margin(share: float, rows: int) -> float:
    """Return by how much a share of other rows like these may differ.

    Five standard deviations of the difference of two such shares, and three rows: a share of all
    or none says nothing of its deviation, but that of three rows in ``rows`` would have been seen.
    """
    if not rows:
        return 1.0
    return _DEVIATIONS * math.sqrt(2 * share * (1 - share) / rows) + 3 / rows


def floor(share: float, rows: int) -> str:
    """Return a bound below a share that other rows like these keep to; empty where there is none.

    >>> floor(0.95, 1000), floor(1.0, 10_000), floor(0.01, 10)
    ('0.89', '0.999', '')
    """
    digits = 3 if rows >= MANY else 2
    scale = 10**digits
    bound = math.floor((share - margin(share, rows)) * scale) / scale
    return f"{bound:.{digits}f}" if bound > 0 else ""


def subject(kind: str, column: ColumnProfile) -> str:
    """Return the beginning of a rule on a column."""
    return f"{kind} {quoted(column.name)}"


def is_measured(column: ColumnProfile) -> bool:
    """Return whether a column is of measured numbers, in which a gap or an outlier is no wonder."""
    return column.kind in (Kind.REAL, Kind.DECIMAL)


def where_present(column: ColumnProfile) -> str:
    """Return the filter that leaves rows without a number or value out, where there may be some."""
    name = quote(column.name)
    parts = [f"{name} is not null"] if column.nulls or is_measured(column) else []
    parts += [f"not isnan({name})"] if column.nans else []
    return f" where {quoted(' and '.join(parts))}" if parts else ""


def nearly_all(rows: int) -> str:
    """Return the threshold of a rule that a few unseen rows may break though all of these keep it.

    None of ``rows`` rows has broken it, so up to three of as many others may.
    """
    return f" with threshold >= {floor(1.0, rows)}" if floor(1.0, rows) else ""


def threshold(share: float, rows: int) -> str:
    """Return the threshold for a share of rows that comply: none where all of many do."""
    if share == 1 and rows >= FEW:
        return ""
    return f" with threshold >= {floor(share, rows) or '0.01'}"


def percent(share: float) -> str:
    """Return a share for people; one that is not all is not shown as all.

    >>> percent(1.0), percent(0.99999), percent(0.25)
    ('100 %', '99.99 %', '25 %')
    """
    if 0 < share < 1:
        share = min(max(share, 0.0001), 0.9999)
    return f"{math.floor(share * 10000 + 1e-6) / 100:g} %"
