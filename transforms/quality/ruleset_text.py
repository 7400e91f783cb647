"""The outline of a ruleset's text in DQDL: its lists, and how many rules they hold."""

from __future__ import annotations

import re

from gluepot.catalog.errors import InvalidInputError

_PIECE = re.compile(r'#[^\n]*|"(?:[^"\\]|\\.)*"|[\[\](){},]|[^\s\[\](){},"#]+|"|\s+', re.DOTALL)
_LIST = re.compile(r"\b(Rules|Analyzers)\s*=\s*(?=\[)")
_PAIRS = {"[": "]", "(": ")", "{": "}"}
_TOP = 1
_SHOWN = 60


def count_rules(text: str) -> int:
    """Return how many rules a ruleset holds; analyzers are none.

    >>> count_rules('Rules = [ IsComplete "a", ColumnValues "b" in [1, 2] ]')
    2
    >>> count_rules("Rules = []")
    0

    Raises:
        InvalidInputError: There is no ``Rules = [...]`` and no ``Analyzers = [...]``, or a list, a
            parenthesis or a text is not closed.
    """
    lists = [(kind, _items(body)) for kind, body in _lists(text)]
    if not lists:
        raise InvalidInputError("A ruleset is Rules = [ ... ]; the text holds no such list")
    return sum(count for kind, count in lists if kind == "Rules")


def _lists(text: str) -> list[tuple[str, list[str]]]:
    """Return each list's word and the pieces between its brackets."""
    found: list[tuple[str, list[str]]] = []
    place = 0
    plain = _without_comments(text)
    while (match := _LIST.search(plain, place)) is not None:
        body, place = _body(plain, match.end())
        found.append((match.group(1), body))
    return found


def _without_comments(text: str) -> str:
    pieces: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece == '"':
            # Looking on would try every quote of a hostile text up to its end.
            rest = text[match.start() : match.start() + _SHOWN]
            raise InvalidInputError(f"A text of the ruleset is not closed: {rest}")
        if not piece.startswith("#"):
            pieces.append(piece)
    return "".join(pieces)


def _body(text: str, start: int) -> tuple[list[str], int]:
    closing: list[str] = []
    pieces: list[str] = []
    for match in _PIECE.finditer(text, start):
        piece = match.group()
        if piece in _PAIRS:
            closing.append(_PAIRS[piece])
        elif piece in _PAIRS.values() and (not closing or closing.pop() != piece):
            raise InvalidInputError(f"{piece!r} closes nothing in the ruleset")
        if not closing:
            return pieces[1:], match.end()
        # Only what stands between the list's own commas tells its rules apart.
        pieces.append(piece if len(closing) == _TOP or piece != "," else " ")
    raise InvalidInputError(f"{closing[-1]!r} is missing at the end of the ruleset")


def _items(pieces: list[str]) -> int:
    rules = "".join(";" if piece == "," else piece.replace(";", " ") for piece in pieces)
    return sum(1 for rule in rules.split(";") if rule.strip())
