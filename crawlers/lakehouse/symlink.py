"""Symlink manifests: text files that list data files, in folders that are a table's partitions.

Source: Hive's ``SymlinkTextInputFormat``; Delta Lake, "Presto and Athena integration".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.names import value_fault
from gluepot.crawlers.classifiers.parquet_footers import Footers
from gluepot.crawlers.grouping.column_merge import merge_files
from gluepot.crawlers.grouping.found import FoundPartition, FoundTable, Volume
from gluepot.crawlers.grouping.partition_keys import read_keys
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.kinds import SYMLINK_FOLDERS
from gluepot.crawlers.lakehouse.reading import MIB
from gluepot.crawlers.lots import Compatibility, SchemaCount
from gluepot.crawlers.sources.objects import normalize_uri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.classifiers.base import FileSchema
    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo

MAX_MANIFEST_BYTES = 16 * MIB
MAX_LINE = 4_096
MAX_LISTED = 500_000
"""Most data files of one table that are listed."""

SCHEMAS_READ = 5
"""How many of the listed files' footers are read; a snapshot's files have one schema."""

TAIL_BYTES = 64 * 1024
READERS = 8
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class _Manifest:
    """A manifest: the folders between it and the table, and the files that it lists."""

    folders: tuple[str, ...]
    location: str
    files: tuple[str, ...]


def read_symlink(
    reader: MetadataReader, root_uri: str, log: Sequence[ObjectInfo]
) -> tuple[FoundTable, ...]:
    """Return the one table of a folder of manifests.

    Args:
        reader: Reads manifests, and the footers of some of the files that they list.
        root_uri: The folder above the manifests' folder, without a last slash.
        log: The manifests.

    Raises:
        LakeTableError: A manifest lists no URIs or too many, lies unlike the others, or not one of
            the files can be read.
    """
    folder = _manifest_folder(root_uri, log)
    manifests = _read_manifests(reader, folder, log)
    depths = {len(item.folders) for item in manifests}
    if len(depths) > 1:
        raise LakeTableError(folder, "its manifests lie at different depths, so it is no one table")
    listed = sorted({uri for item in manifests for uri in item.files})
    inside = [uri for uri in listed if is_near(uri, root_uri)]
    warnings = _outside(folder, root_uri, sorted(set(listed) - set(inside)))
    schemas, rows = _read_schemas(reader, folder, inside)
    read = sum(item.files for item in schemas)
    merged = merge_files(schemas)
    keys, values = read_keys([item.folders for item in manifests])
    names = {key.name for key in keys}
    partitions = _partitions(manifests, values, rows, warnings) if keys else ()
    return (
        FoundTable(
            location=folder,
            folder=root_uri.rpartition("/")[2],
            compatibility=Compatibility(format="parquet", codec="none"),
            columns=tuple(item for item in merged.columns if item.name not in names),
            keys=keys,
            partitions=partitions,
            volume=_volume(len(listed), read, rows),
            top_level_fields=tuple(sorted(item.name for item in merged.columns)),
            storage="symlink",
            reasons=(_reason(len(manifests), len(listed), read),),
            warnings=(*warnings, *merged.warnings),
        ),
    )


def _reason(manifests: int, files: int, read: int) -> str:
    return (
        f"{manifests} symlink manifests list {files} files; the footers of {read} of them tell the"
        " columns"
    )


def _manifest_folder(root_uri: str, log: Sequence[ObjectInfo]) -> str:
    for name in SYMLINK_FOLDERS:
        folder = f"{root_uri}/{name}"
        if any(info.uri.startswith(folder) for info in log):
            return folder
    raise LakeTableError(root_uri, f"there is no manifest in {' or '.join(SYMLINK_FOLDERS)}")


def _read_manifests(
    reader: MetadataReader, folder: str, log: Sequence[ObjectInfo]
) -> list[_Manifest]:
    infos = sorted((info for info in log if info.uri.startswith(folder)), key=lambda info: info.uri)
    with ThreadPoolExecutor(READERS, thread_name_prefix="symlink") as pool:
        texts = pool.map(lambda info: reader.read(info, MAX_MANIFEST_BYTES), infos)
        found: list[_Manifest] = []
        total = 0
        for info, text in zip(infos, texts, strict=True):
            files = manifest_lines(text, info.uri)
            total += len(files)
            if total > MAX_LISTED:
                raise LakeTableError(folder, f"its manifests list more than {MAX_LISTED:,} files")
            below = info.uri[len(folder) :].split("/")[:-1]
            location = info.uri.rpartition("/")[0] + "/"
            found.append(_Manifest(folders=tuple(below), location=location, files=files))
    return found


def manifest_lines(text: bytes, uri: str) -> tuple[str, ...]:
    """Return the URIs that a manifest lists; delta-rs writes plain paths of the disk.

    Raises:
        LakeTableError: A line is no URI, or far too long for one.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if not plain:
            continue
        if len(plain) > MAX_LINE or (b"://" not in plain[:20] and plain[:1] != b"/"):
            raise LakeTableError(uri, f"its line {number} is no URI of a data file")
        try:
            found.append(normalize_uri(plain.decode()))
        except (UnicodeDecodeError, InvalidInputError) as error:
            raise LakeTableError(uri, f"its line {number} cannot be read: {error}") from error
    return tuple(found)


