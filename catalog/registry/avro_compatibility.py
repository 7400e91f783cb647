"""Whether an Avro reader's schema reads what was written with another: schema resolution.

Source: Apache Avro specification 1.12, "Schema Resolution".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    short_name,
)
from gluepot.catalog.registry.model import Incompatibility

if TYPE_CHECKING:
    from gluepot.catalog.registry.avro_tree import AvroSchema, Field, Logical, Named, Node

_PROMOTIONS = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
_MAX_STEPS = 200_000
"""How many pairs of types are compared; only schemas made to be slow need more."""

_MAX_DEPTH = 80
"""How many named types are compared inside each other."""

_SHOWN = 10
"""How many symbols a sentence names."""

_Faults = tuple[Incompatibility, ...]


class _TooLargeError(Exception):
    """More pairs of types than ``_MAX_STEPS``, or deeper inside each other than ``_MAX_DEPTH``."""


def avro_incompatibilities(reader: AvroSchema, writer: AvroSchema) -> list[Incompatibility]:
    """Return why ``reader`` cannot read every value written with ``writer``; empty if it can."""
    if reader.normal_form == writer.normal_form:
        return []
    comparison = _Comparison(reader, writer)
    try:
        return list(dict.fromkeys(comparison.run()))
    except _TooLargeError:
        return [
            Incompatibility(
                path="/",
                message="the two schemas take too many steps to compare",
            )
        ]


class _Comparison:
    """Compares pairs of types; a pair that is met inside itself is taken to fit.

    What was found to fit while such an assumption stood is forgotten when it turns out wrong, and
    compared again; what was found not to fit stays so. This ends, since each round but the last
    finds another pair that does not fit.
    """

    def __init__(self, reader: AvroSchema, writer: AvroSchema) -> None:
        self._reader = reader
        self._writer = writer
        self._fits: set[tuple[str, str]] = set()
        self._faults: dict[tuple[str, str], _Faults] = {}
        self._steps = 0
        self._depth = 0

    def run(self) -> _Faults:
        while True:
            known = len(self._faults)
            self._fits.clear()
            found = self._compare(self._reader.root, self._writer.root, "")
            if found or len(self._faults) == known:
                return found

    def _compare(self, reader: Node, writer: Node, path: str) -> _Faults:  # noqa: PLR0911  a rule each
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise _TooLargeError
        match reader, writer:
            case _, Union(branches=branches):
                faults: _Faults = ()
                for branch in branches:
                    faults += self._compare(reader, branch, path)
                return faults
            case Union(branches=branches), _:
                return self._any_of(branches, writer, path)
            case Reference(name=left), Reference(name=right):
                return self._named(left, right, path)
            case Array(items=left_item), Array(items=right_item):
                return self._compare(left_item, right_item, f"{path}/items")
            case Map(values=left_value), Map(values=right_value):
                return self._compare(left_value, right_value, f"{path}/values")
            case Primitive(), Primitive():
                return _primitives(reader, writer, path)
            case _:
                return self._mismatch(reader, writer, path)

    def _any_of(self, branches: tuple[Node, ...], writer: Node, path: str) -> _Faults:
        near: _Faults = ()
        for branch in branches:
            faults = self._compare(branch, writer, path)
            if not faults:
                return ()
            if _same_kind(branch, writer):
                near = faults
        shown = kind_of(Union(branches=branches))
        message = f"no branch of {shown} reads {self._shown(self._writer, writer)}"
        if near:
            message += f" (the nearest does not since {near[0]})"
        return _fault(path, message)

    def _named(self, left: str, right: str, path: str) -> _Faults:
        pair = (left, right)
        if pair in self._faults:
            return self._faults[pair]
        if pair in self._fits:
            return ()
        if self._depth > _MAX_DEPTH:
            raise _TooLargeError
        self._fits.add(pair)
        self._depth += 1
        found = self._definitions(self._reader.named[left], self._writer.named[right], path)
        self._depth -= 1
        if found:
            self._fits.discard(pair)
            self._faults[pair] = found
        return found

    def _definitions(self, reader: Named, writer: Named, path: str) -> _Faults:
        if type(reader) is not type(writer):
            return _fault(path, f"{kind_of(reader)} cannot read {kind_of(writer)}")
        if short_name(reader.name) != short_name(writer.name) and not (
            {writer.name, short_name(writer.name)} & set(reader.aliases)
        ):
            return _fault(
                path,
                f"{kind_of(reader)} cannot read {kind_of(writer)}: neither its name nor an alias"
                " is the same",
            )
        if isinstance(reader, Record) and isinstance(writer, Record):
            return self._records(reader, writer, path)
        if isinstance(reader, Enum) and isinstance(writer, Enum):
            return _enums(reader, writer, path)
        if isinstance(reader, Fixed) and isinstance(writer, Fixed):
            return _fixeds(reader, writer, path)
        return ()

    def _records(self, reader: Record, writer: Record, path: str) -> _Faults:
        written = {field.name: field for field in writer.fields}
        faults: _Faults = ()
        for field in reader.fields:
            here = f"{path}/{field.name}"
            source = _source(field, written)
            if source is not None:
                faults += self._compare(field.type, source.type, here)
            elif not field.has_default:
                faults += _fault(
                    here,
                    f"the reader's field {field.name} is not in the writer's record"
                    f" {writer.name}, and has no default",
                )
        return faults

    def _mismatch(self, reader: Node, writer: Node, path: str) -> _Faults:
        left, right = self._shown(self._reader, reader), self._shown(self._writer, writer)
        return _fault(path, f"{left} cannot read {right}")

    @staticmethod
    def _shown(schema: AvroSchema, node: Node) -> str:
        return kind_of(schema.named[node.name] if isinstance(node, Reference) else node)


def _source(field: Field, written: dict[str, Field]) -> Field | None:
    for name in (field.name, *field.aliases):
        if name in written:
            return written[name]
    return None


def _same_kind(reader: Node, writer: Node) -> bool:
    if isinstance(reader, Reference) and isinstance(writer, Reference):
        return short_name(reader.name) == short_name(writer.name)
    return type(reader) is type(writer) and not isinstance(reader, Primitive)


def _fault(path: str, message: str) -> _Faults:
    return (Incompatibility(path=path or "/", message=message),)


def _primitives(reader: Primitive, writer: Primitive, path: str) -> _Faults:
    if reader.name != writer.name and reader.name not in _PROMOTIONS.get(writer.name, ()):
        return _fault(path, f"{reader.name} cannot read {writer.name}")
    return _decimals(reader.logical, writer.logical, path)


def _decimals(reader: Logical | None, writer: Logical | None, path: str) -> _Faults:
    """Two decimals match if precision and scale are equal; their bytes do not say the scale."""
    if reader is None or writer is None or reader == writer:
        return ()
    if not reader.name == writer.name == "decimal":
        return ()
    return _fault(
        path,
        f"decimal({reader.precision},{reader.scale}) cannot read"
        f" decimal({writer.precision},{writer.scale})",
    )


def _enums(reader: Enum, writer: Enum, path: str) -> _Faults:
    known = set(reader.symbols)
    unknown = [symbol for symbol in writer.symbols if symbol not in known]
    if not unknown or reader.default is not None:
        return ()
    shown = ", ".join(unknown[:_SHOWN])
    return _fault(
        path, f"enum {reader.name} does not know the writer's symbols {shown}, and has no default"
    )


def _fixeds(reader: Fixed, writer: Fixed, path: str) -> _Faults:
    if reader.size != writer.size:
        return _fault(
            path,
            f"fixed {reader.name} of {reader.size} bytes cannot read one of {writer.size} bytes",
        )
    return _decimals(reader.logical, writer.logical, path)
