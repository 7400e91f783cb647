"""Files of every format, and the rows that readers of their crawled tables must find."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import fastavro
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

if TYPE_CHECKING:
    from collections.abc import Mapping

Row: TypeAlias = "tuple[Any, ...]"
Files: TypeAlias = "Mapping[str, bytes]"


def lines(*values: object) -> bytes:
    return "".join(f"{json.dumps(value)}\n" for value in values).encode()


def framed(codec: str, data: bytes) -> bytes:
    """Return data as Hadoop's block codecs frame it."""
    block: bytes = pa.compress(data, codec=codec, asbytes=True)
    return len(data).to_bytes(4, "big") + len(block).to_bytes(4, "big") + block


def zipped(name: str, data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, data)
    return sink.getvalue()


def streamed(codec: str, data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as file:
        file.write(data)
    return bytes(sink.getvalue().to_pybytes())


PEOPLE = [{"id": 1, "name": "Zo\xeb"}, {"id": 2, "name": "b"}]
PEOPLE_ROWS: list[Row] = [(1, "Zo\xeb"), (2, "b")]
TEXT = json.dumps(PEOPLE, indent=1, ensure_ascii=False)
PEOPLE_LINES = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in PEOPLE)


def json_path(path: str) -> Mapping[str, Any]:
    return {"JsonClassifier": {"Name": "own", "JsonPath": path}}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Files, and the rows that all readers find in them, unless ``query`` says otherwise."""

    files: Files
    rows: list[Row]
    classifier: Mapping[str, Any] | None = None
    query: str | None = None
    format: str | None = None


def as_orc(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    orc.write_table(pa.Table.from_pylist(rows), sink, compression="zstd")
    return sink.getvalue()


def as_avro(rows: list[dict[str, Any]]) -> bytes:
    fields = [{"name": "Id", "type": "long"}, {"name": "name", "type": ["null", "string"]}]
    sink = io.BytesIO()
    fastavro.writer(sink, {"type": "record", "name": "r", "fields": fields}, rows, "deflate")
    return sink.getvalue()


def as_parquet(rows: list[dict[str, Any]], compression: str = "gzip") -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, compression=compression)
    return sink.getvalue()


UPPER = [{"Id": row["id"], "name": row["name"]} for row in PEOPLE]
NESTED = {"total": 2, "data": {"people": PEOPLE}}
BOOKS = (
    '<?xml version="1.0"{}?>\n<Books>\n<Book Id="1"><Title>Zo\xeb</Title><Tag>x</Tag><Tag>y</Tag>'
    "<At><Lat>1.5</Lat></At></Book>\n"
    '<Book Id="2"><Title>b</Title><Tag>z</Tag><At><Lat>2</Lat></At></Book>\n</Books>\n'
)
BOOK_ROWS: list[Row] = [(1, "Zo\xeb", ["x", "y"], (1.5,)), (2, "b", ["z"], (2.0,))]
ACCESS = (
    '10.0.0.1 - bob [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326 "-" "Mozilla/4.08"\n'
)
XML_BY_JOBS = "of format xml.*Jobs and Spark SQL read it"
GROK_BY_JOBS = "of format grok.*Jobs and Spark SQL read it"

CASES: dict[str, Case] = {
    "json_lines": Case(files={"x.json": PEOPLE_LINES.encode()}, rows=PEOPLE_ROWS),
    "json_latin": Case(files={"x.json": PEOPLE_LINES.encode("latin-1")}, rows=PEOPLE_ROWS),
    "json_utf16": Case(files={"x.json": PEOPLE_LINES.encode("utf-16")}, rows=PEOPLE_ROWS),
    "json_document": Case(
        files={"x.json": json.dumps(NESTED, indent=1).encode()},
        rows=[(2, ([(1, "Zo\xeb"), (2, "b")],))],
        query="[(2, {'people': [{'id': 1, 'name': 'Zo\xeb'}, {'id': 2, 'name': 'b'}]})]",
    ),
    "json_array_by_path": Case(
        files={"x.json": TEXT.encode()}, rows=PEOPLE_ROWS, classifier=json_path("$[*]")
    ),
    "json_array_in_utf16": Case(
        files={"x.json": TEXT.encode("utf-16")}, rows=PEOPLE_ROWS, classifier=json_path("$[*]")
    ),
    "json_array": Case(
        files={"x.json": TEXT.encode()},
        rows=[([(1, "Zo\xeb"), (2, "b")],)],
        query="[([{'id': 1, 'name': 'Zo\xeb'}, {'id': 2, 'name': 'b'}],)]",
    ),
    "json_below": Case(
        files={"x.json": json.dumps(NESTED, indent=1).encode()},
        rows=PEOPLE_ROWS,
        classifier=json_path("$.data.people[*]"),
    ),
    "json_below_each_line": Case(
        files={"x.json": lines(*({"at": {"n": row}} for row in PEOPLE))},
        rows=PEOPLE_ROWS,
        classifier=json_path("$.at.*"),
    ),
    "json_one_of_each_line": Case(
        files={"x.json": lines({"v": [1, 2]}, {"v": [3]})},
        rows=[(1,), (3,)],
        classifier=json_path("$.v[0]"),
    ),
    "json_one_after_another": Case(
        files={"x.json": "\n".join(json.dumps(row, indent=1) for row in PEOPLE).encode()},
        rows=PEOPLE_ROWS,
    ),
    "json_spelled": Case(
        files={"x.json": lines({"TailNum": "N1", "big": 12345678901234567890})},
        rows=[("N1", Decimal(12345678901234567890))],
    ),
    "json_gzip": Case(
        files={"x.json.gz": gzip.compress(TEXT.encode())},
        rows=PEOPLE_ROWS,
        classifier=json_path("$[*]"),
    ),
    "xml": Case(
        files={"x.xml": BOOKS.format("").encode()},
        rows=BOOK_ROWS,
        classifier={
            "XMLClassifier": {"Name": "own", "Classification": "library", "RowTag": "Book"}
        },
        query=XML_BY_JOBS,
        format="library",
    ),
    "xml_latin": Case(
        files={"x.xml": BOOKS.format(' encoding="ISO-8859-1"').encode("latin-1")},
        rows=BOOK_ROWS,
        query=XML_BY_JOBS,
        format="xml",
    ),
    "apache": Case(
        files={"x.log": ACCESS.encode() * 19 + b"what is this?\n\n"},
        rows=[
            *[
                (
                    *("10.0.0.1", "-", "bob", "10/Oct/2000:13:55:36 -0700", "GET", "/a", "1.0"),
                    *(None, "200", "2326", '"-"', '"Mozilla/4.08"'),
                )
            ]
            * 19,
            (None,) * 12,
        ],
        query=GROK_BY_JOBS,
        format="combined_apache",
    ),
    "grok": Case(
        files={"x.log": "a=1 true Zo\xeb\r\na=2 false b\r\n".encode("utf-16")},
        rows=[(1, True, "Zo\xeb"), (2, False, "b")],
        classifier={
            "GrokClassifier": {
                "Name": "own",
                "Classification": "mine",
                "GrokPattern": "%{LETTER:UNWANTED}=%{INT:n:long} %{LOWER:t:boolean} %{DATA:s}$",
                "CustomPatterns": "LETTER [a-z]\nLOWER (?=[a-z])%{WORD}",
            }
        },
        query=GROK_BY_JOBS,
        format="mine",
    ),
    "csv": Case(
        files={
            "a.csv": b"id,name,price,day\n1,a,1.5,2024-01-31\n2,NA,NA,2024-02-01\n",
            "b.csv": b"id,name,price,day\n3,c,2.5,\n",
        },
        rows=[
            (1, "a", 1.5, date(2024, 1, 31)),
            (2, None, None, date(2024, 2, 1)),
            (3, "c", 2.5, None),
        ],
    ),
    "csv_latin": Case(
        files={"x.csv": "id;name\n1;Zo\xeb\n2;b\n".encode("latin-1")}, rows=PEOPLE_ROWS
    ),
    "csv_utf16": Case(
        files={"x.csv": "id;name\n1;Zo\xeb\n2;b\n".encode("utf-16")}, rows=PEOPLE_ROWS
    ),
    "csv_comments": Case(
        files={"x.csv": "# by hand\n# a\nid,name\n1,Zo\xeb\n# b\n2,b\n".encode()},
        rows=PEOPLE_ROWS,
    ),
    "csv_title": Case(
        files={"x.csv": "Our people\n\nid,name\n1,Zo\xeb\n2,b\n".encode()}, rows=PEOPLE_ROWS
    ),
    "csv_title_in_latin": Case(
        files={"x.csv": "Our people\n\nid;name\n1;Zo\xeb\n2;b\n".encode("latin-1")},
        rows=PEOPLE_ROWS,
    ),
    "csv_quotes": Case(
        files={"x.csv": b"id|name\n1|'a| ''b'''\n2|'c\nd'\n"},
        rows=[(1, "a| 'b'"), (2, "c\nd")],
    ),
    "csv_backslashes": Case(
        files={"x.csv": b'id,name\n1,"a \\"b\\", c"\n2,x\n'}, rows=[(1, 'a "b", c'), (2, "x")]
    ),
    "csv_times": Case(
        files={"x.csv": b"id,at\n1,31.01.2013\n2,01.02.2013\n"},
        rows=[(1, datetime(2013, 1, 31)), (2, datetime(2013, 2, 1))],  # noqa: DTZ001 - Spark's
    ),
    "csv_bzip2": Case(
        files={"x.csv.bz2": bz2.compress("id,name\n1,Zo\xeb\n2,b\n".encode())}, rows=PEOPLE_ROWS
    ),
    "csv_zstd": Case(
        files={"x.csv.zst": streamed("zstd", "id,name\n1,Zo\xeb\n2,b\n".encode())},
        rows=PEOPLE_ROWS,
    ),
    "json_hadoop_snappy": Case(
        files={"x.snappy": framed("snappy", PEOPLE_LINES.encode())}, rows=PEOPLE_ROWS
    ),
    "json_hadoop_lz4": Case(
        files={"x.lz4": framed("lz4_raw", PEOPLE_LINES.encode())}, rows=PEOPLE_ROWS
    ),
    "orc": Case(files={"x.orc": as_orc(UPPER)}, rows=PEOPLE_ROWS),
    "avro": Case(
        files={"x.avro": as_avro(UPPER)},
        rows=PEOPLE_ROWS,
        query="of format avro.*Jobs and Spark SQL read it",
    ),
    "parquet": Case(files={"x.parquet": as_parquet(UPPER)}, rows=PEOPLE_ROWS),
}


PLAIN = b"id,name\n1,a\n2,b\n"


@dataclass(frozen=True)
class Refused:
    """A file that Spark would misread, and what the refusal says; queries read it."""

    name: str
    data: bytes
    says: str


REFUSED = [
    Refused("x.csv.zip", zipped("x.csv", PLAIN), "compressed by zip.*compress them anew"),
    Refused("x.csv.xz", lzma.compress(PLAIN), "compressed by xz"),
    Refused("x.csv", gzip.compress(PLAIN), "compressed by gzip, but Spark.*end in .gz"),
    Refused("x.csv.bz2", PLAIN, "not compressed, but Spark.*bzip2: rename it without"),
    Refused("x.gz", bz2.compress(PLAIN), "compressed by bzip2, but Spark.*end in .bz2"),
    Refused("x.csv.lz4", streamed("lz4", PLAIN), "not in Hadoop's framing"),
    Refused("x.csv.snappy", pa.compress(PLAIN * 9, "snappy", asbytes=True), "Hadoop's framing"),
]


def as_excel() -> bytes:
    sink = io.BytesIO()
    book = openpyxl.Workbook()
    for row in (("id", "name"), (1, "a"), (2, "b")):
        book.active.append(row)
    book.save(sink)
    return sink.getvalue()


HOODIE = b"""hoodie.table.name=t
hoodie.table.type=COPY_ON_WRITE
hoodie.table.version=6
hoodie.table.create.schema={"type":"record","name":"t","fields":[{"name":"id","type":"long"}]}
"""
