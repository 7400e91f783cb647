"""Whether the default of an Avro field is a value of the field's type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.avro_tree import (
    Array,
    Enum,
    Fixed,
    Map,
    Primitive,
    Record,
    Reference,
    Union,
    kind_of,
)
from gluepot.catalog.registry.json_text import normal_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.registry.avro_tree import Named, Node

_BITS = {"int": 31, "long": 63}
_LAST_BYTE = 255
_SHOWN = 40


def default_fault(node: Node, value: Any, named: Mapping[str, Named]) -> str | None:  # noqa: ANN401
    """Return what is wrong with a default as the end of a sentence, or None.

    Bytes are text with a character from 0 to 255 for each byte. The default of a union may be of
    any of its branches, as from version 1.12 of the specification.
    """
    if _Check(named).fits(node, value):
        return None
    text = normal_json(value)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f"is {shown}, which is no value of {kind_of(node)}"


class _Check:
    """Looks at a type and a part of the value once: unions would else try them over and over."""

    def __init__(self, named: Mapping[str, Named]) -> None:
        self._named = named
        self._known: dict[tuple[int, int], bool] = {}

    def fits(self, node: Node | Named, value: Any) -> bool:  # noqa: ANN401
        if isinstance(node, Primitive):
            return _fits_primitive(node.name, value)
        pair = (id(node), id(value))
        if pair not in self._known:
            self._known[pair] = self._look(node, value)
        return self._known[pair]

    def _look(self, node: Node | Named, value: Any) -> bool:  # noqa: ANN401, PLR0911  one a type
        match node:
            case Reference(name=name):
                return self.fits(self._named[name], value)
            case Array(items=items):
                return isinstance(value, list) and all(self.fits(items, one) for one in value)
            case Map(values=values):
                return isinstance(value, dict) and all(
                    self.fits(values, one) for one in value.values()
                )
            case Union(branches=branches):
                return any(self.fits(branch, value) for branch in branches)
            case Fixed(size=size):
                return _fits_primitive("bytes", value) and len(value) == size
            case Enum(symbols=symbols):
                return value in symbols
            case Record():
                return isinstance(value, dict) and self._fits_record(node, value)
            case _:
                return False

    def _fits_record(self, record: Record, value: dict[str, Any]) -> bool:
        return all(
            self.fits(field.type, value[field.name]) if field.name in value else field.has_default
            for field in record.fields
        )


def _fits_primitive(name: str, value: Any) -> bool:  # noqa: ANN401
    match name:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "int" | "long":
            limit = 1 << _BITS[name]
            return type(value) is int and -limit <= value < limit
        case "float" | "double":
            return type(value) in {int, float}
        case "bytes":
            return isinstance(value, str) and all(ord(char) <= _LAST_BYTE for char in value)
        case _:
            return isinstance(value, str)
