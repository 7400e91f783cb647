"""The stores that a run reads and writes: one connection pool for each, however many places."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri, open_source
from gluepot.crawlers.sources.roots import RootedFiles

if TYPE_CHECKING:
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.objects import ObjectSource
    from gluepot.crawlers.sources.roots import FileRoots


class Stores:
    """Opens each kind of store once.

    Args:
        s3: What ``s3://`` means.
        roots: Which files of this machine are read; None reads all that its user may.
    """

    def __init__(self, s3: S3Config, roots: FileRoots | None = None) -> None:
        self._s3 = s3
        self._roots = roots
        self._opened: dict[bool, ObjectSource] = {}
        self._lock = threading.Lock()

    @property
    def s3(self) -> S3Config:
        """Return what ``s3://`` means."""
        return self._s3

    @property
    def roots(self) -> FileRoots | None:
        """Return which files of this machine are read; None where all are."""
        return self._roots

    def open(self, uri: str) -> ObjectSource:
        """Return the store that ``uri`` lies in.

        Raises:
            InvalidInputError: The scheme is neither S3's nor the disk's.
        """
        is_local = normalize_uri(uri).startswith(FILE_SCHEME)
        with self._lock:
            if is_local not in self._opened:
                self._opened[is_local] = self._open(uri, is_local=is_local)
            return self._opened[is_local]

    def _open(self, uri: str, *, is_local: bool) -> ObjectSource:
        if is_local and self._roots is not None:
            return RootedFiles(self._roots)
        return open_source(uri, self._s3)
