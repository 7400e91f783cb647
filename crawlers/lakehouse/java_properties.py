r"""Java's properties files: ``key=value`` lines with backslash escapes.

Source: the documentation of ``java.util.Properties.load``.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LINE = re.compile(r"((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def parse_properties(text: str) -> dict[str, str]:
    r"""Return keys and values; a later line of the same key counts.

    >>> parse_properties("#saved\na.b=x\\:y\nc = 1\\\n  2\n")
    {'a.b': 'x:y', 'c': '12'}
    """
    found: dict[str, str] = {}
    waiting = ""
    for line in [*text.splitlines(), ""]:
        piece = line.lstrip(" \t\f")
        if not waiting and piece.startswith(("#", "!")):
            continue
        joined = waiting + piece
        slashes = len(joined) - len(joined.rstrip("\\"))
        if slashes % 2 and line:
            waiting = joined[:-1]
            continue
        waiting = ""
        match = _LINE.fullmatch(joined)
        if joined and match is not None:
            found[_unescape(match[1])] = _unescape(match[2])
    return found


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: _character(match[1]), text)


def _character(escaped: str) -> str:
    if len(escaped) > 1:
        return chr(int(escaped[1:], 16))
    return _CONTROLS.get(escaped, escaped)
