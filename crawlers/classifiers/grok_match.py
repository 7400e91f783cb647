"""Lines cut into fields by a grok pattern, in bounded time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.errors import GluepotError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.classifiers.grok import Grok

Fields: TypeAlias = "tuple[str | None, ...]"
"""What a line holds in each field of a pattern; None where the line has no such field."""

TIMEOUT_SECONDS = 2.0
"""How long the lines of one file may take where the time is not linear in them."""

_PROGRAM = """
import json, re, sys
given = json.load(sys.stdin)
expression = re.compile(given["expression"])
found = (expression.search(line) for line in given["lines"])
json.dump([None if item is None else item.groupdict() for item in found], sys.stdout)
"""


class GrokTimeoutError(GluepotError):
    """A pattern takes too long on the lines of a file."""


def checked(grok: Grok) -> Grok:
    """Return a pattern that an engine takes: RE2, or else Python.

    Raises:
        InvalidInputError: None takes it.
    """
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    if grok.re2 is not None:
        try:
            compute.extract_regex(pa.array([""]), pattern=grok.re2)
        except pa.ArrowInvalid:
            grok = replace(grok, re2=None)
    if grok.re2 is None:
        try:
            re.compile(grok.expression)
        except (re.error, OverflowError, RecursionError) as error:
            raise InvalidInputError(
                f"GrokPattern {grok.text[:80]!r} is not a regular expression: {error}"
            ) from error
    return grok


def match_lines(grok: Grok, lines: Sequence[str]) -> list[Fields | None]:
    """Return the fields of each line, None for lines in which the pattern is not found.

    Raises:
        GrokTimeoutError: It takes too long.
    """
    if grok.re2 is None:
        found = _match_apart(grok.expression, lines)
    else:
        import pyarrow as pa  # noqa: PLC0415
        from pyarrow import compute  # noqa: PLC0415

        rows = pa.array(lines, pa.string())
        found = compute.extract_regex(rows, pattern=grok.re2).to_pylist()
    return [None if groups is None else fields_of(grok, groups) for groups in found]


def fields_of(grok: Grok, groups: Mapping[str, str | None]) -> Fields:
    """Return the fields of a match; of several groups of one field the first that holds text."""
    fields: list[str | None] = [None] * len(grok.fields)
    for number, index in enumerate(grok.groups):
        fields[index] = fields[index] or groups[f"g{number}"] or None
    return tuple(fields)


def _match_apart(expression: str, lines: Sequence[str]) -> list[dict[str, str | None] | None]:
    """Match in a process of its own: Python cannot be interrupted while it matches."""
    given = json.dumps({"expression": expression, "lines": lines})
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            input=given,
            capture_output=True,
            text=True,
            check=True,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise GrokTimeoutError(
            f"its pattern needs more than {TIMEOUT_SECONDS:g} s for {len(lines)} lines"
        ) from error
    found: list[dict[str, str | None] | None] = json.loads(done.stdout)
    return found
