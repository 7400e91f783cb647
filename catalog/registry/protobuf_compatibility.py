"""Whether a Protobuf reader reads what was written with another file, by what lies on the wire.

Fields are known by their numbers; names do not count. Source: Protocol Buffers language guide,
"Updating A Message Type".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.registry.model import Incompatibility
from gluepot.catalog.registry.protobuf_tree import Label, ProtoType, TypeKind

if TYPE_CHECKING:
    from gluepot.catalog.registry.protobuf_tree import ProtoField, ProtoFile, ProtoMessage

_GROUPS = {
    **dict.fromkeys(("int32", "int64", "uint32", "uint64", "bool", "enum"), "varint"),
    **dict.fromkeys(("sint32", "sint64"), "zigzag"),
    **dict.fromkeys(("string", "bytes"), "text"),
    **dict.fromkeys(("fixed32", "sfixed32"), "32 bits"),
    **dict.fromkeys(("fixed64", "sfixed64"), "64 bits"),
    "float": "float",
    "double": "double",
}
_SINGLE_FROM_MANY = frozenset(("string", "bytes"))
_KNOWN_ENUMS = frozenset(("google.protobuf.NullValue", "google.protobuf.Syntax"))
_MAX_DEPTH = 100
_MAX_STEPS = 200_000

_Faults = tuple[Incompatibility, ...]


class _TooLargeError(Exception):
    """More fields than ``_MAX_STEPS``, or messages deeper inside each other than ``_MAX_DEPTH``."""


def protobuf_incompatibilities(reader: ProtoFile, writer: ProtoFile) -> list[Incompatibility]:
    """Return why ``reader`` cannot read every message written with ``writer``; empty if it can."""
    if reader.normal_form == writer.normal_form:
        return []
    comparison = _Comparison(reader, writer)
    try:
        return list(dict.fromkeys(comparison.run()))
    except _TooLargeError:
        message = "the two files take too many steps to compare"
        return [Incompatibility(path="/", message=message)]


def root_messages(file: ProtoFile) -> list[str]:
    """Return the messages that stand for themselves: not nested, and no field's type.

    Where every message is part of another, the first one does.
    """
    used = {
        one.type.name
        for message in file.messages.values()
        for one in message.fields
        if one.type.name != message.name
    }
    roots = [name for name in file.messages if name not in used and not file.is_nested(name)]
    return roots or [next(iter(file.messages))]


def _fault(path: str, message: str) -> _Faults:
    return (Incompatibility(path=path, message=message),)


class _Comparison:
    """Compares pairs of messages; a pair that is met inside itself is taken to fit.

    What was found to fit under such an assumption is forgotten and compared again when an
    assumption turned out wrong; what was found not to fit stays so.
    """

    def __init__(self, reader: ProtoFile, writer: ProtoFile) -> None:
        self._reader = reader
        self._writer = writer
        self._fits: set[tuple[str, str]] = set()
        self._faults: dict[tuple[str, str], _Faults] = {}
        self._steps = 0
        self._depth = 0

    def run(self) -> _Faults:
        missing: _Faults = ()
        for name in root_messages(self._writer):
            if name not in self._reader.messages:
                missing += _fault(name, "the reader's file has no message of this name")
        shared = [name for name in self._writer.messages if name in self._reader.messages]
        while True:
            known = len(self._faults)
            self._fits.clear()
            found = tuple(fault for name in shared for fault in self._messages(name, name, name))
            if len(self._faults) == known:
                return missing + found

    def _messages(self, left: str, right: str, path: str) -> _Faults:
        pair = (left, right)
        if pair in self._faults:
            return self._faults[pair]
        if pair in self._fits:
            return ()
        if self._depth > _MAX_DEPTH:
            raise _TooLargeError
        self._fits.add(pair)
        self._depth += 1
        found = self._fields(self._reader.messages[left], self._writer.messages[right], path)
        self._depth -= 1
        if found:
            self._fits.discard(pair)
            self._faults[pair] = found
        return found

    def _fields(self, reader: ProtoMessage, writer: ProtoMessage, path: str) -> _Faults:
        written = {one.number: one for one in writer.fields}
        faults: list[Incompatibility] = []
        for one in reader.fields:
            self._steps += 1
            if self._steps > _MAX_STEPS:
                raise _TooLargeError
            here = f"{path}.{one.name}"
            source = written.get(one.number)
            if source is not None:
                faults += self._field(one, source, here)
            if one.label is Label.REQUIRED and (
                source is None or source.label is not Label.REQUIRED
            ):
                faults += _fault(
                    here,
                    f"the reader requires field {one.number}, which the writer may leave out",
                )
        return (*faults, *_oneofs(reader, written, path))

    def _field(self, reader: ProtoField, writer: ProtoField, path: str) -> _Faults:
        shown = f"field {reader.number}"
        if (reader.map_key is None) is not (writer.map_key is None):
            return self._map_and_message(reader, writer, path)
        if reader.map_key is not None and writer.map_key is not None:
            if _GROUPS[reader.map_key] != _GROUPS[writer.map_key]:
                return _fault(
                    path,
                    f"the keys of {shown} are {reader.map_key} for the reader,"
                    f" {writer.map_key} for the writer",
                )
        elif writer.label is Label.REPEATED and reader.label is not Label.REPEATED:
            numeric = writer.type.kind in {TypeKind.SCALAR, TypeKind.ENUM}
            if numeric and writer.type.name not in _SINGLE_FROM_MANY:
                return _fault(
                    path,
                    f"{shown} is repeated for the writer and single for the reader; numbers are"
                    " packed together, and one alone cannot be read from that",
                )
        return self._types(reader.type, writer.type, path, shown) + self._closed_enum(
            reader, writer, path
        )

    def _types(self, reader: ProtoType, writer: ProtoType, path: str, shown: str) -> _Faults:
        if reader.kind is TypeKind.MESSAGE and writer.kind is TypeKind.MESSAGE:
            return self._messages(reader.name, writer.name, path)
        if _is_message(writer) and reader.name == "bytes":
            return ()
        left, right = _group(reader), _group(writer)
        if left is not None and left == right:
            return ()
        if reader == writer:
            return ()
        return _fault(
            path,
            f"{shown} is {reader.name} for the reader and {writer.name} for the writer, which lie"
            " differently on the wire",
        )

    def _closed_enum(self, reader: ProtoField, writer: ProtoField, path: str) -> _Faults:
        """A closed enum drops numbers it does not know; a required field is then missing."""
        if reader.label is not Label.REQUIRED or reader.type.kind is not TypeKind.ENUM:
            return ()
        enum = self._reader.enums[reader.type.name]
        other = self._writer.enums.get(writer.type.name)
        known = set(enum.numbers.values())
        unknown = None if other is None else sorted(set(other.numbers.values()) - known)
        if not enum.closed or unknown == []:
            return ()
        numbers = "others" if unknown is None else ", ".join(map(str, unknown))
        return _fault(
            path,
            f"the reader requires a number of the enum {enum.name}, the writer may write {numbers}",
        )

    def _map_and_message(self, reader: ProtoField, writer: ProtoField, path: str) -> _Faults:
        """A map lies on the wire as a repeated message with a key 1 and a value 2."""
        table, other, file = (
            (reader, writer, self._writer)
            if reader.map_key is not None
            else (writer, reader, self._reader)
        )
        entry = file.messages.get(other.type.name)
        members = {one.number: one for one in entry.fields} if entry is not None else {}
        if other.label is not Label.REPEATED or not {1, 2} <= set(members):
            return _fault(
                path,
                f"field {reader.number} is a map on one side only, and not a repeated message"
                " with a key 1 and a value 2 on the other",
            )
        key = ProtoType(kind=TypeKind.SCALAR, name=str(table.map_key))
        pairs = [(key, members[1].type), (table.type, members[2].type)]
        if table is writer:
            pairs = [(right, left) for left, right in pairs]
        shown = f"an entry of field {reader.number}"
        return tuple(
            fault for left, right in pairs for fault in self._types(left, right, path, shown)
        )


def _oneofs(reader: ProtoMessage, written: dict[int, ProtoField], path: str) -> _Faults:
    """Fields that could be set together must not become a choice: all but one would be lost."""
    choices: dict[str, list[ProtoField]] = {}
    for one in reader.fields:
        if one.oneof is not None and one.number in written:
            choices.setdefault(one.oneof, []).append(written[one.number])
    faults: _Faults = ()
    for name, sources in choices.items():
        together = {source.oneof for source in sources}
        if len(sources) > 1 and (None in together or len(together) > 1):
            numbers = ", ".join(str(source.number) for source in sources)
            faults += _fault(
                f"{path}.{name}",
                f"the reader takes one of the fields {numbers}, the writer may write several",
            )
    return faults


def _is_message(type_: ProtoType) -> bool:
    return type_.kind is TypeKind.MESSAGE or (
        type_.kind is TypeKind.KNOWN and type_.name not in _KNOWN_ENUMS
    )


def _group(type_: ProtoType) -> str | None:
    """Return which types lie alike on the wire, or None for messages."""
    if type_.kind is TypeKind.ENUM or type_.name in _KNOWN_ENUMS:
        return _GROUPS["enum"]
    return _GROUPS[type_.name] if type_.kind is TypeKind.SCALAR else None
