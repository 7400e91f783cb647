# ruff: noqa: S608  (statements are the subject here, and their parts the tests' own)
"""Files of every format, crawled, then read by jobs, by Spark SQL and by `gluepot query`."""

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
import pytest
from deltalake import write_deltalake
from pyarrow import orc

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.targets import Target
from gluepot.jobs.errors import SourceError
from gluepot.jobs.spark_sql.session import attach_catalog
from gluepot.jobs.stores import Stores
from gluepot.services import Services, open_services
from gluepot.settings import Settings
from gluepot.sql.fetched import QueryError
from gluepot.sql.query import select
from tests.jobs.conftest import CAUSE, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.catalog.model import Table

Row: TypeAlias = "tuple[Any, ...]"
Files: TypeAlias = "Mapping[str, bytes]"


@dataclass(frozen=True)
class Yard:
    """A folder, the catalog it is crawled into, and the session that knows the catalog."""

    root: Path
    services: Services
    spark: SparkSession

    def put(self, files: Files) -> None:
        """Write files below the folder."""
        for name, data in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def crawl(self, classifier: Mapping[str, Any] | None = None) -> Table:
        """Crawl the folder and return the one table of it."""

        def look_up(name: str) -> Mapping[str, Any]:
            if classifier is None:
                raise EntityNotFoundError("Classifier", name)
            return classifier

        names = () if classifier is None else ("own",)
        target = Target(uri=f"file://{self.root}/")
        run_crawl(
            Crawler(name="c", database="db", targets=(target,), classifiers=names),
            catalog=self.services.catalog,
            access=Access(s3=self.services.s3, classifier=look_up),
            store=self.services.crawlers,
            clock=utc_now,
        )
        (table,) = self.services.catalog.list_tables("db")
        return table

    def read(self, condition: str = "true") -> list[Row]:
        """Return the table's rows as Spark reads them, sorted."""
        (table,) = self.services.catalog.list_tables("db")
        sql = f"SELECT * FROM gluepot.db.`{table.name}` WHERE {condition}"
        return sorted((tuple(row) for row in self.spark.sql(sql).collect()), key=repr)

    def query(self) -> list[Row]:
        """Return the table's rows as `gluepot query` reads them, sorted."""
        (table,) = self.services.catalog.list_tables("db")
        _, rows = select(self.services, f'SELECT * FROM db."{table.name}"')
        return sorted(rows, key=repr)


@pytest.fixture
def yard(tmp_path: Path, spark: SparkSession) -> Iterator[Yard]:
    with open_services(Settings(home=tmp_path / "home")) as services:
        stores = Stores(services.s3)
        attach_catalog(spark, catalog=services.catalog, stores=stores, cause=CAUSE)
        yield Yard(tmp_path / "data" / "t", services, spark)
    vars(spark).pop("sql")
    vars(spark).pop("table")


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


@pytest.mark.parametrize("name", CASES)
def test_every_reader_finds_the_rows_that_were_written(yard: Yard, name: str) -> None:
    case = CASES[name]
    yard.put(case.files)
    table = yard.crawl(case.classifier)
    kind = name.partition("_")[0] if case.format is None else case.format
    assert (table.parameters or {})["classification"] == kind

    assert yard.read() == case.rows

    if case.query is None:
        assert yard.query() == case.rows
    elif case.query.startswith("["):
        assert repr(yard.query()) == case.query
    else:
        with pytest.raises(QueryError, match=case.query):
            yard.query()


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


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.name} {case.says[:16]}")
def test_files_whose_compression_spark_would_misread_are_named(yard: Yard, case: Refused) -> None:
    yard.put({case.name: case.data})
    yard.crawl()

    with pytest.raises(SourceError, match=case.says):
        yard.read()
    assert {row[1] for row in yard.query()} == {"a", "b"} | (
        {"name"} if "snappy" in case.name else set()
    )


