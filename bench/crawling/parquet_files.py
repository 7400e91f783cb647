"""Very many Parquet files, soon: one is encoded, and a number in it is replaced for each other.

No two files have the same bytes, as no two files of a real table have, so that nobody is fast by
having seen a footer before. They carry the ETags that an S3 gateway over folders keeps with its
objects, so that it lists them as if they had been sent to it.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    from pathlib import Path

PER_FOLDER = 10
PER_YEAR = 1_000
SENTINEL = 0x5A17_3C9E_61D4_2B85
LATE = 9
"""Which of ten files has a column more."""

_WIDE = (
    ("bigint", pa.int64(), 1),
    ("double", pa.float64(), 1.5),
    ("string", pa.string(), "a"),
    ("boolean", pa.bool_(), True),
    ("date", pa.date32(), date(2024, 5, 17)),
    ("int", pa.int32(), 7),
    ("decimal(10,2)", pa.decimal128(10, 2), Decimal("9.99")),
)


@dataclass(frozen=True, kw_only=True)
class Template:
    """The bytes of a file, and where in them the number stands that makes each one its own."""

    data: bytes
    places: tuple[int, ...]

    def numbered(self, number: int) -> bytearray:
        """Return the file whose number this is."""
        data = bytearray(self.data)
        for place in self.places:
            struct.pack_into("<q", data, place, number)
        return data


def template(table: pa.Table) -> Template:
    """Encode a table in which one value is ``SENTINEL``, in its page and in its footer."""
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    data = buffer.getvalue()
    sought = struct.pack("<q", SENTINEL)
    places = []
    place = data.find(sought)
    while place >= 0:
        places.append(place)
        place = data.find(sought, place + 1)
    made = Template(data=data, places=tuple(places))
    read = parquet.read_table(io.BytesIO(made.numbered(42)))
    if read.column(0).to_pylist() != [42] * len(read):
        raise AssertionError(f"The number of a file stands elsewhere than at {places}")
    return made


def many_columns() -> dict[str, str]:
    """Return the Hive types of the many files' columns."""
    numbers = {f"c{i}": "bigint" for i in range(20)}
    return numbers | {"name": "string", "price": "double", "late": "boolean"}


def write_many(folder: Path, files: int) -> None:
    """Write files in Hive folders of ten; every tenth file has a column more."""
    templates = _many_templates()
    for first in range(0, files, PER_FOLDER):
        below = _many_folder(folder, first // PER_FOLDER)
        below.mkdir(parents=True)
        for number in range(first, min(first + PER_FOLDER, files)):
            kind = templates[number % PER_FOLDER == LATE]
            write_object(f"{below}/{number:07}.parquet", kind.numbered(number))


def add_files(folder: Path, files: int) -> list[Path]:
    """Put one more file into one of every 100 folders of ``write_many``."""
    kind = _many_templates()[False]
    added = []
    for index in range(0, files // PER_FOLDER, 100):
        path = _many_folder(folder, index) / "added.parquet"
        write_object(str(path), kind.numbered(files + index))
        added.append(path)
    return added


def wide_columns(count: int) -> dict[str, str]:
    """Return the Hive types of the wide files' columns."""
    return {f"c{i:04}": _WIDE[i % len(_WIDE)][0] for i in range(count)}


def write_wide(folder: Path, *, columns: int, files: int) -> None:
    """Write files of many columns in Hive folders of ten."""
    table = pa.table(
        {f"c{i:04}": pa.array([_WIDE[i % len(_WIDE)][2]], _wide_type(i)) for i in range(columns)}
    ).set_column(0, "c0000", pa.array([SENTINEL]))
    kind = template(table)
    for number in range(files):
        below = folder / f"part={number // PER_FOLDER}"
        below.mkdir(parents=True, exist_ok=True)
        write_object(f"{below}/{number:05}.parquet", kind.numbered(number))


def write_object(path: str, data: bytes | bytearray) -> None:
    """Write a file, and on it the ETag that versitygw keeps with an object."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        os.write(descriptor, data)
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        os.setxattr(descriptor, "user.etag", f'"{etag}"'.encode())
    finally:
        os.close(descriptor)


def _many_folder(folder: Path, index: int) -> Path:
    return folder / f"year={2000 + index * PER_FOLDER // PER_YEAR}" / f"part={index}"


def _many_templates() -> dict[bool, Template]:
    columns = {"c0": pa.array([SENTINEL, SENTINEL])}
    columns |= {f"c{i}": pa.array([i, i + 1]) for i in range(1, 20)}
    columns |= {"name": pa.array(["a", "b"]), "price": pa.array([1.5, None])}
    plain = pa.table(columns)
    late = plain.append_column("late", pa.array([True, False]))
    return {False: template(plain), True: template(late)}


def _wide_type(index: int) -> pa.DataType:
    return _WIDE[index % len(_WIDE)][1]
