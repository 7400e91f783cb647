"""BSON: documents one after another, and bytes that are none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.base import Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.bson import Bson

ROW: dict[str, Any] = {
    "_id": bson.ObjectId(b"0" * 12),
    "n": 5,
    "big": bson.Int64(7),
    "price": bson.Decimal128("1.50"),
    "at": dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
    "Home": {"City": "Bonn", "tags": ["a", None]},
    "photo": b"\xff",
    "open": True,
    "none": None,
}


def dump(*rows: Any) -> bytes:  # noqa: ANN401
    return b"".join(bson.encode(row) for row in rows)


def answer(data: bytes, *, size: int | None = None) -> Classification:
    length = len(data) if size is None else size
    return Bson().classify(
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
    assert found.certainty == 1.0
    return found.schema


def test_documents_tell_columns_and_rows() -> None:
    found = schema_of(dump(ROW, ROW, {"n": 2.5}))

    assert {item.name: print_type(item.type) for item in found.columns} == {
        "_id": "string",
        "n": "double",
        "big": "bigint",
        "price": "decimal(38,18)",
        "at": "timestamp",
        "Home": "struct<City:string,tags:array<string>>",
        "photo": "binary",
        "open": "boolean",
        "none": "void",
    }
    assert (found.format, found.records, found.exact) == ("bson", 3, True)
    assert found.columns[1].reason == "in 3 of 3 documents read, such as 2.5 in document 3"


def test_documents_beyond_the_head_are_estimated() -> None:
    data = dump(*[ROW] * 100)

    found = schema_of(data[: len(data) // 3], size=len(data))

    assert (found.records, found.exact) == (100, False)


def test_a_document_longer_than_the_head_asks_for_more() -> None:
    data = dump({"a": "x" * 5_000})

    assert answer(data[:1_000], size=len(data)).needs_more


def test_a_file_cut_anywhere_is_read_up_to_there() -> None:
    data = dump(ROW, ROW, ROW)

    for length in range(0, len(data), 7):
        found = answer(data[:length])

        assert found.schema is None or not found.schema.exact


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_anywhere_is_answered(data: Any) -> None:  # noqa: ANN401
    whole = bytearray(dump(ROW, ROW))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    found = answer(bytes(whole))

    assert (found.schema is None) == (found.certainty == 0.0)


def test_documents_nested_without_end_are_refused() -> None:
    data = b"\5\0\0\0\0"
    for _ in range(20_000):
        length = len(data) + 8
        data = length.to_bytes(4, "little") + b"\x03a\0" + data + b"\0"

    assert "no document of it can be read" in answer(data).reason


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b\n1,2\n",
        b'{"a": 1}\n',
        b"\x0a\0\0\0 text of ten",
        b"\xff\xff\xff\x7f\x01a\0",
        b"\x05\0\0\0\x05",
    ],
)
def test_other_bytes_are_no_documents(data: bytes) -> None:
    assert answer(data).certainty == 0.0