@pytest.mark.parametrize("more", [0, 40])
def test_partition_values_are_typed_unescaped_and_null(yard: Yard, more: int) -> None:
    null = "__HIVE_DEFAULT_PARTITION__"
    days = [f"n={number}/day=2024-03-01/city=x" for number in range(2, 2 + more)]
    folders = ["n=1/day=2024-01-31/city=New%20York", f"n={null}/day={null}/city={null}"]
    folders += days
    yard.put({f"{place}/x.parquet": as_parquet([{"id": 1}]) for place in folders})
    table = yard.crawl()
    assert [key.type for key in table.partition_keys or ()] == ["int", "date", "string"]
    rows: list[Row] = [(1, 1, date(2024, 1, 31), "New York"), (1, None, None, None)]
    others = [(1, number, date(2024, 3, 1), "x") for number in range(2, 2 + more)]

    assert yard.read() == yard.query() == sorted([*rows, *others], key=repr)
    assert yard.read("n = 1 AND city = 'New York'") == rows[:1]


def symlinked(root: Path) -> dict[str, bytes]:
    """Return Parquet files, those of two days in one folder, and the manifests that list them."""
    found: dict[str, bytes] = {}
    for number, day in enumerate(("2024-01-31", "2024-02-01"), start=1):
        name = f"files/part {number}.parquet"
        found[name] = as_parquet([{"Id": number}])
        manifest = f"_symlink_format_manifest/day={day}/manifest"
        found[manifest] = f"file://{root}/{name}\n".encode()
    return found | {"files/gone.parquet": as_parquet([{"Id": -1}])}


def test_of_symlink_manifests_the_files_that_they_list_are_read(yard: Yard) -> None:
    yard.put(symlinked(yard.root))
    yard.crawl()
    rows: list[Row] = [(1, date(2024, 1, 31)), (2, date(2024, 2, 1))]

    assert (yard.read(), yard.query()) == (rows, rows)
    assert yard.read("day > '2024-01-31'") == rows[1:]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("file:///etc/x.parquet", "lies away from"),
        ("file://ROOT/files/none.parquet", "not there: generate the manifest again"),
    ],
)
def test_a_manifest_that_lists_what_it_may_not_or_what_is_gone_is_named(
    yard: Yard, line: str, says: str
) -> None:
    yard.put(symlinked(yard.root))
    yard.crawl()
    written = line.replace("ROOT", str(yard.root)).encode()
    yard.put({"_symlink_format_manifest/day=2024-02-01/manifest": written})

    with pytest.raises(SourceError, match=says):
        yard.read()


def test_delta_tables_are_read_by_their_log(yard: Yard) -> None:
    for number in (1, 2):
        rows = pa.table({"id": [number], "Name": ["a"], "day": [date(2024, 1, number)]})
        write_deltalake(str(yard.root), rows, mode="append", partition_by=["day"])
    table = yard.crawl()
    expected: list[Row] = [(1, "a", date(2024, 1, 1)), (2, "a", date(2024, 1, 2))]
    assert not table.partition_keys

    assert (yard.read(), yard.query()) == (expected, expected)
    assert yard.read("day > '2024-01-01'") == expected[1:]


def as_excel() -> bytes:
    sink = io.BytesIO()
    book = openpyxl.Workbook()
    for row in (("id", "name"), (1, "a"), (2, "b")):
        book.active.append(row)
    book.save(sink)
    return sink.getvalue()


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "x.xlsx": (as_excel, "of format excel.*save the workbook as CSV"),
    "x.ion": (lambda: b"$ion_1_0 {id: 1} {id: 2}", "of format ion.*[Cc]onvert it"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_formats_without_a_reader_are_refused_with_what_to_do(yard: Yard, name: str) -> None:
    make, says = UNREADABLE[name]
    yard.put({name: make()})
    yard.crawl()

    with pytest.raises(SourceError, match=says.replace("save", "Save")):
        yard.read()
    with pytest.raises(QueryError, match=says.replace("save", "Save")):
        yard.query()
