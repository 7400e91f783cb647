"""Wildcards as IAM has them: ``*`` is any text, ``?`` one character, all else is itself."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Return a pattern as a regular expression for a whole text.

    >>> bool(compile_pattern("glue:Get*", ignore_case=True).fullmatch("glue:gettable"))
    True
    """
    first, *rest = (_literal(piece) for piece in pattern.split("*"))
    # Atomic groups: the earliest place of a piece is as good as any, so none is tried again, and
    # a pattern of many stars takes no longer than its text is long.
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
    last = f".*{rest[-1]}" if rest else ""
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.compile(f"{first}{middle}{last}", flags)


def _literal(piece: str) -> str:
    return ".".join(re.escape(part) for part in piece.split("?"))


@lru_cache(maxsize=4096)
def overlap(left: str, right: str) -> bool:
    """Tell whether some text fits both patterns.

    >>> overlap("table/db/*", "table/*/secret")
    True
    >>> overlap("table/db/*", "table/other/secret")
    False
    """
    reached = {0}
    for letter in left:
        if letter == "*":
            reached = set(range(min(reached), len(right) + 1)) if reached else reached
            continue
        reached = _after_letter(right, _skip_stars(right, reached), letter)
    return len(right) in _skip_stars(right, reached)


def _skip_stars(pattern: str, places: set[int]) -> set[int]:
    found = set(places)
    for place in places:
        at = place
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return found


def _after_letter(pattern: str, places: set[int], letter: str) -> set[int]:
    found = set()
    for place in places:
        if place == len(pattern):
            continue
        there = pattern[place]
        if there == "*":
            found.add(place)
        elif letter == "?" or there in {"?", letter}:
            found.add(place + 1)
    return found
