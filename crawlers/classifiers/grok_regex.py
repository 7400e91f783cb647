"""Regular expressions of grok as the engines spell them: Java's habits, and what RE2 takes."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\\(?P<escaped>.)"
    r"|(?P<set>\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\])"
    r"|\((?P<kind>\?(?:<[=!]|[=!]|>|P=|P<\w+>|[a-zA-Z]*-?[a-zA-Z]*:)?)?"
    r"|(?P<repeat>[*+?]|\{\d*,?\d*\})(?P<own>\+?)",
    re.DOTALL,
)
_LOOKS_AROUND = frozenset({"?=", "?!", "?<=", "?<!", "?P="})
_LEADING_FLAGS = re.compile(r"\(\?(?P<flags>[ims]+)\)(?P<rest>.*)", re.DOTALL)


def without_leading_flags(text: str) -> str:
    """Return an expression whose leading flags hold for it alone, wherever it is put.

    >>> without_leading_flags("(?i)true|false")
    '(?i:true|false)'
    """
    found = _LEADING_FLAGS.fullmatch(text)
    return text if found is None else f"(?{found['flags']}:{found['rest']})"


def for_re2(expression: str) -> str | None:
    r"""Return an expression that RE2 takes and that matches all that the given one matches.

    Atomic groups and possessive repeats become ordinary ones: they save time, which RE2 does not
    need. Groups without a name capture nothing.

    Returns:
        None where the expression looks around or refers back.

    >>> for_re2(r"(a++)(?>b|\()")
    '(?:a+)(?:b|\\()'
    """
    parts, position = [], 0
    for found in _TOKEN.finditer(expression):
        parts.append(expression[position : found.start()])
        position = found.end()
        part = _respelled(found)
        if part is None:
            return None
        parts.append(part)
    return "".join([*parts, expression[position:]])


def _respelled(found: re.Match[str]) -> str | None:
    if found["escaped"] is not None:
        return None if found["escaped"] in "123456789" else _escape(found[0])
    if found["repeat"] is not None:
        return found["repeat"]
    if not found[0].startswith("("):
        return found[0].replace(r"\h", r" \t")
    kind = found["kind"]
    if kind in _LOOKS_AROUND:
        return None
    return "(?:" if kind in {None, "?>"} else found[0]


def _escape(text: str) -> str:
    return {r"\h": r"[ \t]", r"\Z": r"\z"}.get(text, text)
