"""Why a value that a person would read as a number or a date is text to Hive and its like."""

from __future__ import annotations

import re

_LONGEST_SHOWN = 40

_ODDITIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), told)
    for pattern, told in (
        (r"[+-]?0\d+", "leading zeros would be lost in a number"),
        (r"[+-]?\d{39,}", "no number type holds so many digits"),
        (r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", "readers know no separators of thousands"),
        (r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?", "readers know no separators of thousands"),
        (r"[+-]?\d+,\d+", "readers know no decimal commas"),
        (r"(?:yes|no|y|n|t|f|on|off)", "only true and false are read as booleans everywhere"),
        (r"[+-]?[\d.]+ ?%", "readers know no percentages"),
        (r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}", "years of two digits are not guessed"),
        (r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:\.\d+)?", "a clock without a day is no timestamp"),
        (r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*", "that day or time does not exist or is not ISO"),
        (r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}.*", "that day or time does not exist"),
        (r"(?:\s+[+-]?\d[\d.]*\s*|[+-]?\d[\d.]*\s+)", "spaces beside a number are part of it"),
    )
)


def shown(value: str) -> str:
    """Return a value for people, cut where it is long."""
    return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}...")


def oddity_of(value: str) -> str:
    """Return what to say after a value about why it is text, with a colon; empty for words.

    >>> oddity_of("007")
    ': leading zeros would be lost in a number'
    """
    if len(value) > _LONGEST_SHOWN * 2:
        return ""
    told = next((told for pattern, told in _ODDITIES if pattern.fullmatch(value)), None)
    return "" if told is None else f": {told}"
