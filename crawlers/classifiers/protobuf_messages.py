"""Whether bytes are a message of a Protobuf schema, and how a file divides into messages.

Source: Protocol Buffers documentation, "Encoding" and "Techniques"; the wire format of AWS Glue
Schema Registry's open serializers.
"""

from __future__ import annotations

import uuid
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.registry.protobuf_tree import Label, ProtoField, ProtoType, TypeKind
from gluepot.crawlers.classifiers.protobuf_wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    WireError,
    read_fields,
    read_varint,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.registry.protobuf_tree import ProtoFile

MAX_LEVELS = 64
"""How deep messages may nest; Protobuf's own readers stop at 100."""

MAX_MESSAGES = 1_000
"""How many messages of a file are looked at."""

MAX_PLAIN_BYTES = 16 * 1024 * 1024
"""What a message that was compressed may expand to."""

_REGISTRY_VERSION = 3
_REGISTRY_HEADER_BYTES = 18
_PLAIN, _ZLIB = 0, 5

_WIRES: Mapping[str, int] = {
    **dict.fromkeys(("int32", "int64", "uint32", "uint64", "sint32", "sint64", "bool"), VARINT),
    **dict.fromkeys(("fixed32", "sfixed32", "float"), FIXED32),
    **dict.fromkeys(("fixed64", "sfixed64", "double"), FIXED64),
    **dict.fromkeys(("string", "bytes"), BYTES),
}
_WIDTHS = {FIXED32: 4, FIXED64: 8}
_ENUMS = frozenset(f"google.protobuf.{name}" for name in ("NullValue", "Syntax"))


