"""ORC: what a footer says, read by ranges, and footers that cannot be true."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import orc

from gluepot.catalog.types import from_arrow, print_type
from gluepot.crawlers.classifiers.base import Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.orc import Orc
from gluepot.crawlers.classifiers.orc_footer import lz4_length

if TYPE_CHECKING:
    from collections.abc import Sequence

STRUCT, UNION, DECIMAL, VARCHAR, CHAR, INSTANT = 12, 13, 14, 16, 17, 18


@dataclass
class Disk:
    """A file's bytes, and how many of them were asked for."""

    data: bytes
    reads: list[int] = field(default_factory=list)

    def read(self, start: int, length: int) -> bytes:
        """Return a part of it."""
        self.reads.append(length)
        return self.data[start : start + length]


def sample(data: bytes, **options: Any) -> Sample:  # noqa: ANN401
    values: dict[str, Any] = {
        "uri": "x",
        "size": len(data),
        "plain_size": len(data),
        "codec": "none",
        "data": data[:1000],
        "complete": False,
        "read": Disk(data).read,
    }
    return Sample(**values | options)


def answer(data: bytes, **options: Any) -> Classification:  # noqa: ANN401
    return Orc().classify(sample(data, **options))


def schema_of(data: bytes) -> FileSchema:
    found = answer(data)
    assert found.schema is not None, found.problem
    return found.schema


def types_of(data: bytes) -> dict[str, str]:
    return {item.name: print_type(item.type) for item in schema_of(data).columns}


def file_of(table: pa.Table, compression: str = "zlib") -> bytes:
    buffer = io.BytesIO()
    orc.write_table(table, buffer, compression=compression)
    return buffer.getvalue()


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def message(*fields: tuple[int, int | bytes]) -> bytes:
    """Return a message; numbers are varints."""
    return b"".join(
        varint(number << 3) + varint(value)
        if isinstance(value, int)
        else varint(number << 3 | 2) + varint(len(value)) + value
        for number, value in fields
    )


def struct(*names: str, first: int = 1) -> bytes:
    members = [(3, name.encode()) for name in names]
    return message((1, STRUCT), (2, bytes(range(first, first + len(names)))), *members)


def made(types: Sequence[bytes], *more: tuple[int, int | bytes], **last: Any) -> bytes:  # noqa: ANN401
    """Return a file without rows that has such a footer."""
    footer = message(*((4, item) for item in types), (6, 7), *more)
    footer = bytes(last.get("footer", footer))
    postscript = message(
        (1, last.get("footer_bytes", len(footer))),
        (2, last.get("compression", 0)),
        (3, last.get("block_bytes", 65_536)),
        *(((8000, b"ORC"),) if last.get("magic", True) else ()),
    )
    return b"ORC" + b"\0" * 40 + footer + postscript + bytes([len(postscript)])


SCALARS = st.sampled_from(
    [
        *(pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64()),
        *(pa.string(), pa.binary(), pa.date32(), pa.timestamp("ns"), pa.decimal128(20, 4)),
    ]
)


def wrap(inner: Any) -> Any:  # noqa: ANN401
    structs = st.lists(inner, min_size=1, max_size=3).map(
        lambda types: pa.struct([(f"Member{place}", type_) for place, type_ in enumerate(types)])
    )
    return inner.map(pa.list_) | inner.map(lambda type_: pa.map_(pa.string(), type_)) | structs


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.recursive(SCALARS, wrap, max_leaves=6), min_size=1, max_size=5),
    st.integers(0, 3),
    st.sampled_from(["uncompressed", "zlib", "snappy", "lz4", "zstd"]),
)
def test_what_pyarrow_wrote_is_found(types: list[pa.DataType], rows: int, compression: str) -> None:
    columns = {f"Column{place}": pa.nulls(rows, type_) for place, type_ in enumerate(types)}
    found = schema_of(file_of(pa.table(columns), compression))

    assert [item.type for item in found.columns] == [from_arrow(type_) for type_ in types]
    assert [item.name for item in found.columns] == list(columns)
    assert (found.records, found.exact, found.codec) == (rows, True, "none")


def test_hives_own_types_keep_their_lengths() -> None:
    root = struct("c", "v", "d", "old", "z", "u", "long")
    union = message((1, UNION), (2, bytes([8, 9])))
    found = schema_of(
        made(
            [
                root,
                message((1, CHAR), (4, 12)),
                message((1, VARCHAR), (4, 300)),
                message((1, DECIMAL), (5, 12), (6, 3)),
                message((1, DECIMAL)),
                message((1, INSTANT)),
                union,
                message((1, CHAR), (4, 70_000)),
                message((1, 3)),
                message((1, 7)),
            ]
        )
    )

    assert {item.name: print_type(item.type) for item in found.columns} == {
        "c": "char(12)",
        "v": "varchar(300)",
        "d": "decimal(12,3)",
        "old": "decimal(38,18)",
        "z": "timestamp",
        "u": "uniontype<int,string>",
        "long": "string",
    }
    assert found.columns[4].reason == ("the file's ORC footer says timestamp with local time zone")
    assert found.columns[0].reason == "the file's ORC footer says char(12)"
    assert "column u is a uniontype" in found.warnings[0]
    assert found.records == 7


def test_only_the_end_of_a_file_is_read() -> None:
    numbers = np.random.default_rng(7).integers(0, 2**40, 30_000)
    disk = Disk(file_of(pa.table({"n": numbers}), "uncompressed"))

    found = answer(disk.data, read=disk.read)

    assert found.schema is not None
    assert sum(disk.reads) <= 16 * 1024
    assert len(disk.data) > 100_000


