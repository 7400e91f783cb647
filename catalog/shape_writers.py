"""Shapes of a service model as functions that write replies: ``(value, path) -> JSON data``."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import orjson

Writer: TypeAlias = Callable[[Any, str], Any]


class Stored(dict[str, Any]):
    """A document that was checked against the model when it was stored; not checked again."""


class ShapeWriters:
    """Makes the writers of a model's shapes, each once; shapes may hold themselves."""

    def __init__(self, shapes: Mapping[str, Mapping[str, Any]]) -> None:
        self._shapes = shapes
        self._writers: dict[str, Writer] = {}

    def writer(self, name: str) -> Writer:
        """Return the writer of a shape."""
        found = self._writers.get(name)
        if found is not None:
            return found

        def again(value: Any, path: str) -> Any:  # noqa: ANN401
            return self._writers[name](value, path)

        # A shape that holds itself finds this one while its own writer is being made.
        self._writers[name] = again
        self._writers[name] = self._make(name, self._shapes[name])
        return self._writers[name]

    def _make(self, name: str, shape: Mapping[str, Any]) -> Writer:
        if shape.get("document"):
            return _write_as_is
        match shape["type"]:
            case "structure":
                members = {
                    key: self.writer(member["shape"]) for key, member in shape["members"].items()
                }
                return _structure_writer(name, members, frozenset(shape.get("required", ())))
            case "list":
                return _list_writer(self.writer(shape["member"]["shape"]))
            case "map":
                return _map_writer(self.writer(shape["value"]["shape"]))
            case kind:
                return _SCALARS[kind]


def _structure_writer(name: str, members: Mapping[str, Writer], required: frozenset[str]) -> Writer:
    def write(value: Any, path: str) -> Any:  # noqa: ANN401
        if isinstance(value, Stored | orjson.Fragment):
            return value
        if not isinstance(value, Mapping):
            raise _not_of_model(path, name, value)
        written = {}
        for key, item in value.items():
            member = members.get(key)
            if member is None:
                raise TypeError(f"reply {path}: {name} has no member {key}")
            if item is not None:
                written[key] = member(item, key)
        if required and not required <= written.keys():
            missing = sorted(required - written.keys())
            raise TypeError(f"reply {path}: {name} lacks its members {missing}")
        return written

    return write


def _list_writer(item: Writer) -> Writer:
    def write(value: Any, path: str) -> Any:  # noqa: ANN401
        if isinstance(value, orjson.Fragment):
            return value
        if not isinstance(value, list | tuple):
            raise _not_of_model(path, "list", value)
        return [item(one, path) for one in value]

    return write


def _map_writer(item: Writer) -> Writer:
    def write(value: Any, path: str) -> Any:  # noqa: ANN401
        if not isinstance(value, Mapping):
            raise _not_of_model(path, "map", value)
        return {key: item(one, path) for key, one in value.items() if one is not None}

    return write


def _scalar_writer(*types: type) -> Writer:
    names = " or ".join(kind.__name__ for kind in types)

    def write(value: Any, path: str) -> Any:  # noqa: ANN401
        if type(value) not in types and not (str in types and isinstance(value, str)):
            raise _not_of_model(path, names, value)
        return value

    return write


def _write_as_is(value: Any, _path: str) -> Any:  # noqa: ANN401
    return value


def _write_time(value: Any, path: str) -> float:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.timestamp()
    if type(value) not in {int, float}:
        raise _not_of_model(path, "time", value)
    seconds: float = value
    return seconds


def _write_blob(value: Any, path: str) -> str:  # noqa: ANN401
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if not isinstance(value, str):
        raise _not_of_model(path, "bytes or base64 text", value)
    return value


def _not_of_model(path: str, wanted: str, value: object) -> TypeError:
    return TypeError(f"reply {path}: not a {wanted} but a {type(value).__name__}")


_SCALARS: Mapping[str, Writer] = {
    "string": _scalar_writer(str),
    "integer": _scalar_writer(int),
    "long": _scalar_writer(int),
    "boolean": _scalar_writer(bool),
    "double": _scalar_writer(float, int),
    "float": _scalar_writer(float, int),
    "timestamp": _write_time,
    "blob": _write_blob,
}
