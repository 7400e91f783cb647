"""Records that Kinesis' producer library has packed many of into one.

Such a record is four magic bytes, a protocol buffer and its MD5. The buffer holds a table of
partition keys (field 1), one of hash keys (2), and records (3): the number of their key (1) and
their data (3). It runs in Spark's planner and imports nothing of gluepot's.

Source: the "KPL Aggregated Record Format" of the Kinesis producer library.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST_BYTES = 16
_KEYS, _RECORDS = 1, 3
_KEY_NUMBER, _DATA = 1, 3
_VARINT, _LENGTH = 0, 2


def without_aggregates(records: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield records one by one, those that are packed under their own keys.

    What only looks packed (its digest is wrong) is a record like others.
    """
    for record in records:
        packed = _packed(record["Data"])
        if packed is None:
            yield record
        else:
            yield from ({**record, **one} for one in _unpack(packed))


def _packed(data: bytes) -> bytes | None:
    if not data.startswith(MAGIC) or len(data) < len(MAGIC) + _DIGEST_BYTES:
        return None
    body, digest = data[len(MAGIC) : -_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    # It is the format's own check against mistakes, and no secret.
    return body if hashlib.md5(body, usedforsecurity=False).digest() == digest else None


def _unpack(body: bytes) -> Iterator[dict[str, Any]]:
    fields = list(_fields(body))
    keys = [bytes(value).decode() for number, value in fields if number == _KEYS]
    for number, value in fields:
        if number == _RECORDS:
            inner = dict(_fields(value))  # type: ignore[arg-type]
            yield {"PartitionKey": keys[int(inner[_KEY_NUMBER])], "Data": inner[_DATA]}


def _fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        number, kind = tag >> 3, tag & 7
        value, at = _varint(body, at)
        if kind == _VARINT:
            yield number, value
        elif kind == _LENGTH:
            yield number, body[at : at + value]
            at += value
        else:
            raise ValueError(f"field {number} of a packed record is of the unknown kind {kind}")


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says "more"
            return value, at
        shift += 7
