"""The parameters of a blueprint's run, checked against its specification. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_PARAMETERS = 128 << 10
"""Bytes. Source: Glue's quotas."""


def _is_text(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "String": _is_text(".*"),
    "Integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Double": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Boolean": lambda value: isinstance(value, bool),
    "S3Uri": _is_text(r"s3://[^/]+(/.*)?"),
    "S3Bucket": _is_text(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    "IAMRoleArn": _is_text(r"arn:aws[^:]*:iam::[0-9]*:role/.+"),
    "IAMRoleName": _is_text(r"[\w+=,.@-]{1,64}"),
}


def read_parameters(spec: Mapping[str, Any], text: str | None) -> dict[str, Any]:
    """Return the parameters of a run, with defaults for those that are not given.

    Raises:
        InvalidInputError: One is missing, unknown, or not what the specification says.
    """
    given = _read(text or "{}")
    for name in given:
        if name not in spec:
            raise InvalidInputError(
                f"The blueprint has no parameter {name!r}.{did_you_mean(name, spec)}"
            )
    found: dict[str, Any] = {}
    for name, one in spec.items():
        if name in given:
            _check(name, one, given[name])
            found[name] = given[name]
        elif "defaultValue" in one:
            found[name] = one["defaultValue"]
        else:
            raise InvalidInputError(f"The parameter {name!r} is missing; it has no default")
    return found


def _read(text: str) -> dict[str, Any]:
    if len(text.encode()) > MAX_PARAMETERS:
        raise InvalidInputError(f"Parameters have at most {MAX_PARAMETERS} bytes")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"Parameters is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidInputError("Parameters is a JSON object")
    return found


def _check(name: str, spec: Mapping[str, Any], value: Any) -> None:  # noqa: ANN401
    values = value if spec.get("collection") else [value]
    if not isinstance(values, list):
        raise InvalidInputError(f"The parameter {name!r} is an array")
    for one in values:
        if not _CHECKS[spec["type"]](one):
            shown = json.dumps(one)[:80]
            raise InvalidInputError(f"The parameter {name!r} is of type {spec['type']}: {shown}")
        allowed = spec.get("allowedValues")
        if allowed and one not in allowed:
            words = ", ".join(map(str, allowed))
            raise InvalidInputError(f"The parameter {name!r} is one of {words}")
