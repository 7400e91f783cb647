"""Symlink manifests of a Delta table: text files that list its data files, folder by folder.

They lie as Delta's own generator lays them, so that either may renew what the other wrote.

Source: Delta Lake, "Presto and Athena to Delta Lake integration" and ``GenerateSymlinkManifest``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gluepot.catalog.model import NULL_PARTITION
from gluepot.crawlers.grouping.found import FoundPartition, FoundTable
from gluepot.crawlers.grouping.partition_keys import FoundKey
from gluepot.crawlers.lakehouse.delta import (
    column_mapping,
    native_table,
    partition_columns,
    volume_of,
)
from gluepot.crawlers.lakehouse.delta_state import MAX_FILES
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.kinds import SYMLINK_FOLDERS
from gluepot.crawlers.lots import Compatibility
from gluepot.crawlers.sources.errors import PathNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.lakehouse.delta_state import DeltaFile, DeltaState
    from gluepot.crawlers.sources.objects import ObjectSource

MANIFEST_FOLDER = SYMLINK_FOLDERS[0]

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:/", re.ASCII | re.IGNORECASE)
_ESCAPED = frozenset("\"#%'*/:=?\\{[]^\x7f") | frozenset(map(chr, range(1, 32)))
"""What Hive writes as ``%XX`` in the name of a partition's folder."""


def manifest_table(root_uri: str, state: DeltaState) -> FoundTable:
    """Return the table over a Delta table's manifests, of which nothing is written here.

    Raises:
        LakeTableError: Manifests cannot tell what the table holds: rows are deleted by vectors, or
            the files name their columns otherwise.
    """
    native = native_table(root_uri, state)
    keys = [name.lower() for name in partition_columns(state)]
    types = {column.name: column for column in native.columns}
    unknown = [key for key in keys if key not in types]
    if unknown:
        raise LakeTableError(
            state.metadata_uri, f"it partitions by {', '.join(unknown)}, not among its columns"
        )
    folder = f"{root_uri}/{MANIFEST_FOLDER}"
    groups = manifest_groups(root_uri, state)
    return replace(
        native,
        location=folder,
        compatibility=Compatibility(format="parquet", codec="none"),
        columns=tuple(column for column in native.columns if column.name not in keys),
        keys=tuple(
            FoundKey(name=key, type=types[key].type, reason=types[key].reason) for key in keys
        ),
        partitions=tuple(
            FoundPartition(values=values, location=f"{folder}{path}/", volume=volume_of(files))
            for (path, values), files in sorted(groups.items())
            if path
        ),
        storage="symlink",
        parameters={"EXTERNAL": "TRUE"},
        serde_parameters={},
        reasons=(*native.reasons[:1], "its manifests are registered, as the crawler was told"),
    )


def manifest_groups(
    root_uri: str, state: DeltaState
) -> dict[tuple[str, tuple[str, ...]], list[DeltaFile]]:
    """Return the files of each manifest, by its folder below the manifests' and its values.

    Raises:
        LakeTableError: Manifests cannot tell what the table holds.
    """
    _check(root_uri, state)
    names = partition_columns(state)
    groups: dict[tuple[str, tuple[str, ...]], list[DeltaFile]] = defaultdict(list)
    for file in state.files.values():
        texts = [file.partition_values.get(name) for name in names]
        # Delta, as Hive, cannot tell an empty text from null in a folder's name.
        values = tuple(text or NULL_PARTITION for text in texts)
        pairs = zip(names, values, strict=True)
        path = "/".join(f"{_escape(name)}={_escape(value)}" for name, value in pairs)
        groups[path, values].append(file)
    if not names and not groups:
        groups["", ()] = []
    return groups


def write_manifests(source: ObjectSource, root_uri: str, state: DeltaState) -> tuple[str, ...]:
    """Write a Delta table's manifests and remove those of partitions that are no more.

    Returns:
        The URIs that were written.

    Raises:
        LakeTableError: Manifests cannot tell what the table holds.
        StorageError: The store refuses.
    """
    groups = manifest_groups(root_uri, state)
    written: dict[str, None] = {}
    for (path, _), files in sorted(groups.items()):
        uri = f"{root_uri}/{MANIFEST_FOLDER}{path + '/' if path else ''}manifest"
        source.write(uri, _manifest(root_uri, files))
        written[uri] = None
    stale = [uri for uri in _existing(source, root_uri) if uri not in written]
    # After the new ones: a reader in between sees rows of gone partitions, never too few.
    source.delete(stale)
    return tuple(written)


def data_uri(root_uri: str, path: str) -> str:
    """Return where a data file lies; the log holds a path below the table, or a whole URI.

    >>> data_uri("s3://lake/t", "day=1%202/part-0.parquet")
    's3://lake/t/day=1 2/part-0.parquet'
    """
    plain = unquote(path)
    return plain if _ABSOLUTE.match(path) else f"{root_uri}/{plain}"


def _manifest(root_uri: str, files: Sequence[DeltaFile]) -> bytes:
    lines = sorted(data_uri(root_uri, file.path) for file in files)
    for line in lines:
        if "\n" in line or "\r" in line:
            raise LakeTableError(root_uri, f"no manifest can name {line!r}: it has a line break")
    return "".join(f"{line}\n" for line in lines).encode()


def _existing(source: ObjectSource, root_uri: str) -> list[str]:
    try:
        found = source.list(f"{root_uri}/{MANIFEST_FOLDER}")
        return [info.uri for info in found if info.uri.endswith("/manifest")]
    except PathNotFoundError:
        return []


def _check(root_uri: str, state: DeltaState) -> None:
    if any(file.has_deletions for file in state.files.values()):
        raise LakeTableError(
            root_uri,
            "no manifest is written: it has deletion vectors, whose rows manifests would bring"
            " back; purge them (REORG TABLE ... APPLY (PURGE)) or register the table natively",
        )
    if column_mapping(state) != "none":
        raise LakeTableError(
            root_uri,
            "no manifest is written: its columns have other names in the files (column mapping);"
            " register the table natively",
        )
    if not state.counted:
        raise LakeTableError(
            root_uri, f"no manifest is written: it has more than {MAX_FILES:,} files"
        )


def _escape(text: str) -> str:
    return "".join(f"%{ord(mark):02X}" if mark in _ESCAPED else mark for mark in text)
