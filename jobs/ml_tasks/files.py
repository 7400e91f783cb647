"""Label files on S3: where tasks read them, and how they name what they write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.run_context.stores import Stores

_HIDDEN = ("_", ".")


def read_files(stores: Stores, path: str) -> Iterator[tuple[str, bytes]]:
    """Yield the address and the bytes of a file, or of each one in a folder.

    Empty and hidden objects of a folder, such as ``_SUCCESS``, are passed over.

    Raises:
        StorageError: There is nothing, or it cannot be read.
        InvalidInputError: There is no file with bytes in it.
    """
    source = stores.open(path)
    found = [
        item
        for item in source.list(path)
        if item.size and not item.uri.rpartition("/")[2].startswith(_HIDDEN)
    ]
    if not found:
        raise InvalidInputError("Invalid label file of size 0.")
    for item in found:
        yield item.uri, source.read(item.uri, 0, item.size)


def output_uri(path: str, task_id: str) -> str:
    """Return where a task writes its file: at a path that ends so, else in the folder.

    >>> output_uri("s3://b/labels/", "tsk-1"), output_uri("s3://b/labels.csv", "tsk-1")
    ('s3://b/labels/tsk-1.csv', 's3://b/labels.csv')
    """
    return path if path.endswith(".csv") else f"{path.rstrip('/')}/{task_id}.csv"
