"""CSV and JSON files: wide, deep and long."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DEPTH = 12
MEGABYTE = 1_000_000
BLOCK_MEGABYTES = 10
WIDE_ROWS = 1_000
LONG_COLUMNS = {
    "id": "bigint",
    "name": "string",
    "price": "double",
    "sold": "boolean",
    "day": "date",
    "note": "string",
}


def _deep_type(level: int) -> str:
    inner = f",below:{_deep_type(level + 1)}" if level < DEPTH else ""
    return (
        "struct<id:bigint,label:string,"
        f"items:array<struct<code:string,weight:double,marked:boolean>>{inner}>"
    )


DEEP_COLUMNS = {"number": "bigint", "top": _deep_type(2)}
"""The column is the first level, the innermost struct the twelfth."""


def write_wide_csv(folder: Path, columns: int) -> None:
    """Write 1,000 rows of many columns."""
    lines = [",".join(f"c{i:04}" for i in range(columns))]
    lines += [
        ",".join((str(row), f"{row}.5", f"w{row}")[i % 3] for i in range(columns))
        for row in range(WIDE_ROWS)
    ]
    _write(folder, "wide.csv", (f"{line}\n".encode() for line in lines))


def write_deep_json(folder: Path, lines: int) -> None:
    """Write JSON lines."""
    compact = json.JSONEncoder(separators=(",", ":"))
    documents = ({"number": line, "top": _deep(2, line)} for line in range(lines))
    _write(folder, "deep.json", (f"{compact.encode(item)}\n".encode() for item in documents))


def write_long_csv(folder: Path, megabytes: int) -> None:
    """Write a block of rows over and over; the kernel copies, so that it takes the disk's time."""
    folder.mkdir(parents=True)
    block = _block()
    with (folder / "long.csv").open("wb+", buffering=0) as file:
        head = f"{','.join(LONG_COLUMNS)}\n".encode()
        file.write(head + block)
        for _ in range(megabytes // BLOCK_MEGABYTES - 1):
            offset, left = len(head), len(block)
            while left:
                copied = os.copy_file_range(file.fileno(), file.fileno(), left, offset)
                offset, left = offset + copied, left - copied
    _mark(folder / "long.csv")


def _block() -> bytes:
    rows = []
    size = 0
    while size < BLOCK_MEGABYTES * MEGABYTE:
        number = len(rows)
        row = (
            f"{number},name {number % 997},{number % 1000}.25,{('true', 'false')[number % 2]},"
            f'2024-{number % 12 + 1:02}-{number % 28 + 1:02},"a note, quoted: {number * 7919}"\n'
        )
        rows.append(row)
        size += len(row)
    return "".join(rows).encode()


def _deep(level: int, line: int) -> dict[str, Any]:
    items = [
        {"code": f"k{line % 13}", "weight": line + 0.5, "marked": line % 2 == 0}
        for _ in range(1 + line % 2)
    ]
    node = {"id": line * level, "label": f"level {level}", "items": items}
    return node | {"below": _deep(level + 1, line)} if level < DEPTH else node


def _write(folder: Path, name: str, parts: Iterable[bytes]) -> None:
    folder.mkdir(parents=True)
    with (folder / name).open("wb", buffering=MEGABYTE) as file:
        file.writelines(parts)
    _mark(folder / name)


def _mark(path: Path) -> None:
    """Give a file the ETag of an object that was sent in parts: no hash of its bytes."""
    os.setxattr(path, "user.etag", f'"{path.stat().st_size:032x}-2"'.encode())
