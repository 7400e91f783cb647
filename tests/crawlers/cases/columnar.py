"""Parquet, ORC and Avro: the files tell their schemas themselves."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import fastavro
import pyarrow as pa
from pyarrow import orc, parquet

from tests.crawlers.cases.model import Case, Expected, Made, Section, one

FORMAT_ONE = {"serialization.format": "1"}
WHEN = dt.datetime(2024, 1, 31, 10, 5, 59)  # noqa: DTZ001 - most formats hold no zone
PEOPLE = pa.list_(pa.struct([("Name", pa.string()), ("age", pa.int32())]))

SCALARS: dict[str, tuple[pa.DataType, Any]] = {
    "flag": (pa.bool_(), True),
    "tiny": (pa.int8(), 1),
    "small": (pa.int16(), 1),
    "number": (pa.int32(), 1),
    "big": (pa.int64(), 1),
    "single": (pa.float32(), 1.5),
    "twice": (pa.float64(), 1.5),
    "price": (pa.decimal128(10, 2), Decimal("1.50")),
    "exact": (pa.decimal128(38, 18), Decimal("1.5")),
    "day": (pa.date32(), WHEN.date()),
    "at": (pa.timestamp("us"), WHEN),
    "word": (pa.string(), "x"),
    "raw": (pa.binary(), b"x"),
}
SCALAR_COLUMNS = (
    "flag boolean, tiny tinyint, small smallint, number int, big bigint, single float,"
    " twice double, price decimal(10,2), exact decimal(38,18), day date, at timestamp, word string,"
    " raw binary"
)
NESTED: dict[str, tuple[pa.DataType, Any]] = {
    "tags": (pa.list_(pa.string()), ["a"]),
    "scores": (pa.map_(pa.string(), pa.int64()), [("a", 1)]),
    "place": (pa.struct([("Lat", pa.float64()), ("lon", pa.float64())]), {"Lat": 1, "lon": 2}),
    "people": (PEOPLE, [{"Name": "x", "age": 1}]),
}
NESTED_COLUMNS = (
    "tags array<string>, scores map<string,bigint>, place struct<Lat:double,lon:double>,"
    " people array<struct<Name:string,age:int>>"
)


def arrow(columns: dict[str, tuple[pa.DataType, Any]], rows: int = 2) -> pa.Table:
    """Return a table that has one value in each column, over and over."""
    schema = pa.schema([(name, type_) for name, (type_, _) in columns.items()])
    row = {name: value for name, (_, value) in columns.items()}
    return pa.Table.from_pylist([row] * rows, schema=schema)


def in_parquet(shown: str, table: pa.Table, **options: Any) -> Made:  # noqa: ANN401
    """Return a Parquet file."""

    def make() -> bytes:
        sink = io.BytesIO()
        parquet.write_table(table, sink, **options)
        return sink.getvalue()

    return Made(shown=f"Parquet: {shown}", make=make)


def in_orc(shown: str, table: pa.Table, **options: Any) -> Made:  # noqa: ANN401
    """Return an ORC file."""

    def make() -> bytes:
        sink = io.BytesIO()
        orc.write_table(table, sink, **options)
        return sink.getvalue()

    return Made(shown=f"ORC: {shown}", make=make)


def in_avro(shown: str, fields: list[tuple[str, Any]], row: dict[str, Any], **options: Any) -> Made:  # noqa: ANN401
    """Return an Avro file of two equal records."""
    schema = {
        "type": "record",
        "name": "r",
        "fields": [{"name": name, "type": type_} for name, type_ in fields],
    }

    def make() -> bytes:
        sink = io.BytesIO()
        fastavro.writer(sink, schema, [row, row], **options)
        return sink.getvalue()

    return Made(shown=f"Avro: {shown}", make=make)


def parquet_table(columns: str, **others: Any) -> tuple[Expected, ...]:  # noqa: ANN401
    """Return the expected table ``t`` of Parquet."""
    return one("t", columns, format="parquet", serde="ParquetHiveSerDe", **others)


PARQUET = (
    Case(
        name="Parquet scalars",
        why="Types stand in the footer; Hive has one for each.",
        files={"t/a.parquet": in_parquet("a column of each type", arrow(SCALARS))},
        tables=parquet_table(SCALAR_COLUMNS, serde_parameters=FORMAT_ONE, records=2),
    ),
    Case(
        name="Parquet nested",
        why="Lists, maps and structs are kept; members of structs keep their case.",
        files={"t/a.parquet": in_parquet("lists, maps, structs", arrow(NESTED))},
        tables=parquet_table(NESTED_COLUMNS),
    ),
    Case(
        name="Parquet timestamps",
        why="INT96, milliseconds, nanoseconds and zones are all timestamp to Hive.",
        files={
            "t/a.parquet": in_parquet(
                "INT96",
                arrow({"at": (pa.timestamp("ns"), WHEN)}),
                use_deprecated_int96_timestamps=True,
            ),
            "t/b.parquet": in_parquet("milliseconds", arrow({"at": (pa.timestamp("ms"), WHEN)})),
            "t/c.parquet": in_parquet(
                "with a zone",
                arrow({"at": (pa.timestamp("us", "UTC"), WHEN.replace(tzinfo=dt.UTC))}),
            ),
        },
        tables=parquet_table("at timestamp", records=6),
    ),
    Case(
        name="Parquet unsigned",
        why="Hive has no unsigned types: the next wider one holds every value.",
        files={
            "t/a.parquet": in_parquet(
                "unsigned numbers of 8, 16, 32 and 64 bits",
                arrow({f"u{bits}": (getattr(pa, f"uint{bits}")(), 1) for bits in (8, 16, 32, 64)}),
            )
        },
        tables=parquet_table("u8 smallint, u16 int, u32 bigint, u64 decimal(20,0)"),
    ),
    Case(
        name="Parquet compressed inside",
        why="compressionType is for whole files: the codec of pages is the format's own matter.",
        files={
            f"t/{codec}.parquet": in_parquet(
                f"one bigint, pages in {codec}",
                arrow({"id": (pa.int64(), 1)}),
                compression=codec,
            )
            for codec in ("snappy", "gzip", "zstd", "none")
        },
        tables=parquet_table("id bigint", records=8),
    ),
    Case(
        name="Parquet without an ending",
        why="The bytes tell the format, not the name.",
        files={
            "t/part-00000": in_parquet("one bigint", arrow({"id": (pa.int64(), 1)})),
            "t/part-00001.csv": in_parquet("one bigint", arrow({"id": (pa.int64(), 1)})),
        },
        tables=parquet_table("id bigint", records=4),
    ),
    Case(
        name="Parquet of nulls only",
        why="A column without a type holds nothing but nulls: string, as Glue has it.",
        files={"t/a.parquet": in_parquet("a null column", arrow({"n": (pa.null(), None)}))},
        tables=parquet_table("n string"),
    ),
    Case(
        name="Parquet without rows",
        why="The footer tells the schema all the same.",
        files={"t/a.parquet": in_parquet("no rows", arrow({"id": (pa.int64(), 1)}, rows=0))},
        tables=parquet_table("id bigint", records=0),
    ),
    Case(
        name="Parquet cut off",
        why="A file that cannot be read is named with the reason, and the rest goes on.",
        files={
            "t/a.parquet": in_parquet("one bigint", arrow({"id": (pa.int64(), 1)})),
            "t/b.parquet": Made(
                shown="the first half of a Parquet file",
                make=lambda: in_parquet("", arrow(SCALARS)).make()[:900],
            ),
        },
        tables=parquet_table("id bigint", records=2),
        problems=("t/b.parquet is in no table",),
    ),
)

ORC = (
    Case(
        name="ORC scalars",
        why="Types stand in the footer; Hive has one for each.",
        files={"t/a.orc": in_orc("a column of each type", arrow(SCALARS))},
        tables=one(
            "t",
            SCALAR_COLUMNS,
            format="orc",
            serde="OrcSerde",
            serde_parameters=FORMAT_ONE,
            records=2,
        ),
    ),
    Case(
        name="ORC nested",
        why="Lists, maps and structs are kept; members of structs keep their case.",
        files={"t/a.orc": in_orc("lists, maps, structs", arrow(NESTED))},
        tables=one("t", NESTED_COLUMNS, format="orc", serde="OrcSerde"),
    ),
    Case(
        name="ORC compressed inside",
        why="compressionType is for whole files: the codec of stripes is the format's own matter.",
        files={
            f"t/{codec}.orc": in_orc(
                f"one bigint, stripes in {codec}",
                arrow({"id": (pa.int64(), 1)}),
                compression=codec,
            )
            for codec in ("zlib", "zstd", "snappy", "uncompressed")
        },
        tables=one("t", "id bigint", format="orc", records=8),
    ),
)

AVRO_FIELDS: list[tuple[str, Any]] = [
    ("flag", "boolean"),
    ("number", "int"),
    ("big", "long"),
    ("single", "float"),
    ("twice", "double"),
    ("word", ["null", "string"]),
    ("raw", "bytes"),
    ("day", {"type": "int", "logicalType": "date"}),
    ("at", {"type": "long", "logicalType": "timestamp-micros"}),
    ("seen", {"type": "long", "logicalType": "timestamp-millis"}),
    ("price", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}),
    ("state", {"type": "enum", "name": "state", "symbols": ["OPEN", "SENT"]}),
    ("mark", {"type": "fixed", "name": "mark", "size": 2}),
]
AVRO_ROW = {
    "flag": True,
    "number": 1,
    "big": 1,
    "single": 1.5,
    "twice": 1.5,
    "word": None,
    "raw": b"x",
    "day": WHEN.date(),
    "at": WHEN.replace(tzinfo=dt.UTC),
    "seen": WHEN.replace(tzinfo=dt.UTC),
    "price": Decimal("1.50"),
    "state": "OPEN",
    "mark": b"ab",
}
PLACE = {
    "type": "record",
    "name": "place",
    "fields": [{"name": "Lat", "type": "double"}, {"name": "lon", "type": ["null", "double"]}],
}
AVRO = (
    Case(
        name="Avro scalars",
        why="The schema stands at the start; logical types follow Hive's AvroSerDe, which is told"
        " the schema.",
        files={"t/a.avro": in_avro("a field of each type", AVRO_FIELDS, AVRO_ROW)},
        tables=one(
            "t",
            "flag boolean, number int, big bigint, single float, twice double, word string,"
            " raw binary, day date, at timestamp, seen timestamp, price decimal(10,2),"
            " state string, mark binary",
            format="avro",
            serde="AvroSerDe",
            serde_parameters=FORMAT_ONE,
            records=2,
        ),
    ),
    Case(
        name="Avro nested",
        why="Arrays, maps and records are kept; a union with null is its other type.",
        files={
            "t/a.avro": in_avro(
                "arrays, maps, records",
                [
                    ("tags", {"type": "array", "items": "string"}),
                    ("scores", {"type": "map", "values": ["null", "long"]}),
                    ("place", ["null", PLACE]),
                ],
                {"tags": ["a"], "scores": {"a": 1}, "place": {"Lat": 1.0, "lon": None}},
            )
        },
        tables=one(
            "t",
            "tags array<string>, scores map<string,bigint>, place struct<Lat:double,lon:double>",
            format="avro",
        ),
    ),
    Case(
        name="Avro compressed inside",
        why="compressionType is for whole files: the codec of blocks is the format's own matter.",
        files={
            f"t/{codec}.avro": in_avro(
                f"one long, blocks in {codec}", [("id", "long")], {"id": 1}, codec=codec
            )
            for codec in ("null", "deflate", "bzip2")
        },
        tables=one("t", "id bigint", format="avro", records=6),
    ),
)

SECTIONS = (
    Section(
        title="Parquet",
        about="Every footer is read; no name or ending is needed.",
        cases=PARQUET,
    ),
    Section(title="ORC", about="Schema and rows stand in the footer.", cases=ORC),
    Section(title="Avro", about="The schema stands at the start of each file.", cases=AVRO),
)
