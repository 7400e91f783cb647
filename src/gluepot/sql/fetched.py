"""Text files fetched and laid out plainly: their compression undone, in UTF-8, rows alone.

Neither Arrow nor DuckDB reads all that a crawler registers: they go by names to know a codec, and
know few codecs, encodings and layouts. What is fetched is read whole, within a bound.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.codecs.compression import expand_head
from gluepot.jobs.reading.json_documents import row_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from gluepot.catalog.model import Column
    from gluepot.crawlers.sources.objects import ObjectSource
    from gluepot.jobs.reading.json_documents import JsonLayout

FETCHES = 16
"""How many objects are fetched at a time."""

MOST_PLAIN_BYTES = 1 << 30
"""What one file may expand to."""

_LONGEST_NAME = 200


class QueryError(GluepotError):
    """The query is not a SELECT, is not valid, or reads what cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file as it lies on this machine, in folders that tell its partition's values."""

    path: Path
    values: tuple[str, ...]


def fetch(
    files: Iterable[tuple[str, tuple[str, ...]]],
    source: ObjectSource,
    folder: Path,
    keys: Sequence[Column],
    lay_out: Callable[[bytes], Iterable[bytes]],
) -> list[Fetched]:
    """Fetch files to a folder.

    Args:
        files: The address of each, and its partition's values.
        source: Where they lie.
        folder: Where they go.
        keys: The partition keys.
        lay_out: Returns the pieces of what is written, given what a file holds uncompressed.

    Raises:
        QueryError: A file is damaged, too large, or not in the encoding of its table, or a key
            holds a slash.
        StorageError: The store fails.
    """
    for key in keys:
        if "/" in key.name:
            raise QueryError(
                f"Partition key {key.name!r} cannot be a folder's name; a job reads it"
            )

    def fetch_one(number: int, uri: str, values: tuple[str, ...]) -> Fetched:
        parts = [f"{key.name}={quote(value, '')}" for key, value in zip(keys, values, strict=True)]
        path = folder.joinpath(*parts, f"{number}-{quote(_name(uri), '')[-_LONGEST_NAME:]}.plain")
        path.parent.mkdir(parents=True, exist_ok=True)
        (info,) = source.list(uri)
        plain = _plain(uri, source.read(uri, 0, info.size))
        with path.open("wb") as file:
            try:
                file.writelines(lay_out(plain))
            except (UnicodeDecodeError, LookupError) as error:
                raise QueryError(f"{uri} is not in the encoding of its table: {error}") from error
        return Fetched(path=path, values=values)

    with ThreadPoolExecutor(FETCHES) as pool:
        return list(pool.map(lambda item: fetch_one(item[0], *item[1]), enumerate(files)))


def json_lines(layout: JsonLayout, encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """Return a layer-out of JSON: a row a line, in UTF-8; what cannot be read is a row of nulls."""
    rows = row_reader(layout)

    def lay_out(plain: bytes) -> Iterator[bytes]:
        text = plain.decode(encoding)
        for part in [text] if layout.whole else io.StringIO(text, newline=None):
            for row in rows(part):
                # No string of JSON holds a line break, so those in the row part its tokens.
                line = "{}" if row is None else row.replace("\r", " ").replace("\n", " ")
                yield f"{line}\n".encode()

    return lay_out


def delimited_lines(
    encoding: str, skipped: int, comment: str
) -> Callable[[bytes], Iterator[bytes]]:
    """Return a layer-out of delimited text: without lines above the rows and without comments.

    ``comment`` is what the lines of comments begin with, empty where there are none.
    """

    def lay_out(plain: bytes) -> Iterator[bytes]:
        text = plain.decode(encoding).removeprefix("\ufeff")
        for line in islice(io.StringIO(text, newline=""), skipped, None):
            if not comment or not line.startswith(comment):
                yield line.encode()

    return lay_out


def _plain(uri: str, data: bytes) -> bytes:
    content = expand_head(data, complete=True, limit=MOST_PLAIN_BYTES)
    if content.problem is not None:
        raise QueryError(f"{uri} cannot be read: {content.problem}")
    if not content.complete:
        raise QueryError(
            f"{uri} has more than {MOST_PLAIN_BYTES:,} bytes of text; a job reads such files"
        )
    return content.data


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]
