"""Which objects of a listing are the metadata of a table format, and of which table."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.crawlers.sources.objects import ObjectInfo

DELTA_LOG = "_delta_log/"
ICEBERG_FOLDER = "metadata/"
HUDI_FOLDER = ".hoodie/"
HUDI_PROPERTIES = f"{HUDI_FOLDER}hoodie.properties"
PARTITION_MARK = ".hoodie_partition_metadata"
"""Hudi writes a file of this name into the folder of every partition."""

SYMLINK_FOLDERS = ("_symlink_format_manifest/", "_symlink_manifest/")
"""What Delta's generator makes, and what the guide of AWS Glue's crawlers calls it."""

VERSION_HINT = "metadata/version-hint.text"
ICEBERG_METADATA = ".metadata.json"

MARKERS: tuple[str, ...] = (
    DELTA_LOG,
    ICEBERG_METADATA,
    VERSION_HINT,
    HUDI_FOLDER,
    PARTITION_MARK,
    *SYMLINK_FOLDERS,
)
"""A key without any of these belongs to no table format's metadata."""

ICEBERG_NAMES = re.compile(r"v?(\d{1,20})(?:-[^/]+)?(?:\.gz)?\.metadata\.json(?:\.gz)?", re.ASCII)
"""Every catalog numbers its metadata files; ``any.metadata.json`` is anybody's."""

_DELTA_NAMES = re.compile(r"\d{20}\.(?:json|checkpoint\..*)|_sidecars/.*\.parquet|_last_checkpoint")
_HUDI_NAMES = re.compile(
    r"hoodie\.properties|(?:timeline/)?\w+\.(?:commit|deltacommit|replacecommit)"
)


class LakeKind(StrEnum):
    """A format whose metadata describes the table; the values are those of ``classification``."""

    DELTA = "delta"
    ICEBERG = "iceberg"
    HUDI = "hudi"
    SYMLINK = "symlink"


def marker_of(path: str) -> tuple[LakeKind, str] | None:
    """Return which format's metadata a key is, and the table's folder without a last slash.

    A mark that Hudi leaves in a partition names the partition's folder: ``collect_lakes`` finds
    the table above it.

    >>> marker_of("shop/orders/_delta_log/00000000000000000000.json")
    (<LakeKind.DELTA: 'delta'>, 'shop/orders')
    >>> marker_of("metadata/00001-4d5e.metadata.json")
    (<LakeKind.ICEBERG: 'iceberg'>, '')
    >>> marker_of("shop/metadata/prices.metadata.json") is None
    True
    """
    folder, _, name = path.rpartition("/")
    if name.startswith(PARTITION_MARK):
        return LakeKind.HUDI, folder
    if name == "version-hint.text" or ICEBERG_NAMES.fullmatch(name):
        found = _split(path, ICEBERG_FOLDER)
        if found is not None and "/" not in found[1]:
            return LakeKind.ICEBERG, found[0]
    for mark, names, kind in (
        (DELTA_LOG, _DELTA_NAMES, LakeKind.DELTA),
        (HUDI_FOLDER, _HUDI_NAMES, LakeKind.HUDI),
    ):
        found = _split(path, mark, first=True)
        if found is not None:
            return (kind, found[0]) if names.fullmatch(found[1]) else None
    for mark in SYMLINK_FOLDERS:
        found = _split(path, mark, first=True)
        if found is not None and not name.startswith(("_", ".")):
            return LakeKind.SYMLINK, found[0]
    return None


def collect_lakes(
    marked: Iterable[tuple[LakeKind, str, ObjectInfo]],
) -> dict[tuple[LakeKind, str], list[ObjectInfo]]:
    """Return the objects of each table's metadata, by format and folder.

    Marks of Hudi's partitions go to the table above them. A Delta table's manifests, and the
    Iceberg metadata that UniForm writes beside a Delta log, make no second table.
    """
    found: dict[tuple[LakeKind, str], list[ObjectInfo]] = {}
    marks: list[tuple[str, ObjectInfo]] = []
    for kind, root, info in marked:
        if kind is LakeKind.HUDI and info.uri.rpartition("/")[2].startswith(PARTITION_MARK):
            marks.append((root, info))
        else:
            found.setdefault((kind, root), []).append(info)
    hudi = {root for kind, root in found if kind is LakeKind.HUDI}
    for folder, info in marks:
        above = next((root for root in _above(folder) if root in hudi), None)
        if above is not None:
            found[LakeKind.HUDI, above].append(info)
    deltas = {root for kind, root in found if kind is LakeKind.DELTA}
    derived = (LakeKind.ICEBERG, LakeKind.SYMLINK)
    return {
        (kind, root): infos
        for (kind, root), infos in found.items()
        if not (kind in derived and root in deltas)
    }


def _split(path: str, mark: str, *, first: bool = False) -> tuple[str, str] | None:
    """Return what stands before and behind a folder in a path, None where it is not in it."""
    if path.startswith(mark) and (first or f"/{mark}" not in path):
        return "", path[len(mark) :]
    between = f"/{mark}"
    at = path.find(between) if first else path.rfind(between)
    return None if at < 0 else (path[:at], path[at + len(between) :])


def _above(folder: str) -> Iterable[str]:
    """Yield a folder and those above it, the target's own, which is empty, last."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""
