"""S3 Inventory instead of a listing: a manifest, and the files of objects that it names.

Source: Amazon S3 user guide, "Amazon S3 Inventory list".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.sources.addresses import split_uri
from gluepot.crawlers.sources.errors import InventoryError, PathNotFoundError
from gluepot.crawlers.sources.inventory_files import READERS, InventoryFile
from gluepot.crawlers.sources.objects import FILE_SCHEME, ObjectInfo, normalize_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gluepot.crawlers.sources.inventory_files import Row
    from gluepot.crawlers.sources.objects import ObjectSource

MANIFEST_BYTES = 64 * 1024 * 1024
"""A longer manifest is none."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a manifest says.

    Attributes:
        uri: Where it lies.
        bucket: Whose objects the files name.
        format: ``CSV``, ``ORC`` or ``Parquet``.
        columns: The columns of a CSV file, in their order; other formats tell their own.
        files: Keys and sizes of the files.
    """

    uri: str
    bucket: str
    format: str
    columns: tuple[str, ...]
    files: tuple[tuple[str, int], ...]


def list_inventory(
    manifest_uri: str, prefix_uri: str, source: ObjectSource
) -> Iterator[Sequence[ObjectInfo]]:
    """Yield the objects at or below a prefix as the inventory knew them, in pages.

    Delete markers and versions that are not the latest are left out. Pages come in the order of
    the files, each in the order of its keys. What was written since is not in it.

    Raises:
        InventoryError: The manifest or a file is damaged, is of another bucket, or lacks a column.
        StorageError: One of them cannot be read.
    """
    manifest = read_manifest(manifest_uri, source)
    bucket, prefix = split_uri(prefix_uri)
    if bucket != manifest.bucket:
        reason = f"it is of bucket {manifest.bucket}, not of {bucket}"
        raise InventoryError(manifest.uri, reason)
    for key, size in manifest.files:
        file = InventoryFile(
            uri=_file_uri(manifest.uri, key, source), size=size, columns=manifest.columns
        )
        for rows in READERS[manifest.format](file, source):
            page = [info for row in rows if (info := _object(row, bucket, prefix)) is not None]
            if page:
                yield sorted(page)


def read_manifest(uri: str, source: ObjectSource) -> Manifest:
    """Return what a manifest says.

    Raises:
        InventoryError: It is none.
        StorageError: It cannot be read.
    """
    uri = normalize_uri(uri)
    data = source.read(uri, 0, MANIFEST_BYTES + 1)
    if len(data) > MANIFEST_BYTES:
        raise InventoryError(uri, "it is too long for a manifest")
    try:
        found = json.loads(data)
        return _manifest(uri, found)
    except RecursionError as error:
        raise InventoryError(uri, "it is nested too deep for a manifest") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"it is not the manifest.json of an inventory: {error!r}"
        raise InventoryError(uri, reason) from error


def _manifest(uri: str, found: Any) -> Manifest:  # noqa: ANN401 - whatever JSON holds
    format_ = str(found["fileFormat"])
    if format_ not in READERS:
        raise InventoryError(uri, f"its files are {format_}; {', '.join(READERS)} are read")
    return Manifest(
        uri=uri,
        bucket=str(found["sourceBucket"]).removeprefix("arn:aws:s3:::"),
        format=format_,
        columns=tuple(name.strip() for name in str(found.get("fileSchema", "")).split(",")),
        files=tuple((str(file["key"]), int(file["size"])) for file in found["files"]),
    )


def _file_uri(manifest_uri: str, key: str, source: ObjectSource) -> str:
    """Return where a file lies: in the manifest's bucket, or a folder above a copy on the disk."""
    if not manifest_uri.startswith(FILE_SCHEME):
        return f"s3://{split_uri(manifest_uri)[0]}/{key}"
    if ".." in key.split("/"):
        raise InventoryError(manifest_uri, f"it names a file outside of its folder: {key}")
    folder = manifest_uri.removeprefix(FILE_SCHEME)
    while folder := folder.rpartition("/")[0]:
        uri = f"{FILE_SCHEME}{folder}/{key}"
        try:
            source.read(uri, 0, 1)
        except StorageError:
            continue
        return uri
    raise PathNotFoundError(key, f"it lies in no folder above {manifest_uri}")


def _object(row: Row, bucket: str, prefix: str) -> ObjectInfo | None:
    key = row.key
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if not row.is_current or not (key.startswith(folder) or key == prefix):
        return None
    return ObjectInfo(
        uri=f"s3://{bucket}/{key}",
        size=row.size,
        modified=row.modified,
        etag=row.etag or None,
        storage_class=row.storage_class or None,
    )
