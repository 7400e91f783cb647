r"""Glue's exclusion globs: which keys below an include path a crawl leaves out.

``*`` is anything but a slash, ``**`` crosses folders, ``?`` is one character but a slash,
``[abc]``, ``[a-z]`` and ``[!a]`` are classes, ``{a,b}`` are alternatives that do not nest, and a
backslash takes the next character as it is. A pattern is tried against the whole of the key's rest.

Source: AWS Glue developer guide, "Include and exclude patterns".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def compile_exclusions(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that tells whether a relative key is excluded.

    >>> excluded = compile_exclusions(["**.csv", "2015/01/{[!0],0[8-9]}**"])
    >>> excluded("a/b.csv"), excluded("2015/01/09/x"), excluded("2015/01/07/x")
    (True, True, False)

    Raises:
        InvalidInputError: A pattern opens a bracket or brace that it does not close.
    """
    compiled = [re.compile(translate_glob(pattern), re.DOTALL) for pattern in patterns]
    return lambda key: any(pattern.fullmatch(key) is not None for pattern in compiled)


def translate_glob(pattern: str) -> str:
    """Return the regular expression of a glob.

    Raises:
        InvalidInputError: It opens a bracket or brace that it does not close.
    """
    parts: list[str] = []
    position, in_group = 0, False
    while position < len(pattern):
        mark = pattern[position]
        if mark == "[":
            text, position = _class(pattern, position)
            parts.append(text)
            continue
        if mark == "{" and in_group:
            raise InvalidInputError(f"Exclusion {pattern!r}: braces do not nest")
        in_group = (in_group or mark == "{") and mark != "}"
        text, position = _mark(pattern, position, in_group=in_group)
        parts.append(text)
    if in_group:
        raise InvalidInputError(f"Exclusion {pattern!r} opens a brace that it does not close")
    return "".join(parts)


def _mark(pattern: str, position: int, *, in_group: bool) -> tuple[str, int]:
    """Return the expression of the mark at a position, and where the next one is."""
    mark = pattern[position]
    if pattern.startswith("**", position):
        return ".*", position + 2
    if mark == "\\":
        if position + 1 == len(pattern):
            raise InvalidInputError(f"Exclusion {pattern!r} ends in a backslash")
        return re.escape(pattern[position + 1]), position + 2
    if mark == "," and not in_group:
        return ",", position + 1
    plain = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}
    return plain.get(mark, re.escape(mark)), position + 1


def _class(pattern: str, start: int) -> tuple[str, int]:
    """Return the expression of the bracket that opens at ``start``, and where it ends."""
    negated = pattern.startswith("!", start + 1)
    first = start + 1 + negated
    end = pattern.find("]", first)
    if end <= first:
        raise InvalidInputError(f"Exclusion {pattern!r} opens a bracket that it does not close")
    inner = pattern[first:end]
    literal_dash = inner.startswith("-")
    parts = [r"\-"] if literal_dash else []
    position = 1 if literal_dash else 0
    while position < len(inner):
        if inner[position + 1 : position + 2] == "-" and position + 2 < len(inner):
            low, high = inner[position], inner[position + 2]
            if low > high:
                raise InvalidInputError(f"Exclusion {pattern!r}: {low}-{high} is no range")
            parts.append(f"{re.escape(low)}-{re.escape(high)}")
            position += 3
        else:
            parts.append(re.escape(inner[position]))
            position += 1
    # A class never matches a slash, so it cannot cross folders.
    return f"(?:(?!/)[{'^' if negated else ''}{''.join(parts)}])", end + 1
