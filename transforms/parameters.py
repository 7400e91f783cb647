"""Kinds of parameters that a step of a declarative job takes, and how each is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.paths import parse_path

Check = Callable[[object], str | None]
"""Returns what would have been right, or None when the value is."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a step.

    ``argument`` is the keyword of the transform when it is another than the parameter's name.
    """

    check: Check
    meaning: str
    required: bool = False
    argument: str | None = None


def text(value: object) -> str | None:
    """Accept a string that is not blank."""
    return None if isinstance(value, str) and value.strip() else "a text"


def boolean(value: object) -> str | None:
    """Accept true or false."""
    return None if isinstance(value, bool) else "true or false"


def integer(least: int, most: int) -> Check:
    """Accept a whole number between two bounds, both included."""

    def check(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return None
        return f"a number from {least} to {most}"

    return check


def one_of(*words: str) -> Check:
    """Accept one of a few words."""

    def check(value: object) -> str | None:
        return None if value in words else "one of " + ", ".join(words)

    return check


def path(value: object) -> str | None:
    """Accept the path of one field."""
    return None if isinstance(value, str) and _is_path(value) else "the path of a field"


def paths(value: object) -> str | None:
    """Accept a path or a list of paths that is not empty."""
    values = [value] if isinstance(value, str) else value
    right = isinstance(values, Sequence) and values and not any(map(path, values))
    return None if right else "a list of paths of fields"


def expressions(value: object) -> str | None:
    """Accept a mapping from column names to Spark SQL expressions."""
    right = (
        isinstance(value, Mapping)
        and value
        and not any(text(name) or text(sql) for name, sql in value.items())
    )
    return None if right else "a mapping from column names to Spark SQL expressions"


def settings(value: object) -> str | None:
    """Accept a mapping from names to values of any kind."""
    right = isinstance(value, Mapping) and not any(map(text, value))
    return None if right else "a mapping from names to values"


def mappings(value: object) -> str | None:
    """Accept a list of Glue's mappings: two, three or four texts each."""
    right = isinstance(value, Sequence) and value and all(map(_is_mapping, value))
    return (
        None
        if right
        else "a list of [source, target], [source, target, type]"
        " or [source, source type, target, target type]"
    )


def _is_mapping(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and 2 <= len(value) <= 4  # noqa: PLR2004
        and not any(map(text, value))
    )


def _is_path(value: str) -> bool:
    try:
        parse_path(value)
    except InvalidInputError:
        return False
    return True
