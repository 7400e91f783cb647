"""Ion: structs as rows, in text and binary; and values that would never end."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import Any

import pytest
from amazon.ion import simpleion
from amazon.ion.core import Timestamp, TimestampPrecision
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gluepot.catalog.types import parse_type, print_type
from gluepot.crawlers.classifiers.base import Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.evidence import join
from gluepot.crawlers.classifiers.ion import Ion
from gluepot.crawlers.classifiers.ion_values import read_ion, type_of

ROW = (
    b"person::{Name: Ann, age: 41, paid: 12.50, rate: 1e0, born: 1980-02-03,"
    b" seen: 2020-01-02T03:04:05.678Z, photo: {{aGVsbG8=}}, tags: [a, b], pair: (1 2.5),"
    b' home: {City: "Bonn", no: null.int}, big: 12345678901, huge: 123456789012345678901}\n'
)


def answer(data: bytes, *, size: int | None = None) -> Classification:
    length = len(data) if size is None else size
    return Ion().classify(
        Sample(
            uri="x",
            size=length,
            plain_size=length,
            codec="none",
            data=data,
            complete=size is None,
        )
    )


def schema_of(data: bytes, *, size: int | None = None) -> FileSchema:
    found = answer(data, size=size)
    assert found.schema is not None, found
    return found.schema


def binary(rows: list[Any]) -> bytes:
    return bytes(simpleion.dumps(rows, binary=True, sequence_as_stream=True))


@pytest.mark.parametrize("encoding", ["text", "binary"])
def test_each_struct_is_a_row_whatever_its_annotations(encoding: str) -> None:
    data = ROW * 3
    if encoding == "binary":
        data = binary(simpleion.loads(data, single_value=False))
    found = schema_of(data)

    assert {item.name: print_type(item.type) for item in found.columns} == {
        "Name": "string",
        "age": "int",
        "paid": "decimal(4,2)",
        "rate": "double",
        "born": "date",
        "seen": "timestamp",
        "photo": "binary",
        "tags": "array<string>",
        "pair": "array<decimal(11,1)>",
        "home": "struct<City:string,no:void>",
        "big": "bigint",
        "huge": "decimal(38,0)",
    }
    assert (found.format, found.records, found.exact) == ("ion", 3, True)
    assert found.columns[2].reason == "in 3 of 3 structs read, such as 12.50 in struct 1"


def test_the_value_that_decided_is_named() -> None:
    found = schema_of(b"{a: 1, b: null}\n{a: 2.5}\n{a: x}\n")

    assert found.columns[0].reason == (
        "in 3 of 3 structs read; struct 1 holds 1, struct 3 holds 'x'"
    )
    assert print_type(found.columns[0].type) == "string"
    assert found.columns[1].reason == "null in all 3 structs read"


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.decimals(-1000, 1000, places=3),
    st.text(max_size=4),
    st.binary(max_size=4),
    st.none(),
    st.builds(
        lambda day, kept: Timestamp(2020, 1, day, precision=kept),
        st.integers(1, 28),
        st.sampled_from([TimestampPrecision.DAY, TimestampPrecision.SECOND]),
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=4), VALUES, min_size=1), min_size=1, max_size=4))
@example([{"A": {"x": 1, "X": "", "": None}, "\0": [[]]}])
def test_what_amazon_ion_wrote_is_found(rows: list[dict[str, Any]]) -> None:
    found = read_ion(binary(rows))

    assert (found.records, found.cut, found.problem) == (len(rows), None, None)
    written = {name for row in rows for name in row}
    assert len(found.columns) == len({name.replace("\0", "\ufffd") for name in written})
    for name, type_, _ in found.columns:
        assert print_type(parse_type(type_)) == type_
        held = [type_of(row[name]) for row in rows if name in row]
        if held:
            assert type_ == print_type(reduce(join, held))


def test_numbers_that_no_decimal_holds_are_double() -> None:
    assert print_type(type_of(Decimal("1e60"))) == "double"
    assert print_type(type_of(Decimal("0.001"))) == "decimal(3,3)"
    assert print_type(type_of(10**60)) == "string"


def test_typed_nulls_are_null() -> None:
    found = schema_of(b"{a: null.timestamp, b: null.struct}")

    assert {print_type(item.type) for item in found.columns} == {"void"}


def test_structs_beyond_the_head_are_estimated() -> None:
    data = ROW * 400

    found = schema_of(data[: len(data) // 4], size=len(data))

    assert not found.exact
    assert 380 <= found.records <= 420


def test_text_without_a_marker_that_breaks_off_is_less_sure_than_damaged_json() -> None:
    found = answer(b"{a: 1}\n{a: 2}\n{a")

    assert 0 < found.certainty < 0.5
    assert found.schema is not None
    assert "after 2 structs it is damaged" in found.schema.warnings[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xe0\x01\x00\xea\xde\x90", "no struct that can be read"),
        (b"$ion_1_0 1 2 3", "its values are no structs"),
        (b"$ion_1_0 {a:", "no struct that can be read"),
        (b"$ion_1_0 " + b"[" * 100_000, "no struct that can be read"),
        (b"\xe0\x01\x00\xea", "its values are no structs"),
    ],
)
def test_damaged_ion_is_named_with_its_reason(data: bytes, reason: str) -> None:
    found = answer(data)

    assert found.schema is None
    assert found.certainty == 1.0
    assert reason in str(found.problem)


@pytest.mark.parametrize(
    "data", [b"a,b\n1,2\n", b'{"a": 1}\n{"a": \n', b"{{", b"", b"{ x", b"#!/bin/sh\n{ a; }"]
)
def test_other_text_is_not_ion(data: bytes) -> None:
    assert answer(data).certainty == 0.0


def test_a_struct_longer_than_the_head_asks_for_more() -> None:
    data = b"{a: '''" + b"x" * 5_000 + b"'''}"

    assert answer(data[:1_000], size=len(data)).needs_more


def test_a_symbol_that_the_library_never_finds_ends_within_bounds() -> None:
    found = answer(b"$ion_1_0 {a:$10999999999::1}")

    assert "takes more than 2 seconds" in str(found.problem)


@pytest.mark.parametrize("data", [ROW * 3, binary([{"a": 1, "b": [Decimal("1.5"), "x"]}] * 9)])
def test_a_file_cut_anywhere_is_read_up_to_there(data: bytes) -> None:
    whole = read_ion(data).records

    for length in range(0, len(data), 7):
        found = read_ion(data[:length])

        assert found.problem is None
        assert found.records < whole or length > len(data) - 3
