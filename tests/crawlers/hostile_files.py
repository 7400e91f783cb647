"""Files made to hurt whoever reads them: bombs, lies about lengths, depths and counts."""

from __future__ import annotations

import io
import json
import lzma
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import fastavro
import pyarrow as pa
from pyarrow import orc, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1024 * 1024
GIB = 1024 * MIB
DEEP = 100_000
ZEROS = bytes(MIB)


def hostile_files() -> dict[str, bytes]:
    """Return files by their names; none of them can be read, and some of them never end."""
    made = dict[str, bytes]()
    for group in (_archives, _streams, _parquet, _other_binary, _json, _text, _xml, _lakes):
        made |= dict(group())
    return made


def good_parquet() -> bytes:
    """Return a file of two columns and three rows."""
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"n": [1, 2, 3], "name": ["a", "b", "c"]}), buffer)
    return buffer.getvalue()


def write_huge(folder: Path) -> dict[str, Path]:
    """Write files whose sizes are their point; the disk holds only what stands at their starts."""
    made = {}
    for name, start, size in (
        ("line_of_1_gb/a.csv", b"abcdefghi," * (12 * MIB), GIB),
        ("string_of_1_gb/a.json", b'{"a": "' + b"x" * (12 * MIB), GIB),
        ("footer_of_2_gb/a.parquet", b"PAR1", 2 * GIB + 200 * MIB),
        ("log_of_100_mb/_delta_log/00000000000000000000.json", b'{"metaData":', 100 * MIB),
    ):
        path = folder / name
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            file.write(start)
            file.truncate(size)
            if name.endswith(".parquet"):
                file.seek(-8, 2)
                file.write(struct.pack("<i", 2**31 - 1) + b"PAR1")
        made[name] = path
    return made


def _deflated(times: int, block: bytes = ZEROS) -> bytes:
    """Return the raw deflate stream of a block that stands there so many times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return packed * times + packer.flush(zlib.Z_FINISH)


def _zip_bomb(name: str, *, claimed: int) -> bytes:
    """Return an archive of one member that expands to 1 GiB and claims another size."""
    data = _deflated(1024)
    sizes = struct.pack("<III", 0, len(data), min(claimed, 2**32 - 1))
    member = name.encode()
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes
    local += struct.pack("<HH", len(member), 0) + member
    central = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
    central += struct.pack("<HHHHHII", len(member), 0, 0, 0, 0, 0, 0) + member
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    return local + data + central + b"PK\x05\x06" + end


def _archives() -> Iterator[tuple[str, bytes]]:
    flat = _zip_bomb("a.csv", claimed=10 * 10**9)
    yield "zip_flat/a.zip", flat
    nested = flat
    for depth in range(5):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(3):
                archive.writestr(f"{depth}-{copy}.zip", nested)
        nested = buffer.getvalue()
    yield "zip_nested/a.zip", nested
    yield "xlsx_bomb/a.xlsx", _workbook(_deflated(1024))


def _workbook(sheet: bytes) -> bytes:
    """Return a workbook whose sheet is a deflate stream that claims 10 GB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        info = zipfile.ZipInfo("xl/worksheets/sheet1.xml")
        info.compress_type = zipfile.ZIP_STORED
        archive.writestr(info, sheet)
    data = bytearray(buffer.getvalue())
    for mark, method, size in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        at = data.rfind(mark)
        struct.pack_into("<H", data, at + method, 8)
        struct.pack_into("<I", data, at + size, 2**32 - 2)
    return bytes(data)


def _streams() -> Iterator[tuple[str, bytes]]:
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    yield "gzip_bomb/a.csv.gz", head + _deflated(10 * 1024) + struct.pack("<II", 0, 0)
    xz = bytearray(lzma.compress(ZEROS * 4, lzma.FORMAT_XZ))
    at = xz.index(b"\x21\x01") + 2
    xz[at] = 40  # a dictionary of 4 GiB
    end = 12 + (xz[12] + 1) * 4 - 4
    struct.pack_into("<I", xz, end, zlib.crc32(xz[12:end]))
    yield "xz_dictionary/a.csv.xz", bytes(xz)
    for exponent in (21, 31):
        # One raw block of eight bytes behind a window of 2 GiB, and of 2 TiB.
        frame = b"\x28\xb5\x2f\xfd" + bytes([0x00, exponent << 3]) + b"\x41\x00\x00" + b"id,name\n"
        yield f"zstd_window_{exponent}/a.csv.zst", frame
    yield "lz4_lie/a.csv.lz4", b"\x04\x22\x4d\x18\x60\x70\x73" + b"\xff\xff\xff\x7f" + b"x" * 40
    yield "snappy_lie/a.csv.snappy", b"\xff\xff\xff\xff\x0f" + b"\x00" * 40
    yield "hadoop_lie/a.csv.snappy", struct.pack(">II", 2**31 - 1, 2**31 - 1) + b"\x00" * 40


def _footer(schema: bytes) -> bytes:
    return b"PAR1" + schema + struct.pack("<I", len(schema)) + b"PAR1"


def varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _parquet() -> Iterator[tuple[str, bytes]]:
    good = good_parquet()
    yield "footer_claims_2_gb/a.parquet", good[:-8] + struct.pack("<i", 2**31 - 1) + b"PAR1"
    yield "schema_of_2_31/a.parquet", _footer(b"\x15\x02\x19\xfc" + varint(2**31) + b"\x15\x02" * 9)
    yield "name_of_2_63/a.parquet", _footer(b"\x15\x02\x19\x1c\x48" + varint(2**63) + b"x")
    yield "lists_10000_deep/a.parquet", _footer(b"\x15\x02\x19" + b"\x19" * 10_000 + b"\x00" * 9)
    yield "structs_10000_deep/a.parquet", _footer(b"\x15\x02\x19\x1c" + b"\x1c" * 10_000)
    yield "groups_10000_deep/a.parquet", _footer(nested_groups(10_000))
    yield "groups_1000000_deep/a.parquet", _footer(nested_groups(1_000_000))
    for end in range(13, len(good) - 1, 13):
        yield f"parquet_cut/{end:05}.parquet", good[:end]


def nested_groups(depth: int) -> bytes:
    """Return a footer whose schema is one group in the other, and a number in the last."""
    group = b"\x35\x02\x18\x01g\x15\x02\x00"  # optional, "g", one child
    leaf = b"\x15\x02\x25\x02\x18\x01n\x00"  # int32, optional, "n"
    root = b"\x48\x01r\x15\x02\x00"
    schema = b"\x19\xfc" + varint(depth + 2) + root + group * depth + leaf
    return b"\x15\x02" + schema + b"\x16\x00\x19\x0c\x00"


def _other_binary() -> Iterator[tuple[str, bytes]]:
    buffer = io.BytesIO()
    orc.write_table(pa.table({"n": [1, 2, 3]}), buffer)
    good = buffer.getvalue()
    yield "orc_postscript/a.orc", good[:-1] + b"\xff"
    yield "orc_no_postscript/a.orc", good[:-1] + b"\x00"
    lie = b"\x08" + varint(2**63) + b"\x10\x00\x18\x80\x80\x10\x82\xf4\x03\x03ORC"
    yield "orc_footer_length/a.orc", good[:-30] + lie + bytes([len(lie)])
    buffer = io.BytesIO()
    schema = {"type": "record", "name": "r", "fields": [{"name": "n", "type": "long"}]}
    fastavro.writer(buffer, schema, [{"n": 1}])
    rest = buffer.getvalue()[5:]
    for name, count in (("2_60", 2**61), ("negative", 2**61 - 1), ("overlong", 2**80)):
        yield f"avro_count_{name}/a.avro", b"Obj\x01" + varint(count) + rest
    deep = {"type": "long"}
    text = '{"type": "array", "items": ' * 10_000 + json.dumps(deep) + "}" * 10_000
    key = b"\x02\x16avro.schema" + varint(len(text) * 2) + text.encode()
    yield "avro_nested/a.avro", b"Obj\x01" + key + b"\x00" + b"x" * 16
    yield "avro_text_of_2_60/a.avro", b"Obj\x01\x02\x16avro.schema" + varint(2**61) + b"{}"
    mark = b"\xe0\x01\x00\xea"
    yield "ion_length/a.ion", mark + b"\xde" + bytes([0x10, *bytes(7), 0x80]) + b"\x8a"
    yield "ion_nested/a.ion", mark + b"\xde\xff" * 1000
    yield "ion_text_nested/a.ion", b"{a:" * DEEP


def _json() -> Iterator[tuple[str, bytes]]:
    yield "json_objects/a.json", b'{"a":' * DEEP + b"1" + b"}" * DEEP
    yield "json_arrays/a.json", b"[" * DEEP + b"]" * DEEP
    yield "json_cut/a.json", b'{"a":[' * DEEP
    keys = ",".join(f'"k{number}":{number}' for number in range(1_000_000))
    yield "json_keys/a.json", b"{" + keys.encode() + b"}"
    yield "json_number/a.json", b'{"a": ' + b"9" * MIB + b"e" + b"9" * MIB + b"]\n"


def _text() -> Iterator[tuple[str, bytes]]:
    yield "csv_columns/a.csv", b"a," * 1_000_000 + b"a\n"
    yield "csv_quote/a.csv", b'"a,b\n' + b"c,d\n" * 300_000
    yield "nothing_but_zeros/a.csv", ZEROS
    yield "nothing_but_quotes/a.csv", b'"' * MIB


def _xml() -> Iterator[tuple[str, bytes]]:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    laughs = f'<!DOCTYPE r [<!ENTITY l0 "ha">{entities}]><r><i><a>&l11;</a></i></r>'
    yield "xml_laughs/a.xml", laughs.encode()
    outside = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><i><a>&x;</a></i></r>'
    yield "xml_outside/a.xml", outside.encode()
    yield "xml_nested/a.xml", b"<a>" * DEEP + b"</a>" * DEEP


def _lakes() -> Iterator[tuple[str, bytes]]:
    nested = b'{"format-version": 2, "schemas": ' + b"[" * DEEP + b"]" * DEEP + b"}"
    yield "iceberg/metadata/v1.metadata.json", nested
    deep = '{"type": "array", "elementType": ' * 900 + '"long"' + "}" * 900
    fields = [{"name": "a", "type": "T", "nullable": True, "metadata": {}}]
    schema = json.dumps({"type": "struct", "fields": fields}).replace('"T"', deep)
    log = {"metaData": {"id": "1", "schemaString": schema, "partitionColumns": []}}
    yield "delta_nested/_delta_log/00000000000000000000.json", json.dumps(log).encode()
    yield "delta_no_log/_delta_log/00000000000000000000.json", b"{" * DEEP
    yield "hudi/.hoodie/hoodie.properties", b"hoodie.table.name=" + b"x" * MIB
