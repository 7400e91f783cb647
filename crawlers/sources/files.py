"""The folders of this machine as a store of objects."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.sources.errors import AccessRefusedError, PathNotFoundError
from gluepot.crawlers.sources.objects import ObjectInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gluepot.crawlers.sources.objects import ReadRequest

SCHEME = "file://"

PAGE = 1_000
"""Most files in one page of a listing."""


def file_uri(path: str) -> str:
    """Return ``file:///absolute/path``; a last slash is kept, nothing is escaped.

    >>> file_uri("file:///data/a b/")
    'file:///data/a b/'
    """
    plain = os.path.expanduser(path.removeprefix(SCHEME))  # noqa: PTH111 - Path drops a last slash
    slash = "/" if plain.endswith("/") and plain.strip("/") else ""
    return f"{SCHEME}{os.path.abspath(plain)}{slash}"  # noqa: PTH100 - links stay as given


class LocalFiles:
    """An ObjectSource over the disk; links to files are followed, links to folders are not."""

    def list(self, uri: str) -> Iterator[ObjectInfo]:
        """Yield the file at ``uri``, or every one below it, each folder in the order of names."""
        path = _path(uri)
        if path.is_file():
            yield _info(str(path), path.stat())
        elif path.is_dir():
            yield from _walk(str(path))
        else:
            raise PathNotFoundError(uri, "no such file or folder on this machine")

    def list_pages(self, uri: str) -> Iterator[Sequence[ObjectInfo]]:
        """Yield what ``list`` yields in pages of at most 1,000."""
        remaining = self.list(uri)
        while page := list(islice(remaining, PAGE)):
            yield page

    def read(self, uri: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``."""
        try:
            with _path(uri).open("rb", buffering=0) as file:
                file.seek(start)
                return _read_fully(file.fileno(), length)
        except OSError as error:
            raise _renamed(uri, error) from error

    def read_batch(self, requests: Sequence[ReadRequest]) -> Iterator[bytes | StorageError]:
        """Yield for each request, in their order, what ``read`` returns or the error it raises."""
        for request in requests:
            try:
                yield self.read(*request)
            except StorageError as error:
                yield error

    def read_tail(self, uri: str, length: int) -> bytes:
        """Return the last ``length`` bytes, or all of a shorter file."""
        try:
            size = _path(uri).stat().st_size
        except OSError as error:
            raise _renamed(uri, error) from error
        return self.read(uri, max(size - length, 0), min(length, size))

    def write(self, uri: str, data: bytes) -> None:
        """Write a file and the folders above it; the name appears when all bytes are there."""
        path = _path(uri)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                dir=path.parent, prefix=".", suffix=".partial", delete=False
            ) as partial:
                partial.write(data)
            Path(partial.name).replace(path)
        except OSError as error:
            raise _renamed(uri, error) from error

    def copy(self, source_uri: str, target_uri: str) -> None:
        """Copy a file."""
        target = _path(target_uri)
        partial = target.with_name(f".{target.name}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_path(source_uri), partial)
            partial.replace(target)
        except OSError as error:
            raise _renamed(source_uri, error) from error

    def delete(self, uris: Iterable[str]) -> None:
        """Delete files; folders stay."""
        for uri in uris:
            try:
                _path(uri).unlink(missing_ok=True)
            except OSError as error:
                raise _renamed(uri, error) from error


def _path(uri: str) -> Path:
    return Path(file_uri(uri).removeprefix(SCHEME))


def _walk(folder: str) -> Iterator[ObjectInfo]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise _renamed(f"{SCHEME}{folder}", error) from error
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif entry.is_file():
            yield _info(entry.path, entry.stat())


def _info(path: str, stat: os.stat_result) -> ObjectInfo:
    modified = datetime.fromtimestamp(stat.st_mtime, UTC)
    return ObjectInfo(uri=f"{SCHEME}{path}", size=stat.st_size, modified=modified)


def _read_fully(descriptor: int, length: int) -> bytes:
    """Read until ``length`` or the end: one call may return less than is there."""
    parts = []
    while length > 0 and (part := os.read(descriptor, length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _renamed(uri: str, error: OSError) -> StorageError:
    if isinstance(error, FileNotFoundError):
        return PathNotFoundError(uri, "no such file or folder on this machine")
    if isinstance(error, PermissionError):
        return AccessRefusedError(uri, "this user may not open it")
    return StorageError(f"{uri} could not be used: {error.strerror or error}")
