"""Values of any column as JSON and as short text: what a result keeps and a report shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_TEXT = 200
"""Characters of one value that a result keeps."""
LONGEST_LIST = 50
"""Members of one list that a result keeps."""
DEEPEST = 4
"""Levels of nesting that a result keeps."""
MASK = "•••"
"""What stands for a value that a rule masks."""


def json_value(value: object, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``value`` as JSON has it, cut where it is long; the cut is visible.

    Numbers that JSON lacks become ``NaN``, ``Infinity`` and ``-Infinity`` as text, decimals and
    times text that loses nothing, and bytes hexadecimal.

    >>> json_value([float("nan"), b"ab", date(2013, 1, 1), None])
    ['NaN', '0x6162', '2013-01-01', None]
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _no_number(value)
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str | bytes | bytearray):
        return _nested(value, depth)
    # numpy's scalars, which come out of Great Expectations, know their Python value.
    item = getattr(value, "item", None)
    return json_value(item(), depth) if callable(item) else _text(value)


def plain_json(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return what an author wrote as JSON has it, whole: times as ISO texts, tuples as lists.

    >>> plain_json({"min_value": date(2013, 1, 1), "value_set": (1, 2)})
    {'min_value': '2013-01-01', 'value_set': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [plain_json(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _no_number(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def cut(
    text: str, *, most: int = LONGEST_TEXT, size: int | None = None, unit: str = "characters"
) -> str:
    """Return ``text``, or its beginning and a note of how long it is.

    >>> cut("x" * 201).endswith("x… [201 characters]")
    True
    """
    if len(text) <= most:
        return text
    return f"{text[:most]}… [{size or len(text):,} {unit}]"


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return cut(f"0x{bytes(value[:LONGEST_TEXT]).hex()}", size=len(value), unit="bytes")
    return cut(value.isoformat() if isinstance(value, date | time) else str(value))


def _no_number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _nested(value: Mapping[Any, Any] | Sequence[Any], depth: int) -> Any:  # noqa: ANN401
    if depth == DEEPEST:
        return "…"
    # A Row is a tuple that knows its fields' names.
    as_dict: Callable[[], Mapping[str, Any]] | None = getattr(value, "asDict", None)
    members = value if as_dict is None else as_dict()
    more = len(members) - LONGEST_LIST
    if isinstance(members, Mapping):
        kept = list(members.items())[:LONGEST_LIST]
        found = {cut(str(key)): json_value(item, depth + 1) for key, item in kept}
        return found | ({"…": f"{more:,} more"} if more > 0 else {})
    items = [json_value(item, depth + 1) for item in members[:LONGEST_LIST]]
    return [*items, *([f"… {more:,} more"] if more > 0 else [])]
