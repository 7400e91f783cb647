"""Iceberg tables by their newest metadata file, registered as Iceberg's own Glue catalogs do.

Source: Iceberg table specification, "Table Metadata"; PyIceberg's and Java's ``GlueCatalog``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.grouping.found import FoundTable, Volume
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.iceberg_schema import iceberg_columns
from gluepot.crawlers.lakehouse.kinds import ICEBERG_METADATA, ICEBERG_NAMES, VERSION_HINT
from gluepot.crawlers.lakehouse.reading import member
from gluepot.crawlers.lots import Compatibility
from gluepot.crawlers.sources.objects import normalize_uri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo

NEWEST_FORMAT = 3
RIVALS = 5
"""How many files that claim to be the newest are read to decide between them."""


def read_iceberg(
    reader: MetadataReader, root_uri: str, log: Sequence[ObjectInfo]
) -> tuple[FoundTable, ...]:
    """Return the one table of a ``metadata`` folder.

    Args:
        reader: Reads the metadata.
        root_uri: The table's folder, without a last slash.
        log: The objects in its ``metadata`` folder.

    Raises:
        LakeTableError: The newest metadata is damaged, too large, or of an unknown version.
    """
    info, metadata, warnings = _newest(reader, root_uri, log)
    _check(metadata, info.uri)
    columns = iceberg_columns(_current_schema(metadata, info.uri), info.uri)
    location = _location(metadata, root_uri, warnings)
    return (
        FoundTable(
            location=location,
            folder=root_uri.rpartition("/")[2],
            compatibility=Compatibility(format="iceberg", codec="none"),
            columns=columns,
            keys=(),
            partitions=(),
            volume=_volume(metadata, info.uri),
            top_level_fields=tuple(sorted(column.name for column in columns)),
            storage="iceberg",
            parameters={"table_type": "ICEBERG", "metadata_location": info.uri},
            reasons=_reasons(metadata, info, len(columns)),
            warnings=tuple(warnings),
        ),
    )


def newer_metadata(known: str, found: str) -> str:
    """Return the metadata file of a higher number: a crawl never takes a table back.

    A client may have committed between the listing of the folder and the look at the catalog.
    Where numbers are equal, what the catalog has stays.

    >>> newer_metadata("s3://b/t/metadata/00003-a.metadata.json", "00002-b.metadata.json")
    's3://b/t/metadata/00003-a.metadata.json'
    """
    return found if _number(found) > _number(known) else known


def _newest(
    reader: MetadataReader, root_uri: str, log: Sequence[ObjectInfo]
) -> tuple[ObjectInfo, dict[str, Any], list[str]]:
    """Return the newest metadata file and what it holds.

    Files are numbered; where two have the highest number, one is of a commit that failed, and the
    later one is taken. A Hadoop table's hint tells the number to begin with, but may be behind.
    """
    files = [info for info in log if _number(info.uri) >= 0]
    if not files:
        raise LakeTableError(f"{root_uri}/metadata/", f"there is no *{ICEBERG_METADATA} in it")
    highest = max(_number(info.uri) for info in files)
    _check_hint(reader, log, highest)
    rivals = sorted(
        (info for info in files if _number(info.uri) == highest),
        key=lambda info: (info.modified, info.uri),
    )[-RIVALS:]
    read = [(info, reader.read_json(info)) for info in rivals]
    info, metadata = max(
        read,
        key=lambda item: (member(item[1], "last-updated-ms", int, item[0].uri) or 0, item[0].uri),
    )
    warnings = []
    if len(read) > 1:
        others = ", ".join(other.uri for other, _ in read if other is not info)
        warnings.append(
            f"{info.uri} was updated last and is taken, but {others} claims the same version: one"
            " of them may be of a commit that failed"
        )
    return info, metadata, warnings


def _check_hint(reader: MetadataReader, log: Sequence[ObjectInfo], highest: int) -> None:
    hint = next((info for info in log if info.uri.endswith(f"/{VERSION_HINT}")), None)
    if hint is None:
        return
    text = reader.read(hint, limit=1024).decode("ascii", errors="replace").strip()
    if not text.isdecimal():
        return  # Some catalogs write a file's name; the numbers of the files say the same.
    if int(text) > highest:
        raise LakeTableError(
            hint.uri, f"it names version {text}, but the newest metadata file is of {highest}"
        )


def _number(uri: str) -> int:
    match = ICEBERG_NAMES.fullmatch(uri.rpartition("/")[2])
    return -1 if match is None else int(match[1])


def _check(metadata: Mapping[str, Any], uri: str) -> None:
    if "view-uuid" in metadata:
        raise LakeTableError(uri, "it is the metadata of a view; crawlers register tables")
    version = member(metadata, "format-version", int, uri)
    if version is None:
        raise LakeTableError(uri, "it has no format-version, so it is no Iceberg metadata")
    if not 1 <= version <= NEWEST_FORMAT:
        raise LakeTableError(
            uri, f"it is of format version {version}; 1 to {NEWEST_FORMAT} are known"
        )


def _current_schema(metadata: Mapping[str, Any], uri: str) -> Any:  # noqa: ANN401
    schemas = member(metadata, "schemas", list, uri)
    if schemas is None:
        if "schema" not in metadata:
            raise LakeTableError(uri, "it has no schema")
        return metadata["schema"]  # The one place of format version 1.
    current = member(metadata, "current-schema-id", int, uri) or 0
    for schema in schemas:
        if isinstance(schema, dict) and (schema.get("schema-id") or 0) == current:
            return schema
    raise LakeTableError(uri, f"its current schema, {current}, is not among its schemas")


def _location(metadata: Mapping[str, Any], root_uri: str, warnings: list[str]) -> str:
    """Return the table's folder as Iceberg's catalogs write it, without a last slash."""
    told = metadata.get("location")
    try:
        same = isinstance(told, str) and normalize_uri(told).rstrip("/") == root_uri
    except InvalidInputError:
        same = False
    if not same:
        warnings.append(
            f"{root_uri}: its metadata says it lies at {told}: where it was moved or copied,"
            " readers look for its files at the old place"
        )
    return root_uri


def _volume(metadata: Mapping[str, Any], uri: str) -> Volume:
    summary = (_current_snapshot(metadata, uri) or {}).get("summary")
    told = summary if isinstance(summary, dict) else {}

    def number(name: str) -> int:
        text = str(told.get(name, ""))
        return int(text) if text.isdecimal() and len(text) <= 18 else 0  # noqa: PLR2004

    return Volume(
        objects=number("total-data-files"),
        objects_read=0,
        size_bytes=number("total-files-size"),
        records=number("total-records"),
    )


def _current_snapshot(metadata: Mapping[str, Any], uri: str) -> Mapping[str, Any] | None:
    current = member(metadata, "current-snapshot-id", int, uri)
    for snapshot in member(metadata, "snapshots", list, uri) or []:
        if isinstance(snapshot, dict) and snapshot.get("snapshot-id") == current:
            return snapshot
    return None


def _reasons(metadata: Mapping[str, Any], info: ObjectInfo, columns: int) -> tuple[str, ...]:
    name = info.uri.rpartition("/")[2]
    found = (
        f"metadata/{name} is the newest metadata of an Iceberg table of format version"
        f" {metadata['format-version']}; its current schema has {columns} columns"
    )
    reasons = [found]
    fields = _partition_fields(metadata, info.uri)
    if fields:
        reasons.append(
            f"it is partitioned by {', '.join(fields)}, which Iceberg keeps to itself: there are"
            " no partition keys"
        )
    if _current_snapshot(metadata, info.uri) is None:
        reasons.append("it has no snapshot yet, so no rows")
    return tuple(reasons)


def _partition_fields(metadata: Mapping[str, Any], uri: str) -> list[str]:
    fields: Any = member(metadata, "partition-spec", list, uri) or []
    default = member(metadata, "default-spec-id", int, uri) or 0
    for spec in member(metadata, "partition-specs", list, uri) or []:
        if isinstance(spec, dict) and spec.get("spec-id") == default:
            fields = member(spec, "fields", list, uri) or []
    return [
        f"{field.get('transform')} as {field.get('name')}"
        for field in fields
        if isinstance(field, dict)
    ]
