"""The partitions of a Hudi table: folders in which Hudi left its mark, and their values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gluepot.catalog.names import value_fault
from gluepot.catalog.types import INT, SMALLINT, STRING, TINYINT, print_type
from gluepot.crawlers.grouping.found import FoundPartition, Volume
from gluepot.crawlers.grouping.partition_keys import FoundKey, can_hold
from gluepot.crawlers.lakehouse.kinds import PARTITION_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.crawlers.grouping.column_merge import MergedColumn
    from gluepot.crawlers.sources.objects import ObjectInfo

_BASE_FILE = re.compile(r"(?P<group>[^_]+)_[^_]*_(?P<instant>\d{14,17})\.(?:parquet|orc)", re.ASCII)
_DAY = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class HudiPartitions:
    """Keys and partitions, and what a person should know of folders that fit neither."""

    keys: tuple[FoundKey, ...]
    partitions: tuple[FoundPartition, ...]
    warnings: tuple[str, ...]


def partition_fields(text: str) -> tuple[str, ...]:
    """Return the fields that a table is partitioned by; a key generator may stand behind one.

    >>> partition_fields("ts:TIMESTAMP,city:SIMPLE"), partition_fields("")
    (('ts', 'city'), ())
    """
    return tuple(part.partition(":")[0].strip() for part in text.split(",") if part.strip())


def read_partitions(
    root_uri: str,
    fields: Sequence[str],
    columns: Mapping[str, MergedColumn],
    log: Sequence[ObjectInfo],
) -> HudiPartitions:
    """Return the partitions whose marks are among some objects.

    Args:
        root_uri: The table's folder, without a last slash.
        fields: What the table is partitioned by.
        columns: The columns of the table's schema, by name.
        log: Objects of the table; data files among them are counted.
    """
    if not fields:
        return HudiPartitions(keys=(), partitions=(), warnings=())
    volumes = _volumes(log)
    found: dict[tuple[str, ...], FoundPartition] = {}
    warnings: list[str] = []
    for folder in sorted(_marked(log)):
        path = folder[len(root_uri) + 1 :]
        values = partition_values(path, fields)
        fault = next(filter(None, map(value_fault, values or ())), None)
        if values is None or fault is not None or values in found:
            why = fault or f"it does not name one value for each of {', '.join(fields)}"
            told = f"it has the values of {found[values].location}" if values in found else why
            warnings.append(f"{folder}/ is left out: {told}")
            continue
        found[values] = FoundPartition(
            values=values,
            location=f"{folder}/",
            volume=volumes.get(folder, _NOTHING),
        )
    keys = tuple(
        _key(name.lower(), columns.get(name.lower()), [values[at] for values in found])
        for at, name in enumerate(fields)
    )
    return HudiPartitions(keys=keys, partitions=tuple(found.values()), warnings=tuple(warnings))


def partition_values(path: str, fields: Sequence[str]) -> tuple[str, ...] | None:
    """Return the values in the path of a partition, None where it has another form.

    >>> partition_values("city=a%20b/day=1", ["city", "day"])
    ('a b', '1')
    >>> partition_values("2024/1/31", ["day"])
    ('2024-01-31',)
    """
    parts = path.split("/")
    day = _DAY.fullmatch(path)
    if len(fields) == 1 and day is not None:
        # As Hudi's own SlashEncodedDayPartitionValueExtractor tells Hive.
        return (f"{day[1]}-{day[2]:>02}-{day[3]:>02}",)
    if len(parts) != len(fields):
        return None
    return tuple(
        unquote(part.removeprefix(f"{name}=")) for part, name in zip(parts, fields, strict=True)
    )


def total_volume(log: Sequence[ObjectInfo]) -> Volume:
    """Return how many base files are among some objects, the newest of each file group."""
    volumes = _volumes(log).values()
    return Volume(
        objects=sum(item.objects for item in volumes),
        objects_read=0,
        size_bytes=sum(item.size_bytes for item in volumes),
        records=0,
    )


_NOTHING = Volume(objects=0, objects_read=0, size_bytes=0, records=0)


def base_file_group(uri: str) -> tuple[str, str] | None:
    """Return the file group of a base file and the instant of this one, None for another file."""
    folder, _, name = uri.rpartition("/")
    match = _BASE_FILE.fullmatch(name)
    return None if match is None else (f"{folder}/{match['group']}", match["instant"])


def _marked(log: Iterable[ObjectInfo]) -> set[str]:
    folders = (info.uri.rpartition("/") for info in log)
    return {folder for folder, _, name in folders if name.startswith(PARTITION_MARK)}


def _volumes(log: Iterable[ObjectInfo]) -> dict[str, Volume]:
    newest: dict[str, tuple[str, ObjectInfo]] = {}
    for info in log:
        group = base_file_group(info.uri)
        if group is not None and group[1] >= newest.get(group[0], ("",))[0]:
            newest[group[0]] = (group[1], info)
    counts: dict[str, tuple[int, int]] = {}
    for _, info in newest.values():
        folder = info.uri.rpartition("/")[0]
        files, size = counts.get(folder, (0, 0))
        counts[folder] = (files + 1, size + info.size)
    return {
        folder: Volume(objects=files, objects_read=0, size_bytes=size, records=0)
        for folder, (files, size) in counts.items()
    }


def _key(name: str, column: MergedColumn | None, values: Sequence[str]) -> FoundKey:
    """Return a key of the schema's type where its folders' names can be of it, else a string."""
    if column is None:
        return FoundKey(name=name, type=STRING, reason="the schema has no column of this name")
    type_ = INT if column.type in {TINYINT, SMALLINT} else column.type
    if can_hold(type_, values):
        return FoundKey(name=name, type=type_, reason=column.reason)
    why = f"{column.reason}, but its folders' names are not read as {print_type(column.type)}"
    return FoundKey(name=name, type=STRING, reason=why)
