"""Protobuf's wire format: the fields of a message, without knowing what they mean.

Source: Protocol Buffers documentation, "Encoding".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gluepot.catalog.errors import GluepotError

if TYPE_CHECKING:
    from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types; 3 and 4 begin and end groups, which nobody writes any more."""

_WIDTHS = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10
_MORE = 0x80
_MAX_NUMBER = (1 << 29) - 1


class WireError(GluepotError):
    """Bytes are no Protobuf message: ``WireError(position, fault)``."""

    def __init__(self, position: int, fault: str) -> None:
        super().__init__(position, fault)

    def __str__(self) -> str:
        """Say where and why."""
        position, fault = self.args
        return f"at byte {position}, {fault}"


class WireField(NamedTuple):
    """One field: its number, its wire type, and a number for a varint, else its bytes."""

    number: int
    wire: int
    value: int | bytes


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Return the unsigned number at a position, and where it ends.

    >>> read_varint(bytes([0xAC, 0x02]), 0)
    (300, 2)

    Raises:
        WireError: The bytes end before it does, or it has more than 64 bits.
    """
    value = 0
    for index in range(_LONGEST_VARINT):
        if position + index >= len(data):
            raise WireError(position, "a number is cut off")
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < _MORE:
            return value & 0xFFFF_FFFF_FFFF_FFFF, position + index + 1
    raise WireError(position, "a number has no end")


def read_fields(data: bytes) -> Iterator[WireField]:
    """Yield the fields of a message in the order in which they stand.

    Raises:
        WireError: The bytes are no message.
    """
    position = 0
    while position < len(data):
        start = position
        tag, position = read_varint(data, position)
        number, wire = tag >> 3, tag & 7
        if not 0 < number <= _MAX_NUMBER:
            raise WireError(start, f"a field has the number {number}")
        if wire == VARINT:
            value, position = read_varint(data, position)
            yield WireField(number, wire, value)
            continue
        if wire == BYTES:
            length, position = read_varint(data, position)
        elif wire in _WIDTHS:
            length = _WIDTHS[wire]
        else:
            raise WireError(start, f"field {number} has the wire type {wire}")
        if length > len(data) - position:
            raise WireError(start, f"field {number} claims {length:,} bytes, more than there are")
        yield WireField(number, wire, data[position : position + length])
        position += length
