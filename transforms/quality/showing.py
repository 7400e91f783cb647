"""Values, times and counts as a page shows them: short, and nothing invisible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gluepot.transforms.quality.values import cut

LONGEST_SHOWN = 400
"""Characters of one text on the page; values come cut already, and shorter."""
MILLION = 1_000_000
_CONTROL = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
"""Control characters as their pictures: they would be invisible, or change what is beside them."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A value as text; ``absent`` marks words that stand for a value without any."""

    text: str
    absent: bool = False


def moment(at: datetime) -> str:
    """Return a time as people read it, in UTC.

    >>> moment(datetime(2013, 1, 5, 7, 3, tzinfo=UTC))
    '5 Jan 2013, 07:03 UTC'
    """
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def show(value: Any) -> Shown:  # noqa: ANN401 - any JSON value
    """Return a value of JSON as text; what cannot be seen is put in words."""
    if value is None:
        return Shown(text="null", absent=True)
    if isinstance(value, bool):
        return Shown(text="true" if value else "false")
    if isinstance(value, float):
        return Shown(text=f"{value:.15g}")
    if isinstance(value, int):
        return Shown(text=str(value))
    if isinstance(value, str) and not value.strip():
        return Shown(text="empty text" if not value else "blank text", absent=True)
    return Shown(text=clean(_words(value)))


def clean(text: str) -> str:
    """Return a text cut where it is long, with pictures of what cannot be seen."""
    return cut(text, most=LONGEST_SHOWN).translate(_CONTROL)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_words(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_words, value))
    return value if isinstance(value, str) else show(value).text


def number(value: float) -> str:
    """Return a number with the digits that matter.

    >>> number(1039.9126), number(336776)
    ('1,039.91', '336,776')
    """
    if isinstance(value, int):
        return f"{value:,}"
    # Six digits of an average tell enough, and large sums keep all before the point.
    return format(value, ",.6g" if abs(value) < MILLION else ",.2f")


def counted(count: int, noun: str) -> str:
    """Return a count and what is counted.

    >>> counted(1, "row"), counted(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
