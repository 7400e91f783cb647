"""The schema in a Parquet footer found and measured before Arrow is given it.

Arrow descends as deep as a schema nests and keeps the whole path of every column: a footer of 200
KB overflows its stack, and one of 2 MB takes all memory there is. So the schema is walked first,
which needs neither.

Source: parquet-format, ``FileMetaData`` and ``SchemaElement`` in parquet.thrift; Thrift's compact
protocol.
"""

from __future__ import annotations

from typing import NamedTuple

from gluepot.catalog.types import MAX_DEPTH

MAX_SCHEMA_BYTES = 16 * 1024 * 1024
MAX_ELEMENTS = 250_000
"""Of a schema: one of 100,000 columns fits, and walking it takes a second."""

MAX_PATH_BYTES = 64 * 1024 * 1024
"""Of the paths of all columns together: 10,000 columns with paths of 1,000 stay far below."""

ROWS_FIELD = 0x16
"""The byte before the number of rows, where the field before it is the schema."""

_VERSION, _SCHEMA, _ROWS = 1, 2, 3
_NAME, _CHILDREN = 4, 5

_BOOLS, _BYTE, _INTEGERS, _DOUBLE, _BINARY = (1, 2), 3, (4, 5, 6), 7, 8
_LISTS, _STRUCT = (9, 10), 12

_MAX_NESTING = 16
_MAX_BITS = 64


class FooterDamagedError(Exception):
    """No writer of Parquet leaves such a footer; the message says what is wrong with it."""


class FooterParts(NamedTuple):
    """Where the schema stands in a footer, and what stands beside it.

    Attributes:
        start: Where the list of the schema's elements begins, and ``end`` where it ends.
        records: Rows.
        usual: Version, schema and rows stand in this order, as nearly every writer has them, and
            ``ROWS_FIELD`` is what stands behind the schema.
    """

    start: int
    end: int
    records: int
    usual: bool


def footer_parts(footer: bytes) -> FooterParts:
    """Return where the schema of a footer is, and the number of rows.

    Raises:
        FooterDamagedError: They are not there, or Arrow cannot be trusted with them.
    """
    footer = footer[:MAX_SCHEMA_BYTES]
    start = end = 0
    records: int | None = None
    position = field = 0
    order: list[int] = []
    try:
        while not end or records is None:
            field, kind, position = _field(footer, position, field)
            order.append(field)
            if field == _SCHEMA and kind in _LISTS:
                start, end = position, _after_schema(footer, position)
                position = end
            elif field == _ROWS and kind in _INTEGERS:
                records, position = row_count(footer, position)
            elif field == _VERSION and kind in _INTEGERS:
                _, position = _varint(footer, position)
            else:
                raise FooterDamagedError("it does not begin with version, schema and rows")
    except IndexError:
        raise FooterDamagedError(
            f"its schema does not end within its {len(footer):,} bytes"
        ) from None
    usual = order == [_VERSION, _SCHEMA, _ROWS] and footer[end] == ROWS_FIELD
    return FooterParts(start, end, records, usual)


def row_count(data: bytes, position: int) -> tuple[int, int]:
    """Return the number that begins at a position, and where it ends.

    Raises:
        FooterDamagedError: It is negative.
        IndexError: The data ends before it does.
    """
    value, position = _varint(data, position)
    if value & 1:
        raise FooterDamagedError("it tells a negative number of rows")
    return value >> 1, position


def _after_schema(data: bytes, position: int) -> int:
    """Return where the schema ends that begins at a position.

    Its elements are the nodes of a tree, each before its children.
    """
    count, kind, position = _list_head(data, position)
    if kind != _STRUCT:
        raise FooterDamagedError("its schema is no list of elements")
    if count > MAX_ELEMENTS:
        raise FooterDamagedError(f"its schema claims {count:,} elements")
    # How many children of each open group are still to come, and how long its path is.
    left: list[int] = []
    paths: list[int] = [0]
    total = 0
    for _ in range(count):
        name, children, position = _element(data, position)
        if left:
            left[-1] -= 1
        path = paths[-1] + name + 1
        if children > 0:
            left.append(children)
            paths.append(path)
        else:
            total += path
        if len(left) > MAX_DEPTH:
            raise FooterDamagedError(f"its schema nests deeper than {MAX_DEPTH} levels")
        if total > MAX_PATH_BYTES:
            raise FooterDamagedError(f"the paths of its columns exceed {MAX_PATH_BYTES:,} bytes")
        while left and not left[-1]:
            left.pop()
            paths.pop()
    return position


def _element(data: bytes, position: int) -> tuple[int, int, int]:
    """Return the length of an element's name, how many children it has, and where it ends."""
    name = children = field = 0
    while data[position]:
        field, kind, position = _field(data, position, field)
        if field == _NAME and kind == _BINARY:
            name, start = _varint(data, position)
            position = start + name
        elif field == _CHILDREN and kind in _INTEGERS:
            value, position = _varint(data, position)
            children = (value >> 1) ^ -(value & 1)
        elif kind not in _BOOLS:  # inside a struct the kind itself is the value
            position = _after_value(data, position, kind, 0)
    return name, children, position + 1


def _field(data: bytes, position: int, last: int) -> tuple[int, int, int]:
    """Return the number and the kind of a field, and where its value begins."""
    head = data[position]
    position += 1
    if head >> 4:
        return last + (head >> 4), head & 15, position
    number, position = _varint(data, position)
    return (number >> 1) ^ -(number & 1), head & 15, position


def _list_head(data: bytes, position: int) -> tuple[int, int, int]:
    """Return how many elements a list has, of which kind, and where the first begins."""
    head = data[position]
    position += 1
    count = head >> 4
    if count == 15:  # noqa: PLR2004 - a longer list tells its length behind
        count, position = _varint(data, position)
    return count, head & 15, position


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number has no high bit
            return value, position
        shift += 7
        if shift >= _MAX_BITS:
            raise FooterDamagedError("a number in it is longer than numbers are")


def _after_value(data: bytes, position: int, kind: int, depth: int) -> int:
    """Return where a value ends that is not looked at; no list or struct has many of these."""
    if depth > _MAX_NESTING:
        raise FooterDamagedError("values in its schema nest deeper than any writer has them")
    if kind in _INTEGERS:
        return _varint(data, position)[1]
    if kind == _BINARY:
        length, position = _varint(data, position)
        return position + length
    if kind == _STRUCT:
        return _after_struct(data, position, depth + 1)
    if kind in _LISTS:
        return _after_list(data, position, depth + 1)
    if kind == _DOUBLE:
        return position + 8
    if kind == _BYTE or kind in _BOOLS:
        return position + 1
    raise FooterDamagedError("a value in its schema is of a kind that no schema has")


def _after_list(data: bytes, position: int, depth: int) -> int:
    count, kind, position = _list_head(data, position)
    for _ in range(count):
        if position >= len(data):
            raise FooterDamagedError("a list in it claims more than there is")
        position = _after_value(data, position, kind, depth)
    return position


def _after_struct(data: bytes, position: int, depth: int) -> int:
    field = 0
    while data[position]:
        field, kind, position = _field(data, position, field)
        if kind not in _BOOLS:
            position = _after_value(data, position, kind, depth)
    return position + 1
