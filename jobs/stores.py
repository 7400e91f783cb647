"""The stores that a run reads and writes: one connection pool for each, however many places."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri, open_source

if TYPE_CHECKING:
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.objects import ObjectSource


class Stores:
    """Opens each kind of store once; ``s3`` says what ``s3://`` means."""

    def __init__(self, s3: S3Config) -> None:
        self._s3 = s3
        self._opened: dict[bool, ObjectSource] = {}
        self._lock = threading.Lock()

    @property
    def s3(self) -> S3Config:
        """Return what ``s3://`` means."""
        return self._s3

    def open(self, uri: str) -> ObjectSource:
        """Return the store that ``uri`` lies in.

        Raises:
            InvalidInputError: The scheme is neither S3's nor the disk's.
        """
        is_local = normalize_uri(uri).startswith(FILE_SCHEME)
        with self._lock:
            if is_local not in self._opened:
                self._opened[is_local] = open_source(uri, self._s3)
            return self._opened[is_local]
