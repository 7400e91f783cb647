"""Values of rows as pages show them: short, with all of a long one a click away."""

from __future__ import annotations

from typing import Any

import orjson

SHORT = 160
"""Characters of a value that are shown at once."""
LONG = 100_000
"""Characters of a value that a page has at all."""


def cell(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any value of JSON
    """Return how a value is shown.

    >>> cell([1, None])
    {'text': '[1,null]', 'kind': 'nested', 'whole': None}
    >>> cell(None)
    {'text': 'null', 'kind': 'absent', 'whole': None}
    """
    text, kind = _spelled(value)
    if len(text) <= SHORT:
        return {"text": text, "kind": kind, "whole": None}
    whole = text if len(text) <= LONG else f"{text[:LONG]}… ({len(text):,} characters)"
    return {"text": f"{text[:SHORT]}…", "kind": kind, "whole": whole}


def _spelled(value: Any) -> tuple[str, str]:  # noqa: ANN401
    if value is None:
        return "null", "absent"
    if isinstance(value, bool):
        return str(value).lower(), "word"
    if isinstance(value, int | float):
        return str(value), "num"
    if isinstance(value, str):
        return value, "text"
    return orjson.dumps(value).decode("utf-8", "replace"), "nested"
