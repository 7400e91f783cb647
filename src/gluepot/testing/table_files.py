"""Rows of plain data as files of a table, folders of its partition keys among them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Rows: TypeAlias = Sequence[Mapping[str, Any]]


def files_of_rows(rows: Rows, format: str, keys: Sequence[str], name: str) -> dict[str, bytes]:  # noqa: A002
    """Return files by their paths below the table's folder: one, or one for each partition.

    Args:
        rows: At least one; fields that a row lacks are null.
        format: ``json`` (lines), ``csv`` (with a header), ``parquet`` or ``orc``.
        keys: Fields that become folders, ``key=value``, and are not in the files.
        name: Of each file, without its ending.

    Raises:
        InvalidInputError: There are no rows, a row lacks a key, or the format is none of these.
    """
    if not rows:
        raise InvalidInputError("a table without rows has no columns: give at least one row")
    if format not in _WRITERS:
        known = ", ".join(_WRITERS)
        hint = did_you_mean(format, _WRITERS)
        raise InvalidInputError(f"rows are written as {known}, not as {format!r}.{hint}")
    folders: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        rest = {field: value for field, value in row.items() if field not in keys}
        folders.setdefault(_folder(row, keys), []).append(rest)
    write = _WRITERS[format]
    return {f"{folder}{name}.{format}": write(found) for folder, found in folders.items()}


def _folder(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    missing = [key for key in keys if key not in row]
    if missing:
        raise InvalidInputError(f"a row lacks the partition key {missing[0]!r}: {dict(row)}")
    return "".join(f"{key}={quote(str(row[key]), safe='')}/" for key in keys)


def _fields(rows: Rows) -> list[str]:
    return list(dict.fromkeys(field for row in rows for field in row))


def _json(rows: Rows) -> bytes:
    return b"".join(orjson.dumps(row, default=str) + b"\n" for row in rows)


def _csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, _fields(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _arrow(rows: Rows) -> pa.Table:
    # Arrow takes the fields of the first row for those of all.
    fields = _fields(rows)
    return pa.Table.from_pylist([{field: row.get(field) for field in fields} for row in rows])


def _parquet(rows: Rows) -> bytes:
    sink = io.BytesIO()
    pq.write_table(_arrow(rows), sink)
    return sink.getvalue()


def _orc(rows: Rows) -> bytes:
    sink = io.BytesIO()
    orc.write_table(_arrow(rows), sink)
    return sink.getvalue()


_WRITERS: Mapping[str, Callable[[Rows], bytes]] = {
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
    "orc": _orc,
}
