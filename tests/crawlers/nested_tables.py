"""Random tables with nested columns, and how each format writes them."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import fastavro
import pyarrow as pa
from hypothesis import strategies as st
from pyarrow import orc, parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

FORMATS = ("parquet", "orc", "avro", "json")
EPOCH = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
MEMBERS = ("a", "Bee", "c_3", "dD")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type: as a crawl must find it, as writers are told it, and its values.

    What ``avro`` is given makes the names of records differ. ``formats`` are those that hold it.
    """

    hive: str
    arrow: pa.DataType
    avro: Callable[[itertools.count[int]], Any]
    values: st.SearchStrategy[Any]
    formats: frozenset[str] = frozenset(FORMATS)


def scalar(
    hive: str,
    arrow: pa.DataType,
    avro: Any,  # noqa: ANN401
    values: st.SearchStrategy[Any],
    *,
    without: str = "",
) -> Kind:
    """Return a kind without parts; ``without`` are the formats that have no such type."""
    return Kind(
        hive=hive,
        arrow=arrow,
        avro=lambda _: avro,
        values=values,
        formats=frozenset(FORMATS) - set(without.split()),
    )


MICROS = {"type": "long", "logicalType": "timestamp-micros"}
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 3}
SCALARS = (
    scalar("boolean", pa.bool_(), "boolean", st.booleans()),
    scalar("int", pa.int32(), "int", st.integers(-(2**31), 2**31 - 1)),
    scalar("bigint", pa.int64(), "long", st.integers(2**31, 2**63 - 1)),
    scalar("double", pa.float64(), "double", st.integers(-1000, 1000).map(lambda n: n + 0.5)),
    scalar("string", pa.string(), "string", st.text(alphabet="xyz é,\"'", max_size=6)),
    scalar("tinyint", pa.int8(), None, st.integers(-128, 127), without="avro json"),
    scalar("smallint", pa.int16(), None, st.integers(-(2**15), 2**15 - 1), without="avro json"),
    scalar("float", pa.float32(), "float", st.just(1.5), without="json"),
    scalar("binary", pa.binary(), "bytes", st.binary(max_size=4), without="json"),
    scalar(
        "date",
        pa.date32(),
        {"type": "int", "logicalType": "date"},
        st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)),
        without="json",
    ),
    scalar(
        "timestamp",
        pa.timestamp("us", "UTC"),
        MICROS,
        st.integers(0, 10**9).map(lambda seconds: EPOCH + dt.timedelta(seconds=seconds)),
        without="json",
    ),
    scalar(
        "decimal(12,3)",
        pa.decimal128(12, 3),
        DECIMAL,
        st.integers(-(10**8), 10**8).map(lambda n: Decimal(n) / 1000),
        without="json",
    ),
)


def array_of(item: Kind) -> Kind:
    """Return lists, which hold one element at least: JSON tells nothing of empty ones."""
    return Kind(
        hive=f"array<{item.hive}>",
        arrow=pa.list_(item.arrow),
        avro=lambda count: {"type": "array", "items": item.avro(count)},
        values=st.lists(item.values, min_size=1, max_size=2),
    )


def map_of(item: Kind) -> Kind:
    """Return maps by texts, which JSON has not."""
    return Kind(
        hive=f"map<string,{item.hive}>",
        arrow=pa.map_(pa.string(), item.arrow),
        avro=lambda count: {"type": "map", "values": item.avro(count)},
        values=st.dictionaries(st.sampled_from("kl"), item.values, min_size=1),
    )


def struct_of(items: Sequence[Kind]) -> Kind:
    """Return structs; members keep their case."""
    members = dict(zip(MEMBERS, items, strict=False))
    return Kind(
        hive=f"struct<{','.join(f'{name}:{item.hive}' for name, item in members.items())}>",
        arrow=pa.struct([(name, item.arrow) for name, item in members.items()]),
        avro=lambda count: record(members, count),
        values=rows_of(members),
    )


