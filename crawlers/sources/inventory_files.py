"""The files of an S3 Inventory, in each of its three formats, as rows."""

from __future__ import annotations

import csv
import io
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_plus

from gluepot.crawlers.sources.errors import InventoryError
from gluepot.crawlers.sources.ranged_file import RangedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gluepot.crawlers.sources.objects import ObjectSource

PAGE = 1_000
PIECE = 1 << 20
LONGEST_LINE = 1 << 16
"""A key has at most 1,024 bytes, three times as many when escaped; the rest of a row is short."""

NAMES = {
    "key": ("Key", "key"),
    "size": ("Size", "size"),
    "modified": ("LastModifiedDate", "last_modified_date"),
    "latest": ("IsLatest", "is_latest"),
    "marker": ("IsDeleteMarker", "is_delete_marker"),
    "etag": ("ETag", "e_tag"),
    "storage_class": ("StorageClass", "storage_class"),
}
"""What a column is called in CSV, and in ORC and Parquet."""

NEEDED = ("key", "size", "modified")


@dataclass(frozen=True, kw_only=True)
class InventoryFile:
    """One file, its size in bytes, and its columns where the manifest has to tell."""

    uri: str
    size: int
    columns: tuple[str, ...]


class Row(NamedTuple):
    """What an inventory says of one version of an object."""

    key: str
    size: int
    modified: datetime
    is_current: bool
    etag: str
    storage_class: str


def read_csv(file: InventoryFile, source: ObjectSource) -> Iterator[Sequence[Row]]:
    """Yield the rows of a gzipped CSV file, whose keys are escaped as in URLs.

    Raises:
        InventoryError: It is damaged or lacks a column.
        StorageError: It cannot be read.
    """
    places = _places(file, file.columns, kind=0)
    rows = csv.reader(_lines(file, source), strict=True)
    try:
        while page := list(islice(rows, PAGE)):
            yield [
                _row({name: cells[place] for name, place in places.items()}, plain=unquote_plus)
                for cells in page
                if cells
            ]
    except (csv.Error, IndexError, ValueError) as error:
        raise InventoryError(file.uri, f"line {rows.line_num} is damaged: {error}") from error


def read_parquet(file: InventoryFile, source: ObjectSource) -> Iterator[Sequence[Row]]:
    """Yield the rows of a Parquet file; errors as of ``read_csv``."""
    from pyarrow import parquet  # noqa: PLC0415 - 0.2 s that other crawls should not pay

    def batches(ranged: RangedFile) -> Iterator[Any]:
        opened = parquet.ParquetFile(ranged)
        places = _places(file, opened.schema_arrow.names, kind=1)
        yield from _renamed(opened.iter_batches(PAGE, columns=_columns(places)), places)

    return _arrow_rows(file, source, batches)


def read_orc(file: InventoryFile, source: ObjectSource) -> Iterator[Sequence[Row]]:
    """Yield the rows of an ORC file, a stripe of which is held; errors as of ``read_csv``."""
    from pyarrow import orc  # noqa: PLC0415 - 0.2 s that other crawls should not pay

    def batches(ranged: RangedFile) -> Iterator[Any]:
        opened = orc.ORCFile(ranged)
        places = _places(file, opened.schema.names, kind=1)
        for stripe in range(opened.nstripes):
            batch = opened.read_stripe(stripe, columns=_columns(places))
            pages = (batch.slice(start, PAGE) for start in range(0, batch.num_rows, PAGE))
            yield from _renamed(pages, places)

    return _arrow_rows(file, source, batches)


READERS: Mapping[str, Callable[[InventoryFile, ObjectSource], Iterator[Sequence[Row]]]] = {
    "CSV": read_csv,
    "ORC": read_orc,
    "Parquet": read_parquet,
}


def _places(file: InventoryFile, columns: Sequence[str], *, kind: int) -> dict[str, int]:
    """Return where the columns that matter stand."""
    places = {
        name: columns.index(names[kind]) for name, names in NAMES.items() if names[kind] in columns
    }
    missing = [NAMES[name][kind] for name in NEEDED if name not in places]
    if missing:
        have = ", ".join(columns) or "none"
        reason = f"it lacks the columns {', '.join(missing)}; its columns are {have}"
        raise InventoryError(file.uri, reason)
    return places


def _columns(places: Mapping[str, int]) -> list[str]:
    return [NAMES[name][1] for name in places]


def _renamed(batches: Iterable[Any], places: Mapping[str, int]) -> Iterator[Any]:
    for batch in batches:
        yield {name: batch.column(NAMES[name][1]).to_pylist() for name in places}


def _arrow_rows(
    file: InventoryFile, source: ObjectSource, batches: Callable[[RangedFile], Iterator[Any]]
) -> Iterator[Sequence[Row]]:
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s that other crawls should not pay

    try:
        for batch in batches(_opened(file, source)):
            names = list(batch)
            yield [
                _row(dict(zip(names, values, strict=True)), plain=str)
                for values in zip(*batch.values(), strict=True)
            ]
    except (pa.ArrowException, OSError, ValueError) as error:
        first = str(error).partition("\n")[0]
        raise InventoryError(file.uri, f"it is damaged: {first}") from error


def _row(cells: Mapping[str, Any], *, plain: Callable[[str], str]) -> Row:
    current = _is_true(cells.get("latest", True)) and not _is_true(cells.get("marker", False))
    return Row(
        key=plain(cells["key"]),
        size=int(cells["size"] or 0),
        modified=_moment(cells["modified"]),
        is_current=current,
        etag=cells.get("etag") or "",
        storage_class=cells.get("storage_class") or "",
    )


def _is_true(value: str | bool | None) -> bool:  # noqa: FBT001 - a cell's value
    return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


def _moment(value: str | datetime) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _lines(file: InventoryFile, source: ObjectSource) -> Iterator[str]:
    """Yield the lines of a gzipped file, a piece of it held at a time."""
    rest = b""
    for piece in _plain(file, source):
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise InventoryError(file.uri, f"it has a line of more than {LONGEST_LINE:,} bytes")
        for line in lines:
            yield line.decode(errors="replace")
    if rest:
        yield rest.decode(errors="replace")


def _plain(file: InventoryFile, source: ObjectSource) -> Iterator[bytes]:
    reader = io.BufferedReader(_opened(file, source), PIECE)
    member = zlib.decompressobj(wbits=31)
    begun = False
    while packed := reader.read(PIECE):
        while packed:
            begun = True
            try:
                yield member.decompress(packed, PIECE)
            except zlib.error as error:
                raise InventoryError(file.uri, f"it is damaged: {error}") from error
            packed = member.unconsumed_tail
            if member.eof:
                packed, member, begun = member.unused_data, zlib.decompressobj(wbits=31), False
    if begun:
        raise InventoryError(file.uri, "it ends early")


def _opened(file: InventoryFile, source: ObjectSource) -> RangedFile:
    return RangedFile(partial(source.read, file.uri), file.size)
