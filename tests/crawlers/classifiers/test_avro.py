"""Avro: what a header says, by Hive's rules; blocks that are counted; headers that lie."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.types import parse_type, print_type
from gluepot.crawlers.classifiers.avro import Avro
from gluepot.crawlers.classifiers.base import Classification, FileSchema, Sample

LONG = {"type": "record", "name": "R", "fields": [{"name": "n", "type": "long"}]}


def file_of(schema: Any, rows: list[Any], **options: Any) -> bytes:  # noqa: ANN401
    buffer = io.BytesIO()
    fastavro.writer(buffer, schema, rows, **options)
    return buffer.getvalue()


def container(schema: object, blocks: bytes = b"", **metadata: bytes) -> bytes:
    """Return a file as an untidy writer would make it: no rule is checked."""
    text = schema.encode() if isinstance(schema, str) else json.dumps(schema).encode()
    entries = {"avro.schema": text} | {f"avro.{key}": value for key, value in metadata.items()}
    written = b"".join(
        long_of(len(key)) + key.encode() + long_of(len(value)) + value
        for key, value in entries.items()
    )
    return b"Obj\x01" + long_of(len(entries)) + written + b"\0" + b"s" * 16 + blocks


def long_of(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def answer(data: bytes, *, size: int | None = None) -> Classification:
    whole = size is None
    length = len(data) if size is None else size
    return Avro().classify(
        Sample(uri="x", size=length, plain_size=length, codec="none", data=data, complete=whole)
    )


def schema_of(data: bytes) -> FileSchema:
    schema = answer(data).schema
    assert schema is not None
    return schema


def types_of(*types: object) -> dict[str, str]:
    fields = [{"name": f"f{place}", "type": type_} for place, type_ in enumerate(types)]
    schema = schema_of(container({"type": "record", "name": "R", "fields": fields}))
    return {item.name: print_type(item.type) for item in schema.columns}


def one(type_: object) -> str:
    return types_of(type_)["f0"]


PLAIN = [
    ("boolean", "boolean", True),
    ("int", "int", 5),
    ("long", "bigint", 2**40),
    ("float", "float", 0.5),
    ("double", "double", 0.25),
    ("string", "string", "x"),
    ("bytes", "binary", b"x"),
    ({"type": "int", "logicalType": "date"}, "date", dt.date(2020, 1, 2)),
    (
        {"type": "long", "logicalType": "timestamp-micros"},
        "timestamp",
        dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
    ),
    (
        {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        "decimal(9,2)",
        decimal.Decimal("1.25"),
    ),
]


def wrap(inner: Any) -> Any:  # noqa: ANN401
    nullable = inner.filter(lambda item: not isinstance(item[0], list)).map(
        lambda item: (["null", item[0]], item[1], item[2])
    )
    array = inner.map(
        lambda item: ({"type": "array", "items": item[0]}, f"array<{item[1]}>", [item[2]])
    )
    pairs = inner.map(
        lambda item: ({"type": "map", "values": item[0]}, f"map<string,{item[1]}>", {"k": item[2]})
    )
    records = st.lists(inner, min_size=1, max_size=3).map(record)
    return nullable | array | pairs | records


def record(items: list[Any]) -> tuple[object, str, object]:
    fields = [{"name": f"Member{i}", "type": item[0]} for i, item in enumerate(items)]
    types = ",".join(f"Member{i}:{item[1]}" for i, item in enumerate(items))
    values = {f"Member{i}": item[2] for i, item in enumerate(items)}
    return {"type": "record", "name": "N", "fields": fields}, f"struct<{types}>", values


def named_apart(schema: Any, path: str) -> Any:  # noqa: ANN401
    """Return the schema with every record under a name of its own, as Avro demands."""
    if isinstance(schema, list):
        return [named_apart(item, path) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: named_apart(item, path) for key, item in schema.items() if key != "fields"}
    if "fields" in schema:
        found["name"] = path
        found["fields"] = [
            {"name": item["name"], "type": named_apart(item["type"], f"{path}_{place}")}
            for place, item in enumerate(schema["fields"])
        ]
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.recursive(st.sampled_from(PLAIN), wrap, max_leaves=6), min_size=1, max_size=4),
    st.integers(0, 40),
    st.sampled_from(["null", "deflate"]),
)
def test_what_fastavro_wrote_is_found(items: list[Any], count: int, codec: str) -> None:
    written, types, row = record(items)
    schema = named_apart(written, "R")

    found = schema_of(file_of(schema, [row] * count, codec=codec, sync_interval=50))

    assert f"struct<{','.join(f'{c.name}:{print_type(c.type)}' for c in found.columns)}>" == types
    assert all(parse_type(print_type(column.type)) == column.type for column in found.columns)
    assert (found.records, found.exact, found.codec, found.warnings) == (count, True, "none", ())


def test_logical_types_without_a_column_type_are_the_number_below() -> None:
    assert types_of(
        {"type": "long", "logicalType": "timestamp-millis"},
        {"type": "long", "logicalType": "local-timestamp-micros"},
        {"type": "int", "logicalType": "time-millis"},
        {"type": "string", "logicalType": "uuid"},
        {"type": "string", "logicalType": "varchar", "maxLength": 20},
        {"type": "bytes", "logicalType": "decimal", "precision": 50},
        {"type": "fixed", "name": "F", "size": 8, "logicalType": "decimal", "precision": 18},
        {"type": "fixed", "name": "G", "size": 3},
        {"type": "enum", "name": "E", "symbols": ["A"]},
        "G",
        "null",
    ) == {
        "f0": "timestamp",
        "f1": "bigint",
        "f2": "int",
        "f3": "string",
        "f4": "varchar(20)",
        "f5": "binary",
        "f6": "decimal(18,0)",
        "f7": "binary",
        "f8": "string",
        "f9": "binary",
        "f10": "void",
    }


def test_a_union_of_several_types_is_a_uniontype_and_is_warned_of() -> None:
    fields = [{"name": "u", "type": ["null", "int", "string"]}]
    found = schema_of(container({"type": "record", "name": "R", "fields": fields}))

    assert print_type(found.columns[0].type) == "uniontype<int,string>"
    assert "column u is a union of null, int, string" in found.warnings[0]


def test_a_record_that_holds_itself_ends_as_string_with_a_warning() -> None:
    node = {
        "type": "record",
        "name": "Node",
        "namespace": "x.y",
        "fields": [{"name": "value", "type": "int"}, {"name": "next", "type": ["null", "Node"]}],
    }
    found = schema_of(
        container({"type": "record", "name": "R", "fields": [{"name": "n", "type": node}]})
    )

    assert print_type(found.columns[0].type) == "struct<value:int,next:string>"
    assert "column n.next holds itself as record x.y.Node" in found.warnings[0]


def test_names_resolve_in_the_namespace_of_the_record_around_them() -> None:
    inner = {"type": "enum", "name": "E", "symbols": ["A"]}
    outer = {"type": "record", "name": "a.b.N", "fields": [{"name": "e", "type": inner}]}

    assert types_of(outer, "a.b.E", ["null", "a.b.N"])["f2"] == "struct<e:string>"


def test_the_reason_quotes_the_schema() -> None:
    fields = [{"name": "t", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]}]
    found = schema_of(container({"type": "record", "name": "R", "fields": fields}))

    assert found.columns[0].reason == (
        "the file's Avro schema says union of null, long with timestamp-millis"
    )


def test_the_schema_goes_to_the_table_and_its_serde_as_it_stands_in_the_file() -> None:
    text = json.dumps(LONG, indent=1)
    found = schema_of(container(text))

    assert found.parameters == {"avro.schema.literal": text}
    assert found.serde_parameters == {"avro.schema.literal": text, "serialization.format": "1"}


def test_records_beyond_the_head_are_estimated_from_its_blocks() -> None:
    data = file_of(LONG, [{"n": 2**40}] * 20_000)

    found = answer(data[: len(data) // 3], size=len(data)).schema

    assert found is not None
    assert not found.exact
    assert 19_000 < found.records < 21_000


def test_a_header_longer_than_the_head_asks_for_more() -> None:
    fields = [{"name": f"column_{place}", "type": "long"} for place in range(500)]
    data = file_of({"type": "record", "name": "R", "fields": fields}, [])

    found = answer(data[:1000], size=len(data))

    assert found.needs_more
    assert answer(data[:1000]).problem == "it starts as Avro, but its header is cut off"


def test_a_file_cut_anywhere_is_answered() -> None:
    data = file_of(LONG, [{"n": 2**40}] * 100, sync_interval=100)

    for length in range(0, len(data), 7):
        cut = answer(data[:length])
        more = answer(data[:length], size=len(data))

        assert cut.schema is None or not cut.schema.exact or cut.schema.records < 100
        assert more.schema is not None or more.needs_more or length < 4


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_anywhere_is_answered(data: Any) -> None:  # noqa: ANN401
    whole = bytearray(file_of(LONG, [{"n": 3}] * 3))
    place = data.draw(st.integers(4, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))

    found = answer(bytes(whole))

    assert (found.schema is None) == (found.problem is not None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"Obj\x01" + b"\xff" * 20, "has no end"),
        (b"Obj\x01\x02" + long_of(2**62), "header is cut off"),
        (b"Obj\x01\x02" + long_of(-3), "is negative"),
        (b"Obj\x01" + long_of(2**61) + b"\0" * 100, "header is cut off"),
        (container("[" * 100_000), "nests too deep"),
        (container('{"type":'), "is not JSON"),
        (container("long"), "is not JSON"),
        (container('"long"'), "is long, not a record"),
        (container(["null", LONG]), "is union of null, record R, not a record"),
        (container({"type": "record", "name": "R"}), "no list of fields"),
        (container({"type": "record", "name": "R", "fields": [{"name": 3}]}), "without a name"),
        (
            container({"type": "record", "name": "R", "fields": [{"name": "a", "type": "X"}]}),
            "'X', which is not defined",
        ),
        (container(LONG).replace(b"avro.schema", b"avro.skipme"), "has no avro.schema"),
    ],
)
def test_a_damaged_header_is_named_with_its_reason(data: bytes, reason: str) -> None:
    found = answer(data)

    assert found.schema is None
    assert reason in str(found.problem)


def test_a_header_that_claims_gigabytes_is_refused_without_reading_on() -> None:
    found = answer(b"Obj\x01\x02" + long_of(2**31), size=2**40)

    assert not found.needs_more
    assert "claims 2,147,483,658 bytes" in str(found.problem)


def test_types_that_double_at_every_level_are_refused() -> None:
    fields = [{"name": "f0", "type": {"type": "record", "name": "T0", "fields": []}}]
    for place in range(1, 40):
        inner = [{"name": side, "type": f"T{place - 1}"} for side in ("a", "b")]
        type_ = {"type": "record", "name": f"T{place}", "fields": inner}
        fields.append({"name": f"f{place}", "type": type_})

    assert "more than 10000 types" in str(
        answer(container({"type": "record", "name": "R", "fields": fields})).problem
    )


def test_types_nested_beyond_what_a_table_holds_end_as_string() -> None:
    type_: object = "int"
    for _ in range(200):
        type_ = {"type": "array", "items": type_}

    assert one(type_).count("array") < 100
    assert parse_type(one(type_))


def test_damaged_blocks_leave_the_schema_and_a_warning() -> None:
    block = long_of(5) + long_of(3) + b"abc" + b"s" * 16
    found = schema_of(container(LONG, block + block[:-1] + b"t"))

    assert (found.records, found.exact) == (5, False)
    assert "does not end with the file's marker" in found.warnings[0]


def test_a_codec_that_no_reader_knows_is_warned_of() -> None:
    assert "compressed with 'lzo'" in schema_of(container(LONG, codec=b"lzo")).warnings[0]


def test_text_is_not_avro() -> None:
    assert answer(b"a,b\n1,2\n").certainty == 0.0