def test_a_footer_longer_than_the_first_read_is_read_whole() -> None:
    names = [f"a_column_with_a_long_name_{place}" for place in range(2_000)]
    data = file_of(pa.table({name: pa.nulls(1, pa.int32()) for name in names}), "uncompressed")

    assert list(types_of(data)) == names


def test_a_tail_that_was_read_is_not_read_again() -> None:
    data = file_of(pa.table({"n": [1]}))

    assert answer(data, tail=data[-600:], read=None).schema is not None


def test_files_of_hive_without_names_are_warned_of() -> None:
    assert "_col0" in schema_of(file_of(pa.table({"_col0": [1], "_col1": ["x"]}))).warnings[0]


def test_files_of_hive_0_11_have_no_magic_at_their_end() -> None:
    assert types_of(made([struct("a"), message((1, 3))], magic=False)) == {"a": "int"}


def test_encrypted_columns_are_warned_of() -> None:
    found = schema_of(made([struct("a"), message((1, 3))], (10, b"")))

    assert "encrypted" in found.warnings[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"ORC" + b"\0" * 40, "cut off"),
        (made([], footer_bytes=2**31), "claims 2,147,483,648 bytes, more than the file's"),
        (made([struct("a"), b""], block_bytes=2**40), "blocks claim 1,099,511,627,776 bytes"),
        (made([message((1, 3))]), "of the type int, not struct"),
        (made([]), "of the type nothing"),
        (made([struct("a", first=0)]), "points outside"),
        (made([struct("a")]), "points outside"),
        (made([struct("a"), message((1, 99))]), "number 99"),
        (made([struct("a"), message((1, DECIMAL), (5, 77))]), "77 digits"),
        (made([struct("a"), b"\xff"]), "a type is not read"),
        (made([message((1, STRUCT), (2, b"\1")), b""]), "0 names for 1 members"),
        (made([], footer=b"\x22\xff\x01"), "footer is damaged"),
        (made([], compression=1, footer=b"\x06\0\0abc"), "zlib data is not read"),
        (made([], compression=2, footer=b"\x0c\0\0\xff\xff\xff\xff\x0fa"), "a block claims"),
        (made([], compression=3, footer=b"\x06\0\0abc"), "compressed with lzo"),
        (made([], compression=4, footer=b"\x06\0\0\xff\xff\xff"), "lz4 data is not read"),
        (made([], compression=5, footer=b"\x06\0\0abc"), "zstd data is not read"),
        (made([], compression=1, footer=b"\xff\0\0abc"), "a block is cut off"),
    ],
)
def test_a_damaged_footer_is_named_with_its_reason(data: bytes, reason: str) -> None:
    found = answer(data)

    assert found.schema is None
    assert reason in str(found.problem)


def test_a_block_that_expands_beyond_its_claim_is_refused() -> None:
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(b"\0" * 10**6) + packer.flush()
    footer = (len(bomb) << 1).to_bytes(3, "little") + bomb

    assert "larger than blocks can be" in str(
        answer(made([], compression=1, footer=footer)).problem
    )


def test_types_that_hold_each_other_are_refused() -> None:
    inner = [message((1, 10), (2, bytes([place + 1]))) for place in range(1, 100)]

    found = answer(made([struct("a"), *inner, message((1, 3))]))

    assert "nests deeper" in str(found.problem)


def test_a_huge_footer_is_not_read() -> None:
    data = made([], footer_bytes=2**30)
    padded = b"\0" * 20_000 + data

    found = answer(data, size=2**40, read=lambda _, length: padded[-length:])

    assert "at most" in str(found.problem)


def test_a_file_cut_anywhere_is_named() -> None:
    data = file_of(pa.table({"n": range(300), "s": [str(n) for n in range(300)]}))

    for length in range(4, len(data), 7):
        found = answer(data[:length])

        assert found.schema is None
        assert found.problem or found.certainty == 0.0


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_anywhere_is_answered(data: Any) -> None:  # noqa: ANN401
    whole = bytearray(file_of(pa.table({"n": [1, 2], "s": ["a", "b"]}), "uncompressed"))
    place = data.draw(st.integers(len(whole) - 150, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))

    found = answer(bytes(whole))

    assert found.schema is None or found.problem is None


def test_text_that_begins_with_the_magic_is_not_orc() -> None:
    assert answer(b"ORCID,name\n1,x\n" * 100).certainty == 0.0


def test_orc_inside_gzip_is_named() -> None:
    found = answer(file_of(pa.table({"n": [1]})), codec="gzip")

    assert "ORC inside gzip" in str(found.problem)


@given(st.binary(max_size=3_000) | st.binary(max_size=9).map(lambda part: part * 400))
def test_the_length_of_an_lz4_block_is_told(data: bytes) -> None:
    assert lz4_length(pa.compress(data, codec="lz4_raw", asbytes=True)) == len(data)


JAVA_FILES = sorted((Path(pa.__file__).parent / "tests/data/orc").glob("*.orc"))


@pytest.mark.skipif(not JAVA_FILES, reason="this pyarrow comes without its test files")
@pytest.mark.parametrize("path", JAVA_FILES, ids=lambda path: path.stem)
def test_what_javas_writer_wrote_is_found(path: Path) -> None:
    expected = orc.ORCFile(path)

    found = schema_of(path.read_bytes())

    assert [item.type for item in found.columns] == [
        from_arrow(type_) for type_ in expected.schema.types
    ]
    assert [item.name for item in found.columns] == expected.schema.names
    assert found.records == expected.nrows