class MismatchError(Exception):
    """Bytes are no message of a schema; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class Framing:
    """How a file divides into messages.

    Attributes:
        name: ``delimited``, ``message`` or, with the registry's header before each, ``glue``.
        messages: The first ones.
        bytes: How much of the file they take.
        whole: They are all there are.
        cut: Something follows that is no message.
    """

    name: str
    messages: tuple[bytes, ...]
    bytes: int
    whole: bool
    cut: bool = False


def check_message(file: ProtoFile, name: str, data: bytes, level: int = 0) -> None:
    """Return when every field of a message is one that the schema has, written as it says.

    Raises:
        MismatchError: One is not, or the message nests too deep.
        WireError: The bytes are no message of any schema.
    """
    if level > MAX_LEVELS:
        raise MismatchError(f"it nests deeper than {MAX_LEVELS} messages")
    message = file.messages[name]
    known = {item.number: item for item in message.fields}
    seen = set()
    for number, wire, value in read_fields(data):
        field = known.get(number)
        if field is None:
            raise MismatchError(f"field {number} is not in message {name}")
        seen.add(number)
        if field.map_key is not None:
            _check_entry(file, field, wire, value, level)
        else:
            _check_field(file, field, wire, value, level)
    missing = [
        item.name
        for item in message.fields
        if item.label is Label.REQUIRED and item.number not in seen
    ]
    if missing:
        raise MismatchError(f"message {name} is without its required {', '.join(missing)}")


def _check_field(
    file: ProtoFile, field: ProtoField, wire: int, value: int | bytes, level: int
) -> None:
    expected = _wire_of(field.type)
    if wire == expected:
        _check_value(file, field.type, value, f"field {field.name}", level)
    elif field.label is Label.REPEATED and wire == BYTES and isinstance(value, bytes):
        _check_packed(expected, value, field.name)
    else:
        raise MismatchError(
            f"field {field.name} is {field.type.name}, which the wire type {wire} cannot be"
        )


def _check_entry(
    file: ProtoFile, field: ProtoField, wire: int, value: int | bytes, level: int
) -> None:
    if wire != BYTES or not isinstance(value, bytes) or field.map_key is None:
        raise MismatchError(f"field {field.name} is a map, which the wire type {wire} cannot be")
    types = {1: ProtoType(kind=TypeKind.SCALAR, name=field.map_key), 2: field.type}
    for number, inner_wire, inner in read_fields(value):
        type_ = types.get(number)
        if type_ is None or inner_wire != _wire_of(type_):
            raise MismatchError(f"field {field.name} has an entry that is no key and value")
        _check_value(file, type_, inner, f"field {field.name}", level)


def _check_value(
    file: ProtoFile, type_: ProtoType, value: int | bytes, place: str, level: int
) -> None:
    if isinstance(value, int):
        if type_.name == "bool" and value > 1:
            raise MismatchError(f"{place} is bool, but holds {value}")
    elif type_.kind is TypeKind.MESSAGE:
        check_message(file, type_.name, value, level + 1)
    elif type_.kind is TypeKind.KNOWN:
        for _ in read_fields(value):
            pass
    elif type_.name == "string":
        try:
            value.decode()
        except UnicodeDecodeError as error:
            raise MismatchError(f"{place} is string, but not UTF-8") from error


def _check_packed(wire: int, value: bytes, name: str) -> None:
    if wire == VARINT:
        position = 0
        while position < len(value):
            _, position = read_varint(value, position)
    elif wire not in _WIDTHS or len(value) % _WIDTHS[wire]:
        raise MismatchError(f"field {name} is not a packed list of its type")


def _wire_of(type_: ProtoType) -> int:
    if type_.kind is TypeKind.SCALAR:
        return _WIRES[type_.name]
    if type_.kind is TypeKind.ENUM or type_.name in _ENUMS:
        return VARINT
    return BYTES


def framings(data: bytes, *, complete: bool) -> list[Framing]:
    """Return each way in which a file can divide into messages."""
    found = [_delimited(data, complete=complete)]
    if complete:
        whole = Framing(name="message", messages=(data,), bytes=len(data), whole=True)
        # Where both ways fail, that of a file with the registry's header tells why.
        found.insert(0 if _has_registry_header(data) else 1, whole)
    return [item for item in found if item.messages]


def _delimited(data: bytes, *, complete: bool) -> Framing:
    messages: list[bytes] = []
    position = 0
    cut = False
    while position < len(data) and len(messages) < MAX_MESSAGES:
        try:
            length, start = read_varint(data, position)
        except WireError:
            cut = complete or len(data) - position > _REGISTRY_HEADER_BYTES
            break
        if length > len(data) - start:
            cut = complete
            break
        messages.append(data[start : start + length])
        position = start + length
    return Framing(
        name="delimited",
        messages=tuple(messages),
        bytes=position,
        whole=complete and position == len(data),
        cut=cut,
    )


@dataclass(frozen=True, kw_only=True)
class Unwrapped:
    """A message without the registry's header; ``version`` is the schema version it names."""

    data: bytes
    version: str | None = None


def unwrap(message: bytes) -> Unwrapped:
    """Return what a message holds after AWS Glue Schema Registry's header, if it has one.

    The header's first byte would begin a field of number 0, so no message begins so itself.

    Raises:
        MismatchError: What follows the header is damaged, or expands to too much.
        WireError: The place of the message's type in its schema cannot be read.
    """
    if not _has_registry_header(message):
        return Unwrapped(data=message)
    version = str(uuid.UUID(bytes=message[2:_REGISTRY_HEADER_BYTES]))
    payload = message[_REGISTRY_HEADER_BYTES:]
    if message[1] == _ZLIB:
        payload = _inflate(payload)
    elif message[1] != _PLAIN:
        raise MismatchError(f"the registry's header has the compression {message[1]}")
    _, start = read_varint(payload, 0)
    return Unwrapped(data=payload[start:], version=version)


def _has_registry_header(message: bytes) -> bool:
    return len(message) >= _REGISTRY_HEADER_BYTES and message[0] == _REGISTRY_VERSION


def _inflate(payload: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        plain = decompressor.decompress(payload, MAX_PLAIN_BYTES)
    except zlib.error as error:
        raise MismatchError(f"what follows the registry's header is damaged: {error}") from error
    if not decompressor.eof:
        raise MismatchError(
            "what follows the registry's header is cut off, or expands to more than"
            f" {MAX_PLAIN_BYTES:,} bytes"
        )
    return plain
