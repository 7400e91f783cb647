"""The schema of a footer is found as Arrow finds it, and Arrow is spared what it cannot bear."""

from __future__ import annotations

import io
import struct

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from gluepot.catalog.types import MAX_DEPTH, parse_type, print_type
from gluepot.crawlers.classifiers.parquet_footers import Footers
from gluepot.crawlers.classifiers.parquet_thrift import (
    MAX_ELEMENTS,
    FooterDamagedError,
    footer_parts,
)
from tests.crawlers.hostile_files import nested_groups, varint

ROWS = b"\x16\x0a"
"""Five of them."""

NO_GROUPS = b"\x19\x0c\x00"


def footer_of(table: pa.Table, *, version: str = "2.6") -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, version=version)
    data = buffer.getvalue()
    (length,) = struct.unpack("<I", data[-8:-4])
    return data[-8 - length : -8]


def read(footer: bytes) -> tuple[int, dict[str, str]]:
    """Return the rows and the columns that a footer tells."""
    found = Footers().read(footer + struct.pack("<I", len(footer)) + b"PAR1", len(footer) + 12)
    assert found is not None
    assert found.schema is not None, found.problem
    return found.records, {item.name: print_type(item.type) for item in found.schema.columns}


types = st.recursive(
    st.sampled_from([pa.int64(), pa.string(), pa.decimal128(9, 2), pa.timestamp("us"), pa.bool_()]),
    lambda inner: (
        st.builds(pa.list_, inner)
        | st.builds(lambda value: pa.map_(pa.string(), value), inner)
        | st.lists(inner, min_size=1, max_size=3).map(
            lambda found: pa.struct([(f"f{i}", item) for i, item in enumerate(found)])
        )
    ),
    max_leaves=8,
)


@given(st.lists(types, min_size=1, max_size=6), st.integers(0, 3))
def test_every_schema_ends_where_arrow_says(found: list[pa.DataType], rows: int) -> None:
    schema = pa.schema([(f"c{number}", type_) for number, type_ in enumerate(found)])
    table = pa.Table.from_pylist([{}] * rows, schema=schema)
    footer = footer_of(table)

    parts = footer_parts(footer)

    assert (parts.records, parts.usual) == (rows, True)
    alone = b"\x15\x02\x19" + footer[parts.start : parts.end] + b"\x16\x00" + NO_GROUPS
    file = b"PAR1" + alone + struct.pack("<I", len(alone)) + b"PAR1"
    assert parquet.read_metadata(pa.BufferReader(file)).schema.to_arrow_schema() == schema


@given(st.data())
def test_damage_is_named_and_never_more(data: st.DataObject) -> None:
    footer = bytearray(footer_of(pa.table({"a": [1], "b": [{"c": [1.5]}]})))
    for _ in range(data.draw(st.integers(1, 4))):
        footer[data.draw(st.integers(0, 80))] = data.draw(st.integers(0, 255))

    found = Footers().read(bytes(footer) + struct.pack("<I", len(footer)) + b"PAR1", 10_000)

    assert found is not None
    assert (found.schema is None) is (found.problem is not None)


def test_a_schema_nests_as_deep_as_types_may() -> None:
    rows, columns = read(nested_groups(MAX_DEPTH - 1))

    assert rows == 0
    assert print_type(parse_type(columns["g"])) == columns["g"]
    with pytest.raises(FooterDamagedError, match="nests deeper than 100 levels"):
        footer_parts(nested_groups(MAX_DEPTH))


def test_fields_in_another_order_are_read_as_well() -> None:
    footer = footer_of(pa.table({"a": [1]}))
    parts = footer_parts(footer)
    schema = footer[parts.start : parts.end]

    assert read(b"\x36\x0a" + b"\x09\x04" + schema + b"\x05\x02\x02" + NO_GROUPS) == (
        5,
        {"a": "bigint"},
    )
    assert read(b"\x15\x02\x09\x04" + schema + b"\x06\x06\x0a" + NO_GROUPS) == (5, {"a": "bigint"})


def test_two_footers_that_begin_alike_are_read_by_the_same_schema() -> None:
    footer = footer_of(pa.table({"a": [1]}))
    parts = footer_parts(footer)
    beginning, end = footer[: parts.end], struct.pack("<I", parts.end + 5) + b"PAR1"
    footers = Footers()

    first = footers.read(beginning + ROWS + NO_GROUPS + end, 1000)
    other = footers.read(beginning + b"\x16\x0e" + NO_GROUPS + end, 1000)
    damaged = footers.read(beginning + b"\x17\x0e" + NO_GROUPS + end, 1000)

    assert first is not None
    assert other is not None
    assert damaged is not None
    assert first.schema is other.schema
    assert (first.records, other.records) == (5, 7)
    assert damaged.problem == "its footer is damaged after the schema"


@pytest.mark.parametrize(
    ("footer", "reason"),
    [
        (b"\x15\x02\x19\xfc" + varint(2**31) + b"\x00" * 9, "claims 2,147,483,648 elements"),
        (b"\x15\x02\x19\xfc" + b"\xff" * 100_000, "longer than numbers are"),
        (b"\x15" + b"\x80" * 100_000, "longer than numbers are"),
        (b"\x15\x02\x19\x1c\x48" + varint(2**62) + b"x", "does not end within its 15 bytes"),
        (b"\x15\x02\x19\x1c" + b"\x19" * 10_000, "nest deeper than any writer has them"),
        (b"\x15\x02\x19\x1c\x19\xf3" + varint(2**62), "claims more than there is"),
        (b"\x15\x02\x19\x19\x00", "no list of elements"),
        (b"\x15\x02\x19\x1c\x0b\x00", "of a kind that no schema has"),
        (b"\x49\x1c\x00", "does not begin with version, schema and rows"),
        (footer_of(pa.table({"a": [1]}))[:20], "does not end within its 20 bytes"),
    ],
)
def test_what_no_writer_leaves_is_named(footer: bytes, reason: str) -> None:
    with pytest.raises(FooterDamagedError, match=reason):
        footer_parts(footer)


def test_the_paths_of_columns_are_bounded_together() -> None:
    # One group with a name of a megabyte, and children who would each carry it.
    group = b"\x35\x02\x18" + varint(2**20) + b"g" * 2**20 + b"\x15" + varint(200) + b"\x00"
    leaf = b"\x15\x02\x25\x02\x18\x01n\x00"
    schema = b"\x19\xfc" + varint(102) + b"\x48\x01r\x15\x02\x00" + group + leaf * 100

    with pytest.raises(FooterDamagedError, match="paths of its columns exceed"):
        footer_parts(b"\x15\x02" + schema + ROWS + NO_GROUPS)


def test_so_many_columns_are_no_attack() -> None:
    leaf = b"\x15\x02\x25\x02\x18\x01n\x00"
    count = MAX_ELEMENTS // 10
    schema = b"\x19\xfc" + varint(count + 1) + b"\x48\x01r\x15" + varint(count * 2) + b"\x00"

    assert footer_parts(b"\x15\x02" + schema + leaf * count + ROWS + NO_GROUPS).records == 5


def test_a_footer_that_we_fail_at_is_said_and_ends_no_crawl(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object) -> None:
        raise KeyError("bug")

    monkeypatch.setattr("gluepot.catalog.types.from_arrow", fail)
    footer = footer_of(pa.table({"a": [1]}))

    found = Footers().read(footer + struct.pack("<I", len(footer)) + b"PAR1", 10_000)

    assert found is not None
    assert found.schema is None
    assert "KeyError: 'bug'), which is a defect" in str(found.problem)
