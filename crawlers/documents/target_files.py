"""Targets as plain data, as YAML files write them.

Objects are a URI, or a mapping with ``uri``; every other kind is its name over its members::

    targets:
      - s3://lake/raw/
      - uri: s3://lake/logs/
        exclusions: ["*.tmp"]
      - jdbc: {connection_name: shop, path: shop/public/%}
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from types import NoneType
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.crawlers.targets import (
    AnyTarget,
    CatalogTarget,
    DeltaTarget,
    DynamoDBTarget,
    HudiTarget,
    IcebergTarget,
    JdbcTarget,
    MongoDBTarget,
    Target,
)

if TYPE_CHECKING:
    from gluepot.crawlers.documents.target_documents import TargetType

_KINDS: Mapping[str, TargetType] = {
    "jdbc": JdbcTarget,
    "dynamodb": DynamoDBTarget,
    "mongodb": MongoDBTarget,
    "catalog": CatalogTarget,
    "delta": DeltaTarget,
    "iceberg": IcebergTarget,
    "hudi": HudiTarget,
}
_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def target_from_json(value: object) -> AnyTarget:
    """Return the target of plain data.

    Raises:
        InvalidInputError: It is no target, or has a member that is unknown, missing or of another
            type.
    """
    if isinstance(value, str):
        return Target(uri=value)
    if not isinstance(value, Mapping) or not value:
        raise InvalidInputError(f"A target is a URI or a mapping, not {value!r}")
    first = str(next(iter(value)))
    if len(value) == 1 and first in _KINDS:
        return _build(_KINDS[first], f"A {first} target", value[first])
    known = [item.name for item in fields(Target)]
    for key in value:
        if key not in known:
            hint = did_you_mean(str(key), [*known, *_KINDS])
            raise InvalidInputError(f"A target has no {key!r}.{hint}")
    return _build(Target, "A target", value)


def target_to_json(target: AnyTarget) -> dict[str, Any]:
    """Return a target as plain data; ``target_from_json`` is the way back."""
    if isinstance(target, Target):
        return asdict(target)
    name = next(name for name, made in _KINDS.items() if isinstance(target, made))
    return {name: asdict(target)}


def _build(made: TargetType, what: str, value: object) -> AnyTarget:
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"{what} is a mapping of its members, not {value!r}")
    hints = typing.get_type_hints(made)
    for key in value:
        if key not in hints:
            raise InvalidInputError(f"{what} has no {key!r}.{did_you_mean(str(key), hints)}")
    needed = [item.name for item in fields(made) if item.default is MISSING]
    for name in needed:
        if not value.get(name):
            raise InvalidInputError(f"{what} needs a {name}")
    usual = {item.name: item.default for item in fields(made)}
    read = {
        name: _read(f"{what}: {name}", hints[name], item, usual[name])
        for name, item in value.items()
    }
    return made(**read)


def _read(where: str, hint: Any, value: object, usual: object) -> Any:  # noqa: ANN401 - a hint
    """Return a member's value if it is of the member's type; what is left empty is the usual."""
    if value is None and usual is not MISSING:
        return usual
    if typing.get_origin(hint) is tuple:
        texts = list(value) if isinstance(value, list | tuple) else [None]
        if not all(isinstance(item, str) for item in texts):
            raise InvalidInputError(f"{where} is a list of texts, not {value!r}")
        return tuple(texts)
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not NoneType]
    (kind,) = kinds
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise InvalidInputError(f"{where} is {_WORDS[kind]}, not {value!r}")
    return value
