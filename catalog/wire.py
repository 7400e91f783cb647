"""The model as AWS Glue's JSON and back; definitions are stored in this form too.

A member that is None is absent. Names are the model's in camel case, times are seconds since
1970 as a number. What a class's ``others`` hold stands beside its members, unchanged.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from gluepot.catalog.errors import InvalidInputError, did_you_mean

T = TypeVar("T")
_OTHERS = "others"
_Convert = Callable[[Any, str], Any]


@dataclass(frozen=True, kw_only=True)
class _Member:
    attribute: str
    key: str
    required: bool
    read: _Convert


def to_wire(thing: object) -> dict[str, Any]:
    """Return Glue's JSON of a dataclass of the model.

    >>> from gluepot.catalog.model import Column
    >>> to_wire(Column(name="a", type="int"))
    {'Name': 'a', 'Type': 'int'}
    """
    keys = _keys(type(thing))  # type: ignore[arg-type] # a class is hashable; its type says not
    found = ((key, getattr(thing, attribute)) for attribute, key in keys)
    wire = {key: _plain(value) for key, value in found if value is not None}
    return wire | (getattr(thing, _OTHERS, None) or {})


def from_wire(cls: type[T], wire: Mapping[str, Any]) -> T:
    """Return the ``cls`` that Glue's JSON describes.

    A member that ``cls`` does not have goes to its ``others``.

    Raises:
        InvalidInputError: A member is missing, of the wrong kind, or unknown to a class without
            ``others``; its path is named.
    """
    made: T = _read(cls, wire, cls.__name__)
    return made


@functools.cache
def _keys(cls: type[Any]) -> tuple[tuple[str, str], ...]:
    if not is_dataclass(cls):
        raise TypeError(f"{cls.__name__} is not of the model")
    return tuple((field.name, _camel(field.name)) for field in fields(cls) if field.name != _OTHERS)


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _plain(value: Any) -> Any:  # noqa: ANN401
    match value:
        case str() | bool() | int():
            return value
        case tuple():
            return [_plain(item) for item in value]
        case datetime():
            return value.timestamp()
        case Mapping():
            return dict(value)
        case _:
            return to_wire(value)


def _read(cls: type, wire: object, path: str) -> Any:  # noqa: ANN401
    if not isinstance(wire, Mapping):
        raise InvalidInputError(f"{path} is {_kind(wire)}, not an object")
    members = _members(cls)
    found: dict[str, Any] = {}
    others = {}
    for key, value in wire.items():
        member = members.get(key)
        if value is None:
            continue
        if member is None:
            others[key] = value
        else:
            found[member.attribute] = member.read(value, f"{path}.{key}")
    if others:
        found[_OTHERS] = _checked_others(cls, others, members, path)
    for member in members.values():
        if member.required and member.attribute not in found:
            raise InvalidInputError(f"{path} lacks its member {member.key!r}")
    return cls(**found)


def _checked_others(
    cls: type, others: Mapping[str, Any], members: Mapping[str, _Member], path: str
) -> Mapping[str, Any]:
    if any(field.name == _OTHERS for field in fields(cls)):
        return others
    key = next(iter(others))
    raise InvalidInputError(f"{path} has no member {key!r}.{did_you_mean(str(key), members)}")


@functools.cache
def _members(cls: type) -> Mapping[str, _Member]:
    # The model imports these names for type checkers only.
    hints = typing.get_type_hints(cls, localns={"Mapping": Mapping, "datetime": datetime})
    return {
        _camel(field.name): _Member(
            attribute=field.name,
            key=_camel(field.name),
            required=types.NoneType not in typing.get_args(hints[field.name]),
            read=_reader(hints[field.name]),
        )
        for field in fields(cls)
        if field.name != _OTHERS
    }


def _reader(hint: Any) -> _Convert:  # noqa: ANN401
    """Return the function that reads one member: ``(value, path) -> value of the model``."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        (only,) = (item for item in arguments if item is not types.NoneType)
        return _reader(only)
    if origin is tuple:
        return _tuple_reader(_reader(arguments[0]))
    if origin is Mapping:
        return _read_texts
    if isinstance(hint, type) and is_dataclass(hint):
        return functools.partial(_read, hint)
    return _SCALARS[hint]


def _tuple_reader(item: _Convert) -> _Convert:
    def read(value: object, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise InvalidInputError(f"{path} is {_kind(value)}, not a list")
        return tuple(item(one, f"{path}[{number}]") for number, one in enumerate(value))

    return read


def _read_texts(value: object, path: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"{path} is {_kind(value)}, not an object")
    for key, text in value.items():
        if not isinstance(text, str):
            raise InvalidInputError(f"{path}[{key!r}] is {_kind(text)}, not a text")
    return dict(value)


def _read_text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{path} is {_kind(value)}, not a text")
    return value


def _read_whole(value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInputError(f"{path} is {_kind(value)}, not a whole number")
    return value


def _read_flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInputError(f"{path} is {_kind(value)}, not true or false")
    return value


def _read_time(value: object, path: str) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInputError(f"{path} is {_kind(value)}, not seconds since 1970")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise InvalidInputError(f"{path} is not a time that can be: {value}") from error


_SCALARS: Mapping[type, _Convert] = {
    str: _read_text,
    int: _read_whole,
    bool: _read_flag,
    datetime: _read_time,
}


def _kind(value: object) -> str:
    kinds = {"str": "a text", "bool": "true or false", "list": "a list", "dict": "an object"}
    name = type(value).__name__
    return kinds.get(name, "a number" if name in {"int", "float"} else name)