def rows_of(members: Mapping[str, Kind]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with these members in their order, which the drawn ones have not always."""
    drawn = st.fixed_dictionaries({name: kind.values for name, kind in members.items()})
    return drawn.map(lambda row: {name: row[name] for name in members})


def record(members: Mapping[str, Kind], count: itertools.count[int]) -> dict[str, Any]:
    """Return an Avro record under a name of its own."""
    return {
        "type": "record",
        "name": f"r{next(count)}",
        "fields": [{"name": name, "type": item.avro(count)} for name, item in members.items()],
    }


def kinds_of(format_: str) -> st.SearchStrategy[Kind]:
    """Return types that a format holds, nested or not."""

    def nested(inner: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
        structs = st.lists(inner, min_size=1, max_size=3).map(struct_of)
        maps = () if format_ == "json" else (inner.map(map_of),)
        return st.one_of(inner.map(array_of), structs, *maps)

    scalars = [kind for kind in SCALARS if format_ in kind.formats]
    return st.recursive(st.sampled_from(scalars), nested, max_leaves=4)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How partitions lie: their keys with types, and their values; one folder without keys."""

    keys: dict[str, str]
    values: tuple[tuple[str, ...], ...]
    positional: bool

    def folder(self, values: Sequence[str]) -> str:
        """Return the folder of a partition, with a last slash where there are keys."""
        pairs = zip(self.keys, values, strict=True)
        names = (value if self.positional else f"{key}={value}" for key, value in pairs)
        return "".join(f"{name}/" for name in names)


LEVELS = {
    "int": ("1", "2", "30"),
    "bigint": ("5000000000", "7"),
    "date": ("2024-01-31", "2024-02-29"),
    "string": ("de", "Fr", "007"),
}
LEVEL = st.sampled_from(sorted(LEVELS))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Draw up to two levels of partitions, by key or by position, every value of each."""
    types, positional = draw(st.lists(LEVEL, max_size=2)), draw(st.booleans())
    stem = "partition_" if positional else "k"
    return Layout(
        keys={f"{stem}{level}": type_ for level, type_ in enumerate(types)},
        values=tuple(itertools.product(*(LEVELS[type_] for type_ in types))),
        positional=positional,
    )


@dataclass(frozen=True, kw_only=True)
class NestedTable:
    """Columns, rows, how partitions lie, and the format; every folder holds the same rows."""

    columns: dict[str, Kind]
    rows: list[dict[str, Any]]
    layout: Layout
    format: str

    def write(self, root: Path) -> None:
        """Write a file to every partition."""
        data = WRITERS[self.format](self)
        for values in self.layout.values:
            path = root / "t" / self.layout.folder(values) / f"part-0.{self.format}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


@st.composite
def nested_tables(draw: st.DrawFn, format_: str) -> NestedTable:
    """Draw a table of a format."""
    kinds = draw(st.lists(kinds_of(format_), min_size=1, max_size=4))
    columns = {f"c{number}": kind for number, kind in enumerate(kinds)}
    rows = draw(st.lists(rows_of(columns), min_size=1, max_size=3))
    return NestedTable(columns=columns, rows=rows, layout=draw(layouts()), format=format_)


def arrow_table(table: NestedTable) -> pa.Table:
    """Return the rows for Arrow's writers."""
    schema = pa.schema([(name, kind.arrow) for name, kind in table.columns.items()])
    return pa.Table.from_pylist(table.rows, schema=schema)


def as_parquet(table: NestedTable) -> bytes:
    """Return a Parquet file."""
    sink = io.BytesIO()
    parquet.write_table(arrow_table(table), sink)
    return sink.getvalue()


def as_orc(table: NestedTable) -> bytes:
    """Return an ORC file."""
    sink = io.BytesIO()
    orc.write_table(arrow_table(table), sink)
    return sink.getvalue()


def as_avro(table: NestedTable) -> bytes:
    """Return an Avro file."""
    sink = io.BytesIO()
    fastavro.writer(sink, record(table.columns, itertools.count()), table.rows)
    return sink.getvalue()


def as_json(table: NestedTable) -> bytes:
    """Return JSON lines."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in table.rows).encode()


WRITERS: Mapping[str, Callable[[NestedTable], bytes]] = {
    "parquet": as_parquet,
    "orc": as_orc,
    "avro": as_avro,
    "json": as_json,
}
