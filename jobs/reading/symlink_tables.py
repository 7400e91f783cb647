"""The data files that symlink manifests list, as Hive's ``SymlinkTextInputFormat`` reads them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.lakehouse.kinds import SYMLINK_FOLDERS
from gluepot.crawlers.lakehouse.symlink import MAX_MANIFEST_BYTES, is_near, manifest_lines
from gluepot.crawlers.sources.errors import PathNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gluepot.jobs.bookmarks.store import InputFile
    from gluepot.jobs.run_context.stores import Stores

THREADS = 16


def listed_files(
    manifests: Iterable[InputFile], location: str, stores: Stores
) -> Iterator[InputFile]:
    """Yield the files that manifests list, each with its manifest's partition values.

    Args:
        manifests: As they were listed.
        location: The table's, which is the manifests' folder.
        stores: Where manifests and files lie.

    Raises:
        InvalidInputError: A manifest is too large, or lists a file that is not there, or one away
            from the table: whoever can write a manifest could have a job read anything.
        LakeTableError: A line of a manifest is no address.
        StorageError: A store fails.
    """
    root = _root(location)
    with ThreadPoolExecutor(THREADS) as pool:
        for manifest in manifests:
            uris = _read(manifest, root, stores)
            found = pool.map(lambda uri, of=manifest: _data_file(uri, of, stores), uris)
            yield from found


def _root(location: str) -> str:
    """Return the folder that the table's files lie below: that above the manifests' folder."""
    place = f"{location.rstrip('/')}/"
    marks = (mark for mark in SYMLINK_FOLDERS if place.endswith(f"/{mark}"))
    return place.removesuffix(next(marks, "")).rstrip("/")


def _read(manifest: InputFile, root: str, stores: Stores) -> list[str]:
    if manifest.size > MAX_MANIFEST_BYTES:
        raise InvalidInputError(
            f"{manifest.uri} has {manifest.size:,} bytes; a symlink manifest may have"
            f" {MAX_MANIFEST_BYTES:,}"
        )
    data = stores.open(manifest.uri).read(manifest.uri, 0, manifest.size)
    uris = list(dict.fromkeys(manifest_lines(data, manifest.uri)))
    away = next((uri for uri in uris if not is_near(uri, root)), None)
    if away is not None:
        raise InvalidInputError(
            f"{manifest.uri} lists {away}, which lies away from {root}: jobs read only what lies"
            " in the table's bucket, or on this machine below its folder"
        )
    return uris


def _data_file(uri: str, manifest: InputFile, stores: Stores) -> InputFile:
    try:
        info = next((item for item in stores.open(uri).list(uri) if item.uri == uri), None)
    except PathNotFoundError:
        info = None
    if info is None:
        raise InvalidInputError(
            f"{manifest.uri} lists {uri}, which is not there: generate the manifest again"
        )
    return replace(manifest, uri=uri, size=info.size, modified=info.modified, etag=info.etag)
