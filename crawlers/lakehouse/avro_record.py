"""The first record of an Avro container file, read with a bound on every length and on the steps.

Hudi writes the commits of its newer tables so. A general reader trusts the counts in the file: an
array of a billion items that take no bytes would fill the memory.

Source: Apache Avro specification 1.12, "Data Serialization" and "Object Container Files".
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.reading import MAX_FILE_BYTES, json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAGIC = b"Obj\x01"
MAX_STEPS = 5_000_000
"""Most values of a record: a commit has twenty for each file that it wrote."""

MAX_DEPTH = 50
_LONGEST_VARINT = 10
_SYNC_BYTES = 16
_Schema: TypeAlias = Any


def first_record(data: bytes, uri: str) -> dict[str, Any]:
    """Return the first record of a container file.

    Raises:
        LakeTableError: It is no container, is cut off or damaged, or has no record.
    """
    reader = _Avro(data, uri)
    if reader.take(len(MAGIC)) != MAGIC:
        raise reader.damaged("it is no Avro file")
    header = reader.read_map(reader.take_sized, 0)
    schema = json_object(header.get("avro.schema", b""), uri, "its Avro schema")
    reader.take(_SYNC_BYTES)
    if reader.read_long() < 1:
        raise reader.damaged("it has no record")
    block = _plain(reader, header.get("avro.codec", b"null"), reader.take_sized())
    record = _Avro(block, uri).read(schema, 0)
    if not isinstance(record, dict):
        raise reader.damaged("its Avro schema is no record's")
    return record


def _plain(reader: _Avro, codec: bytes, block: bytes) -> bytes:
    if codec == b"null":
        return block
    if codec != b"deflate":
        raise reader.damaged(f"its Avro codec is {codec[:20]!r}; null and deflate are read")
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = decoder.decompress(block, MAX_FILE_BYTES + 1)
    except zlib.error as error:
        raise reader.damaged(f"its block cannot be decompressed: {error}") from error
    if len(plain) > MAX_FILE_BYTES:
        raise reader.damaged(f"its block expands to more than {MAX_FILE_BYTES:,} bytes")
    return plain


class _Avro:
    """Reads Avro's binary encoding, one value after the other."""

    def __init__(self, data: bytes, uri: str) -> None:
        self._data = data
        self._uri = uri
        self._at = 0
        self._steps = 0
        self._named: dict[str, _Schema] = {}

    def damaged(self, reason: str) -> LakeTableError:
        return LakeTableError(self._uri, reason)

    def take(self, length: int) -> bytes:
        end = self._at + length
        if length < 0 or end > len(self._data):
            raise self.damaged("it is cut off, or a length in it is wrong")
        found = self._data[self._at : end]
        self._at = end
        return found

    def take_sized(self) -> bytes:
        return self.take(self.read_long())

    def read_long(self) -> int:
        value = 0
        for place in range(_LONGEST_VARINT):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
                return (value >> 1) ^ -(value & 1)
        raise self.damaged("a number in it is longer than Avro's longest")

    def read(self, schema: _Schema, depth: int) -> Any:  # noqa: ANN401, PLR0911 - one for each kind
        """Return the next value; only kinds that a commit may have are known."""
        self._step(depth)
        match schema:
            case list():
                branch = self.read_long()
                if not 0 <= branch < len(schema):
                    raise self.damaged(f"it names branch {branch} of a union of {len(schema)}")
                return self.read(schema[branch], depth + 1)
            case {"type": "record", "fields": list(fields)}:
                self._define(schema)
                return self._record(fields, depth)
            case {"type": "enum"}:
                self._define(schema)
                return self.read_long()
            case {"type": "fixed", "size": int(size)}:
                self._define(schema)
                return self.take(size)
            case {"type": "array", "items": items}:
                return self.read_array(lambda: self.read(items, depth + 1), depth)
            case {"type": "map", "values": values}:
                return self.read_map(lambda: self.read(values, depth + 1), depth)
            case {"type": inner}:
                return self.read(inner, depth + 1)
            case str():
                return self._named_or_primitive(schema, depth)
        raise self.damaged(f"its Avro schema has {str(schema)[:80]!r}, which is no type")

    def read_array(self, item: Callable[[], Any], depth: int) -> list[Any]:
        found: list[Any] = []
        while count := self._block():
            for _ in range(count):
                self._step(depth)
                found.append(item())
        return found

    def read_map(self, value: Callable[[], Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while count := self._block():
            for _ in range(count):
                self._step(depth)
                key = self.take_sized().decode("utf-8", errors="replace")
                found[key] = value()
        return found

    def _block(self) -> int:
        """Return how many items follow, 0 at the end; a negative count has the bytes behind it."""
        count = self.read_long()
        if count < 0:
            self.read_long()
        return abs(count)

    def _step(self, depth: int) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS or depth > MAX_DEPTH:
            raise self.damaged(f"it has more than {MAX_STEPS:,} values, or nests too deep")

    def _define(self, schema: Mapping[str, _Schema]) -> None:
        name = str(schema.get("name", ""))
        self._named[name] = schema
        self._named[name.rpartition(".")[2]] = schema

    def _record(self, fields: list[_Schema], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field in fields:
            if not isinstance(field, dict) or "type" not in field:
                raise self.damaged("its Avro schema has a field without a type")
            found[str(field.get("name"))] = self.read(field["type"], depth + 1)
        return found

    def _named_or_primitive(self, name: str, depth: int) -> Any:  # noqa: ANN401, PLR0911
        match name:
            case "null":
                return None
            case "boolean":
                return self.take(1) != b"\0"
            case "int" | "long":
                return self.read_long()
            case "float":
                return struct.unpack("<f", self.take(4))[0]
            case "double":
                return struct.unpack("<d", self.take(8))[0]
            case "bytes":
                return self.take_sized()
            case "string":
                return self.take_sized().decode("utf-8", errors="replace")
        known = self._named.get(name) or self._named.get(name.rpartition(".")[2])
        if known is None:
            raise self.damaged(f"its Avro schema uses {name[:80]!r}, which is not defined")
        return self.read(known, depth + 1)
