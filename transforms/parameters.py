"""Kinds of parameters that a step of a declarative job takes: how each is checked and described."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.paths import parse_path

Check = Callable[[object], str | None]
"""Returns what would have been right, or None when the value is."""

Schema = Mapping[str, Any]
"""A part of a JSON Schema; it refuses nothing that the check accepts."""

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
"""The operators by which rows are split."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A check that can also say in a JSON Schema what it accepts.

    Attributes:
        wanted: What would have been right, after "must be".
        accepts: Tells whether a value is of the kind.
        schema: The same for editors, as far as JSON Schema can say it.
    """

    wanted: str
    accepts: Callable[[object], bool]
    schema: Schema

    def __call__(self, value: object) -> str | None:
        """Return what would have been right, or None when ``value`` is."""
        return None if self.accepts(value) else self.wanted


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a step.

    ``argument`` is the keyword of the transform when it is another than the parameter's name.
    """

    check: Check
    meaning: str
    required: bool = False
    argument: str | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of its values, with the meaning."""
        kind = self.check.schema if isinstance(self.check, Kind) else {}
        return {"description": self.meaning, **kind}

    @property
    def wanted(self) -> str:
        """Return what its values are, in words."""
        return self.check.wanted if isinstance(self.check, Kind) else ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_path(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse_path(value)
    except InvalidInputError:
        return False
    return True


def _are_paths(value: object) -> bool:
    values = [value] if isinstance(value, str) else value
    return isinstance(values, Sequence) and bool(values) and all(map(_is_path, values))


def _are_expressions(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(_is_text(name) and _is_text(sql) for name, sql in value.items())
    )


def _is_mapping(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and 2 <= len(value) <= 4  # noqa: PLR2004
        and all(map(_is_text, value))
    )


def _are_mappings(value: object) -> bool:
    return isinstance(value, Sequence) and bool(value) and all(map(_is_mapping, value))


_ACTIONS = r"(?:(?:cast|project):\s*\S.*|make_cols|make_struct)"


def _is_action(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(_ACTIONS, value) is not None


def _is_spec(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) == 2  # noqa: PLR2004
        and _is_path(value[0])
        and _is_action(value[1])
    )


def _are_specs(value: object) -> bool:
    return isinstance(value, Sequence) and bool(value) and all(map(_is_spec, value))


def _are_comparisons(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(_is_path(path) and _compares(wanted) for path, wanted in value.items())
    )


def _compares(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and set(value) <= set(COMPARISONS)


_TEXT = {"type": "string", "pattern": r"\S"}
_PATH = {"type": "string", "minLength": 1}

text = Kind(wanted="a text", accepts=_is_text, schema=_TEXT)
"""A string that is not blank."""

string = Kind(
    wanted="a string", accepts=lambda value: isinstance(value, str), schema={"type": "string"}
)
"""Any string, blank ones too: a space can be a separator."""

boolean = Kind(
    wanted="true or false",
    accepts=lambda value: isinstance(value, bool),
    schema={"type": "boolean"},
)

path = Kind(wanted="the path of a field", accepts=_is_path, schema=_PATH)
"""The path of one field."""

paths = Kind(
    wanted="a list of paths of fields",
    accepts=_are_paths,
    schema={"anyOf": [_PATH, {"type": "array", "items": _PATH, "minItems": 1}]},
)
"""A path, or a list of paths that is not empty."""

expressions = Kind(
    wanted="a mapping from column names to Spark SQL expressions",
    accepts=_are_expressions,
    schema={"type": "object", "additionalProperties": _TEXT, "minProperties": 1},
)

settings = Kind(
    wanted="a mapping from names to values",
    accepts=lambda value: isinstance(value, Mapping) and all(map(_is_text, value)),
    schema={"type": "object"},
)
"""Names to values of any kind."""

mappings = Kind(
    wanted="a list of [source, target], [source, target, type]"
    " or [source, source type, target, target type]",
    accepts=_are_mappings,
    schema={
        "type": "array",
        "minItems": 1,
        "items": {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 4},
    },
)
"""Glue's mappings: two, three or four texts each."""

specs = Kind(
    wanted="a list of [path, action], an action being cast:TYPE, project:TYPE, make_cols or"
    " make_struct",
    accepts=_are_specs,
    schema={
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "array",
            "prefixItems": [_PATH, {"type": "string", "pattern": f"^{_ACTIONS}$"}],
            "minItems": 2,
            "maxItems": 2,
        },
    },
)
"""How choices are resolved, path by path."""

choice = Kind(
    wanted="cast:TYPE, project:TYPE, make_cols, make_struct or match_catalog",
    accepts=lambda value: value == "match_catalog" or _is_action(value),
    schema={"type": "string", "pattern": f"^(?:match_catalog|{_ACTIONS})$"},
)
"""How all choices are resolved."""

comparisons = Kind(
    wanted="a mapping from paths to comparisons, as in {age: {'>': 10, '<': 20}}; there are "
    + " ".join(COMPARISONS),
    accepts=_are_comparisons,
    schema={
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"enum": list(COMPARISONS)},
        },
    },
)


def integer(least: int, most: int) -> Kind:
    """Return the kind of whole numbers between two bounds, both included."""

    def accepts(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return Kind(
        wanted=f"a number from {least} to {most}",
        accepts=accepts,
        schema={"type": "integer", "minimum": least, "maximum": most},
    )


def number(least: float, most: float) -> Kind:
    """Return the kind of numbers between two bounds, both included."""

    def accepts(value: object) -> bool:
        return (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and (least <= value <= most)
        )

    return Kind(
        wanted=f"a number from {least} to {most}",
        accepts=accepts,
        schema={"type": "number", "minimum": least, "maximum": most},
    )


def one_of(*words: str) -> Kind:
    """Return the kind of a few words."""
    return Kind(
        wanted="one of " + ", ".join(words),
        accepts=lambda value: value in words,
        schema={"enum": list(words)},
    )
