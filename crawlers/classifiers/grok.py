"""Grok: named regular expressions that cut lines into fields, in bounded size and time.

Lines are matched by RE2, whose time is linear in the line whatever the pattern. A pattern that RE2
does not take, as it looks around or refers back, is matched by Python in a process of its own,
which is ended when it takes too long. A line matches if the pattern is found anywhere in it.

Source: AWS Glue developer guide, "Writing grok custom classifiers".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.catalog.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    STRING,
    TINYINT,
    Type,
)
from gluepot.crawlers.classifiers.grok_patterns import PATTERNS
from gluepot.crawlers.classifiers.grok_regex import for_re2, without_leading_flags

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH = 20
"""How many patterns may lie inside each other."""

MAX_LENGTH = 200_000
"""How many characters a pattern may have when all names in it are replaced."""

UNWANTED = "UNWANTED"
"""The field that is dropped."""

TYPES: Mapping[str, Type] = {
    "byte": TINYINT,
    "short": SMALLINT,
    "int": INT,
    "long": BIGINT,
    "float": FLOAT,
    "double": DOUBLE,
    "boolean": BOOLEAN,
    "string": STRING,
}

_PART = re.compile(
    r"%\{(?P<name>\w+)(?::(?P<field>[^:{}]+)(?::(?P<type>\w+))?)?\}|\(\?<(?P<raw>[A-Za-z]\w*)>|\\."
    r"|%\{(?P<wrong>[^}]*)",
    re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class GrokField:
    """A column that a pattern names, and its type."""

    name: str
    type: Type


@dataclass(frozen=True, kw_only=True)
class Grok:
    """A pattern with all its names replaced.

    Attributes:
        text: How it was written.
        custom: Definitions of its own, one a line, as they were written.
        fields: In the order in which the pattern names them, each once.
        groups: For each group ``g0``, ``g1``, ... of the expression the index of its field; a
            field that two branches name has two groups.
        expression: For Python.
        re2: For RE2; None where it has no such expression.
    """

    text: str
    custom: str
    fields: tuple[GrokField, ...]
    groups: tuple[int, ...]
    expression: str = field(repr=False)
    re2: str | None = field(repr=False)


def compile_grok(text: str, custom: str = "") -> Grok:
    """Return a pattern with its names replaced; ``grok_match.checked`` sees that it is one.

    >>> compile_grok("%{IP:client} %{NUMBER:bytes:long}").fields[1].name
    'bytes'

    Raises:
        InvalidInputError: It names no field, or a pattern or a type that is unknown; or it grows
            too large.
    """
    builder = _Builder({**PATTERNS, **read_custom(custom)})
    expression = builder.expand(text, 0)
    if not builder.fields:
        raise InvalidInputError(f"GrokPattern {text[:80]!r} names no field, as in %{{IP:client}}")
    return Grok(
        text=text,
        custom=custom,
        fields=tuple(GrokField(name=name, type=type_) for name, type_ in builder.fields.items()),
        groups=tuple(builder.groups),
        expression=expression,
        re2=for_re2(expression),
    )


def read_custom(text: str) -> dict[str, str]:
    """Return definitions, one a line: a name, a space, an expression.

    Raises:
        InvalidInputError: A line is none.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, _, expression = line.strip().partition(" ")
        if re.fullmatch(r"\w+", name) is None or not expression.strip():
            raise InvalidInputError(
                f"Line {number} of CustomPatterns is not a name, a space and an expression"
            )
        found[name] = expression.strip()
    return found


class _Builder:
    """Replaces names by expressions, and numbers the groups of fields."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self.fields: dict[str, Type] = {}
        self.groups: list[int] = []
        self._patterns = patterns
        self._length = 0

    def expand(self, text: str, depth: int) -> str:
        """Return a text without names of patterns."""
        if depth > MAX_DEPTH:
            raise InvalidInputError(
                f"Grok patterns lie more than {MAX_DEPTH} deep in each other, or lead back to"
                " themselves"
            )
        parts = []
        position = 0
        text = without_leading_flags(text)
        for found in _PART.finditer(text):
            parts += [text[position : found.start()], self._replaced(found, depth)]
            position = found.end()
        parts.append(text[position:])
        expanded = "".join(parts)
        self._length += len(expanded)
        if self._length > MAX_LENGTH:
            raise InvalidInputError(
                f"A grok pattern may have {MAX_LENGTH:,} characters when its names are replaced"
            )
        return expanded

    def _replaced(self, found: re.Match[str], depth: int) -> str:
        if found["raw"] is not None:
            return self._opened(found["raw"], None)
        if found["wrong"] is not None:
            raise InvalidInputError(
                f"A grok pattern has {found[0][:80]!r}; right is %{{NAME}}, %{{NAME:field}} or"
                " %{NAME:field:type}"
            )
        name = found["name"]
        if name is None:
            return found[0]
        if name not in self._patterns:
            hint = did_you_mean(name, self._patterns)
            raise InvalidInputError(f"A grok pattern names the unknown pattern {name}.{hint}")
        opened = "(?:" if found["field"] is None else self._opened(found["field"], found["type"])
        return f"{opened}{self.expand(self._patterns[name], depth + 1)})"

    def _opened(self, name: str, type_: str | None) -> str:
        """Return the start of the group of a field."""
        if name == UNWANTED:
            return "(?:"
        if type_ is not None and type_ not in TYPES:
            raise InvalidInputError(
                f"A grok pattern has the type {type_!r}; right are {', '.join(sorted(TYPES))}"
            )
        self.fields.setdefault(name, TYPES[type_ or "string"])
        self.groups.append(list(self.fields).index(name))
        return f"(?P<g{len(self.groups) - 1}>"
