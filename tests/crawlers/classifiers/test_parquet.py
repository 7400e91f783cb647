"""Parquet: what a footer says, and footers that cannot be true."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from pyarrow import parquet

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.base import Sample, Verdict
from gluepot.crawlers.classifiers.builtin import classify


def file_of(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    return buffer.getvalue()


def verdict(data: bytes, *, size: int | None = None) -> Verdict:
    return classify(
        Sample(
            uri="x",
            size=len(data) if size is None else size,
            plain_size=len(data),
            codec="none",
            data=data[:4],
            complete=False,
            tail=data,
        )
    )


def test_the_footer_tells_columns_and_rows() -> None:
    table = pa.table(
        {
            "n": pa.array([1, 2], pa.int32()),
            "d": pa.array([None, None], pa.decimal128(10, 2)),
            "l": pa.array([[1.5], []], pa.list_(pa.float64())),
        }
    )
    schema = verdict(file_of(table)).schema

    assert schema is not None
    assert (schema.records, schema.exact) == (2, True)
    assert [(item.name, print_type(item.type)) for item in schema.columns] == [
        ("n", "int"),
        ("d", "decimal(10,2)"),
        ("l", "array<double>"),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PAR1" + b"\0" * 40, "cut off"),
        (b"PAR1" + b"\0" * 40 + b"\xff\xff\xff\x7fPAR1", "claims 2,147,483,647 bytes"),
        (b"PAR1" + b"\0" * 40 + b"\x10\0\0\0PAR1", "cannot be read"),
        (b"PARE" + b"\0" * 40 + b"\x10\0\0\0PARE", "encrypted"),
    ],
)
def test_a_damaged_footer_is_named_with_its_reason(data: bytes, reason: str) -> None:
    found = verdict(data)

    assert found.schema is None
    assert reason in str(found.problem)


def test_a_footer_within_a_huge_file_is_not_read_beyond_the_bound() -> None:
    data = b"PAR1" + b"\0" * 40 + (2**30).to_bytes(4, "little") + b"PAR1"

    assert "at most" in str(verdict(data, size=2**40).problem)