def is_near(uri: str, root_uri: str) -> bool:
    """Return whether a file may be read: in the table's own bucket, or below its own folder.

    A manifest is text that anybody may have written: it must not make a crawl read what the target
    does not name.
    """
    near = "/".join(root_uri.split("/")[:3]) if root_uri.startswith("s3://") else root_uri
    return uri.startswith(f"{near}/") and "/../" not in uri


def _outside(folder: str, root_uri: str, uris: Sequence[str]) -> list[str]:
    if not uris:
        return []
    shown = ", ".join(uris[:SHOWN]) + (", ..." if len(uris) > SHOWN else "")
    return [f"{folder} lists {len(uris)} files away from {root_uri}, which were not read: {shown}"]


def _read_schemas(
    reader: MetadataReader, folder: str, uris: Sequence[str]
) -> tuple[list[SchemaCount], int]:
    """Return the distinct schemas of some of the files, and the mean rows of a file."""
    if not uris:
        raise LakeTableError(folder, "its manifests list no file that may be read")
    step = max(len(uris) // SCHEMAS_READ, 1)
    chosen = uris[::step][:SCHEMAS_READ]
    footers = Footers()
    counted: dict[int, SchemaCount] = {}
    rows = 0
    for uri in chosen:
        schema, records = _read_footer(reader, footers, uri)
        rows += records
        known = counted.get(id(schema), SchemaCount(uri, schema, 0))
        counted[id(schema)] = known._replace(files=known.files + 1)
    return list(counted.values()), rows // len(chosen)


def _read_footer(reader: MetadataReader, footers: Footers, uri: str) -> tuple[FileSchema, int]:
    info = reader.stat(uri)
    length = min(TAIL_BYTES, info.size)
    found = footers.read(reader.read_range(uri, info.size - length, length), info.size)
    if found is not None and found.missing:
        length += found.missing
        found = footers.read(reader.read_range(uri, info.size - length, length), info.size)
    if found is None or found.schema is None:
        told = "it is no Parquet file" if found is None else found.problem
        raise LakeTableError(uri, f"a manifest lists it, but {told}")
    return found.schema, found.records


def _partitions(
    manifests: Sequence[_Manifest],
    values: Sequence[tuple[str, ...]],
    rows_a_file: int,
    warnings: list[str],
) -> tuple[FoundPartition, ...]:
    found: dict[tuple[str, ...], FoundPartition] = {}
    for manifest, row in zip(manifests, values, strict=True):
        fault = next(filter(None, map(value_fault, row)), None)
        if fault is None and row in found and found[row].location != manifest.location:
            fault = f"it has the values of {found[row].location}"
        if fault is not None:
            warnings.append(f"{manifest.location} is left out: {fault}")
            continue
        files = len(manifest.files) + (found[row].volume.objects if row in found else 0)
        volume = _volume(files, 0, rows_a_file)
        found[row] = FoundPartition(values=row, location=manifest.location, volume=volume)
    return tuple(found.values())


def _volume(files: int, read: int, rows_a_file: int) -> Volume:
    """Return the number of files and an estimate of the rows; nobody listed their sizes."""
    return Volume(objects=files, objects_read=read, size_bytes=0, records=files * rows_a_file)
