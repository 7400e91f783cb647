"""One way to list, read and write objects, whether they lie in an S3 or in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from gluepot.catalog.errors import StorageError
    from gluepot.crawlers.sources.config import S3Config

S3_SCHEMES = ("s3://", "s3a://", "s3n://")
FILE_SCHEME = "file://"


class ObjectInfo(NamedTuple):
    """What a listing says about one object; a tuple, for there may be millions.

    Attributes:
        uri: ``s3://bucket/key`` or ``file:///path``; the key or path is raw, never escaped.
        size: Bytes.
        modified: Aware.
        etag: The store's fingerprint of the bytes; None for files.
        storage_class: S3's own word, such as ``GLACIER``; None for files.
    """

    uri: str
    size: int
    modified: datetime
    etag: str | None = None
    storage_class: str | None = None


class ReadRequest(NamedTuple):
    """Up to ``length`` bytes from ``start`` of the object at ``uri``."""

    uri: str
    start: int
    length: int


class ObjectSource(Protocol):
    """A store of objects; every method may be called from many threads at once.

    Every method raises StorageError, and says what was missing or who refused.
    """

    def list(self, uri: str) -> Iterator[ObjectInfo]:
        """Yield the object at ``uri``, or every one below it, in the order of their keys."""
        ...

    def list_pages(self, uri: str) -> Iterator[Sequence[ObjectInfo]]:
        """Yield what ``list`` yields in pages, as fast as the store gives them.

        Within a page objects are in the order of their keys; the pages come in any order. A few
        pages are held at a time, however many there are.
        """
        ...

    def read(self, uri: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``; fewer only where the object ends."""
        ...

    def read_batch(self, requests: Sequence[ReadRequest]) -> Iterator[bytes | StorageError]:
        """Yield for each request, in their order, what ``read`` returns or the error it raises.

        Many are read at once, and a few answers are held at a time.
        """
        ...

    def read_tail(self, uri: str, length: int) -> bytes:
        """Return the last ``length`` bytes, or all of a shorter object."""
        ...

    def write(self, uri: str, data: bytes) -> None:
        """Write an object; a reader sees all of it or none."""
        ...

    def copy(self, source_uri: str, target_uri: str) -> None:
        """Copy an object within this store."""
        ...

    def delete(self, uris: Iterable[str]) -> None:
        """Delete objects; one that is gone already is no error."""
        ...


def is_uri(text: str) -> bool:
    """Return whether ``text`` names a place in a store or on the disk rather than a thing.

    >>> is_uri("s3://bucket/raw"), is_uri("./raw"), is_uri("nightly")
    (True, True, False)
    """
    return text.startswith((*S3_SCHEMES, FILE_SCHEME, "/", "./", "../", "~/"))


def normalize_uri(uri: str) -> str:
    """Return the one spelling of ``uri`` that listings use.

    >>> normalize_uri("s3a://bucket/raw")
    's3://bucket/raw'
    >>> normalize_uri("/data/raw/")
    'file:///data/raw/'

    Raises:
        InvalidInputError: The scheme is neither S3's nor the disk's.
    """
    from gluepot.crawlers.sources.files import file_uri  # noqa: PLC0415 - they import each other

    for scheme in S3_SCHEMES:
        if uri.startswith(scheme):
            return f"s3://{uri.removeprefix(scheme)}"
    if "://" in uri and not uri.startswith(FILE_SCHEME):
        raise InvalidInputError(f"{uri} is neither s3://bucket/prefix nor a path of this machine")
    return file_uri(uri)


def open_source(uri: str, s3: S3Config) -> ObjectSource:
    """Return the store that ``uri`` lies in; nothing is asked of it yet.

    Raises:
        InvalidInputError: The scheme is neither S3's nor the disk's.
    """
    # Each store is imported on use: a crawl of a folder needs no boto3, which takes 0.2 s.
    if normalize_uri(uri).startswith(FILE_SCHEME):
        from gluepot.crawlers.sources.files import LocalFiles  # noqa: PLC0415

        return LocalFiles()
    from gluepot.crawlers.sources.s3 import S3Objects  # noqa: PLC0415

    return S3Objects(s3)
