"""The folders of this machine as a store of objects."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.sources.errors import AccessRefusedError, PathNotFoundError
from gluepot.crawlers.sources.objects import ObjectInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gluepot.crawlers.sources.objects import ReadRequest

SCHEME = "file://"
_NAME = attrgetter("name")
_READ = os.O_RDONLY | os.O_CLOEXEC

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
        """Yield what ``list`` yields, the files of one folder in each page."""
        path = _path(uri)
        if not path.is_dir():
            yield list(self.list(uri))
            return
        waiting = [str(path)]
        while waiting:
            files, folders = _sorted(waiting.pop())
            waiting += reversed(folders)
            for start in range(0, len(files), PAGE):
                page = [
                    _info(entry.path, stat)
                    for entry in files[start : start + PAGE]
                    if (stat := _stat(entry)) is not None
                ]
                if page:
                    yield page

    def read(self, uri: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``."""
        try:
            descriptor = os.open(_plain(uri), _READ)
            try:
                return _read_fully(descriptor, start, length)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _renamed(uri, error) from error

    def read_batch(self, requests: Sequence[ReadRequest]) -> Iterator[bytes | StorageError]:
        """Yield for each request, in their order, what ``read`` returns or the error it raises."""
        for uri, start, length in requests:
            try:
                descriptor = os.open(_plain(uri), _READ)
                try:
                    data = _read_fully(descriptor, start, length)
                finally:
                    os.close(descriptor)
            except OSError as error:
                yield _renamed(uri, error)
            else:
                yield data

    def read_tail(self, uri: str, length: int) -> bytes:
        """Return the last ``length`` bytes, or all of a shorter file."""
        try:
            size = os.stat(_plain(uri)).st_size  # noqa: PTH116 - a Path costs as much as the call
        except OSError as error:
            raise _renamed(uri, error) from error
        return self.read(uri, max(size - length, 0), min(length, size))

    def write(self, uri: str, data: bytes) -> None:
        """Write a file and the folders above it; the name appears when all bytes are there."""
        path = _path(uri)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
            with _gone_on_error(Path(partial)), os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(partial).replace(path)
        except OSError as error:
            raise _renamed(uri, error) from error

    def copy(self, source_uri: str, target_uri: str) -> None:
        """Copy a file."""
        target = _path(target_uri)
        partial = target.with_name(f".{target.name}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with _gone_on_error(partial):
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


@contextmanager
def _gone_on_error(partial: Path) -> Iterator[None]:
    """Remove what was written so far when the rest could not be: a full disk needs the room."""
    try:
        yield
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _plain(uri: str) -> str:
    return uri.removeprefix(SCHEME) if uri.startswith(f"{SCHEME}/") else str(_path(uri))


def _path(uri: str) -> Path:
    return Path(file_uri(uri).removeprefix(SCHEME))


def _walk(folder: str) -> Iterator[ObjectInfo]:
    """Yield what lies below a folder in the order of keys: a folder counts with its slash.

    What vanishes while it is looked at is not there; a folder that may not be opened is an error,
    since what it hides would be taken for removed.
    """
    stack = [iter(_entries(folder))]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
        elif entry.is_dir(follow_symlinks=False):
            stack.append(iter(_entries(entry.path)))
        elif (stat := _stat(entry)) is not None:
            yield _info(entry.path, stat)


def _sorted(folder: str) -> tuple[list[os.DirEntry[str]], list[str]]:
    """Return the files of a folder in the order of names, and the folders in it."""
    files: list[os.DirEntry[str]] = []
    folders: list[str] = []
    for entry in _unsorted(folder):
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
        else:
            files.append(entry)
    files.sort(key=_NAME)
    folders.sort()
    return files, folders


def _unsorted(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _renamed(f"{SCHEME}{folder}", error) from error


def _entries(folder: str) -> list[os.DirEntry[str]]:
    return sorted(_unsorted(folder), key=_key)


def _key(entry: os.DirEntry[str]) -> str:
    return f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return the facts of a file or what a link leads to; None of pipes, broken links and loops."""
    try:
        found = entry.stat()
        return found if S_ISREG(found.st_mode) else None
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise _renamed(f"{SCHEME}{entry.path}", error) from error


def _info(path: str, stat: os.stat_result) -> ObjectInfo:
    modified = datetime.fromtimestamp(stat.st_mtime, UTC)
    # A name that is no UTF-8 cannot be stored: it is shown as near as can be, and not found when
    # it is read, which names it.
    shown = path if path.isascii() else os.fsencode(path).decode(errors="replace")
    return ObjectInfo(f"{SCHEME}{shown}", stat.st_size, modified)


def _read_fully(descriptor: int, start: int, length: int) -> bytes:
    """Read until ``length`` or the end: one call may return less than is there."""
    data = os.pread(descriptor, length, start)
    if len(data) == length or not data:
        return data
    parts = [data]
    while data and (missing := length - sum(map(len, parts))) > 0:
        data = os.pread(descriptor, missing, start + length - missing)
        parts.append(data)
    return b"".join(parts)


def _renamed(uri: str, error: OSError) -> StorageError:
    if isinstance(error, FileNotFoundError):
        return PathNotFoundError(uri, "no such file or folder on this machine")
    if isinstance(error, PermissionError):
        return AccessRefusedError(uri, "this user may not open it")
    return StorageError(f"{uri} could not be used: {error.strerror or error}")
