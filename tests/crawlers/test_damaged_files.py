"""Files of every format with bytes flipped, cut and joined: a crawl names them, and goes on."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tempfile
import uuid
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import fastavro
import openpyxl
import pyarrow as pa
from amazon.ion import simpleion
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import orc, parquet

from gluepot.crawlers.model import ChangeKind, CrawlState
from gluepot.crawlers.sources.config import S3Config
from gluepot.crawlers.sources.objects import open_source
from tests.crawlers.conftest import Desk, Place

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = [{"id": number, "name": f"n{number}", "tags": ["a", "b"]} for number in range(6)]
FILES_AT_ONCE = 20
CSV = b'id,name,day\n1,"a, b",2024-01-02\n2,"c ""d""",2024-02-03\n3,,2024-03-04\n'
APACHE = b'127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326\n'


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def _workbook(buffer: io.BytesIO) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ROWS:
        sheet.append([row["id"], row["name"]])
    book.save(buffer)


def _zipped(buffer: io.BytesIO) -> None:
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", CSV * 9)


@cache
def whole_files() -> dict[str, bytes]:
    """Return a small file of each format and each compression, by the endings of their names."""
    table = pa.Table.from_pylist(ROWS)
    fields = [
        {"name": "id", "type": "long"},
        {"name": "name", "type": "string"},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ]
    schema = {"type": "record", "name": "r", "fields": fields}
    json_lines = b"".join(
        b'{"id": %d, "name": "n", "tags": [1, {"x": null}]}\n' % i for i in range(9)
    )
    return {
        "parquet": _written(lambda buffer: parquet.write_table(table, buffer)),
        "orc": _written(lambda buffer: orc.write_table(table, buffer)),
        "avro": _written(lambda buffer: fastavro.writer(buffer, schema, ROWS, codec="deflate")),
        "json": json_lines,
        "array.json": b"[" + b",".join(json_lines.splitlines()) + b"]",
        "csv": CSV,
        "utf16.csv": CSV.decode().encode("utf-16"),
        "latin.csv": "id;name\n1;Zoë\n2;René\n".encode("latin-1"),
        "xml": b"<?xml version='1.0'?><rows><row a='1'><b>x</b></row><row a='2'/></rows>",
        "log": APACHE * 5,
        "ion": simpleion.dumps(ROWS[0], binary=False).encode() * 3,
        "10n": simpleion.dumps(ROWS[0], binary=True),
        "xlsx": _written(_workbook),
        "csv.gz": gzip.compress(CSV * 9),
        "csv.bz2": bz2.compress(CSV * 9),
        "csv.xz": lzma.compress(CSV * 9),
        "csv.zst": pa.compress(CSV * 9, codec="zstd", asbytes=True),
        "csv.lz4": pa.compress(CSV * 9, codec="lz4", asbytes=True),
        "csv.snappy": pa.compress(CSV * 9, codec="snappy", asbytes=True),
        "csv.zip": _written(_zipped),
    }


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Return a file that was flipped, cut, joined with another, or renamed."""
    names = sorted(whole_files())
    name = draw(st.sampled_from(names))
    data = bytearray(whole_files()[name])
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    start = draw(st.just(0) | st.integers(0, len(data)))
    end = draw(st.just(len(data)) | st.integers(start, len(data)))
    part = bytes(data[start:end])
    if draw(st.booleans()):
        other = whole_files()[draw(st.sampled_from(names))]
        at = draw(st.integers(0, len(part)))
        part = part[:at] + other[: draw(st.integers(0, len(other)))] + part[at:]
    return draw(st.just(name) | st.sampled_from(names)), part


def put_each(files: list[tuple[str, bytes]], folder: str) -> Place:
    """Put each file into a folder of its own."""
    for number, (name, data) in enumerate(files):
        place = Path(folder) / f"f{number}"
        place.mkdir()
        (place / f"a.{name}").write_bytes(data)
    s3 = S3Config(region="us-east-1")
    return Place(root=f"file://{folder}", s3=s3, source=open_source(folder, s3))


def test_each_whole_file_is_a_table(desk: Desk, tmp_path: Path) -> None:
    files = sorted(whole_files().items())
    (tmp_path / "data").mkdir()

    crawl = desk.crawl(put_each(files, str(tmp_path / "data")))

    assert crawl.summary["objects_unreadable"] == 0, crawl.warnings
    assert sum(item.objects for item in crawl.tables) == len(files)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(damaged(), min_size=FILES_AT_ONCE, max_size=FILES_AT_ONCE))
def test_damage_is_never_our_failure(desk: Desk, files: list[tuple[str, bytes]]) -> None:
    database = f"d{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder:
        place = put_each([("csv", CSV), *files], folder)
        crawl = desk.crawl(place, name=database, database=database)
        place.put("f0/b.csv", CSV)
        again = desk.crawl(place, name=database, database=database)

    assert crawl.state is again.state is CrawlState.SUCCEEDED, (crawl.error, again.error)
    assert [text for text in crawl.warnings if "which is a defect" in text] == []
    unreadable, empty = crawl.summary["objects_unreadable"], sum(not data for _, data in files)
    in_tables = sum(item.objects for item in crawl.tables)
    assert in_tables + unreadable + empty == len(files) + 1
    assert {item.change for item in again.tables} <= {ChangeKind.NONE, ChangeKind.UPDATE}
