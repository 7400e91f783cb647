"""What a crawl found: tables with columns, keys and partitions, before the catalog is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.names import value_fault
from gluepot.crawlers.grouping.advice import advise
from gluepot.crawlers.grouping.column_merge import MergedColumn, merge_files
from gluepot.crawlers.grouping.delimited import DelimitedFacts, delimited_facts, delimited_reasons
from gluepot.crawlers.grouping.partition_keys import FoundKey, read_keys
from gluepot.crawlers.lots import count_schemas
from gluepot.crawlers.names import without_repeats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.classifiers.base import FileSchema
    from gluepot.crawlers.grouping.folders import Candidate
    from gluepot.crawlers.lots import Compatibility, Lot

SHOWN_WARNINGS = 20
"""How many warnings of one table are kept; the rest is counted."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """How much there is: files, of how many a part was read, bytes, and rows (or an estimate)."""

    objects: int
    objects_read: int
    size_bytes: int
    records: int


@dataclass(frozen=True, kw_only=True)
class FoundPartition:
    """A partition: its values as text, and where it lies, with a last slash."""

    values: tuple[str, ...]
    location: str
    volume: Volume


@dataclass(frozen=True, kw_only=True)
class FoundTable:
    """A table that was found.

    Attributes:
        location: Its folder with a last slash, or its one file.
        folder: The name that the table's name is made of.
        compatibility: Format, compression and delimiter.
        columns: Columns that stand in the files.
        keys: Partition keys.
        partitions: In the order of their locations.
        volume: Of the whole table.
        top_level_fields: The names of the columns as they stand in the files.
        delimited: For delimited files.
        storage: The key of ``storage_formats.STORAGE_FORMATS``.
        parameters: What the table's parameters say of the format, such as ``rowTag``.
        serde_parameters: What the serde has to be told.
        type_of_data: Glue's ``typeOfData``: ``file``, or ``table`` for a database's.
        reasons: Why it is one table of this format.
        warnings: What a person should look at.
    """

    location: str
    folder: str
    compatibility: Compatibility
    columns: tuple[MergedColumn, ...]
    keys: tuple[FoundKey, ...]
    partitions: tuple[FoundPartition, ...]
    volume: Volume
    top_level_fields: tuple[str, ...]
    delimited: DelimitedFacts | None = None
    storage: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    serde_parameters: Mapping[str, str] = field(default_factory=dict)
    type_of_data: str = "file"
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def build_table(
    candidate: Candidate, root: str, classified: Sequence[str] = ()
) -> FoundTable | None:
    """Return the table of a candidate, or None where not one of its files was read.

    Args:
        candidate: A group of files.
        root: The target, with a last slash.
        classified: What the classifiers said, for the reasons.
    """
    files = count_schemas(candidate.leaves)
    if not files:
        return None
    merged = merge_files(files)
    warnings = [f"{item.path}: {text}" for item in files for text in item.schema.warnings]
    warnings += merged.warnings
    bytes_a_record = _bytes_a_record(candidate.leaves)
    keys, partitions = _partitions(candidate, root, bytes_a_record, warnings)
    columns = _apart_from_keys(merged.columns, keys, candidate.compatibility.format, warnings)
    schemas = [(item.path, item.schema) for item in files]
    delimited, told = delimited_facts(schemas), _fullest(schemas)
    warnings += () if delimited is None else delimited.warnings
    volume = _volume(candidate.leaves, bytes_a_record)
    warnings += advise(volume, partitions, files)
    return FoundTable(
        location=root + candidate.root + ("" if candidate.is_file or not candidate.root else "/"),
        folder=_folder_name(candidate, root),
        compatibility=candidate.compatibility,
        columns=columns,
        keys=keys,
        partitions=partitions,
        volume=volume,
        top_level_fields=tuple(
            sorted({column.name for item in files for column in item.schema.columns})
        ),
        delimited=delimited,
        storage=told.storage or told.format,
        parameters=told.parameters,
        serde_parameters=told.serde_parameters,
        reasons=_reasons(candidate, delimited, classified),
        warnings=_shortened(warnings),
    )


def _partitions(
    candidate: Candidate, root: str, bytes_a_record: float, warnings: list[str]
) -> tuple[tuple[FoundKey, ...], tuple[FoundPartition, ...]]:
    if candidate.depth == 0:
        return (), ()
    leaves = sorted(candidate.leaves, key=lambda leaf: leaf.folder)
    above = len(candidate.root) + 1 if candidate.root else 0
    keys, values = read_keys([leaf.folder[above:].split("/") for leaf in leaves])
    found: dict[tuple[str, ...], FoundPartition] = {}
    for leaf, row in zip(leaves, values, strict=True):
        fault = next((told for value in row if (told := value_fault(value)) is not None), None)
        if fault is not None:
            warnings.append(f"{leaf.folder}/ is left out: {fault}")
            continue
        if row in found:
            warnings.append(
                f"{leaf.folder}/ has the same partition values as {found[row].location}; it is"
                " left out"
            )
            continue
        found[row] = FoundPartition(
            values=row, location=f"{root}{leaf.folder}/", volume=_volume([leaf], bytes_a_record)
        )
    return keys, tuple(found.values())


def _volume(lots: Sequence[Lot], bytes_a_record: float) -> Volume:
    """Return how much lots hold; files that were not read have rows as the others have."""
    objects = read = size = records = 0
    for lot in lots:
        objects += lot.objects
        read += lot.objects_read
        size += lot.size_bytes
        records += lot.records + int(lot.unread_bytes / bytes_a_record)
    return Volume(objects=objects, objects_read=read, size_bytes=size, records=records)


def _bytes_a_record(lots: Sequence[Lot]) -> float:
    """Return the mean size of a record in the files that were read, for those that were not."""
    records = sum(lot.records for lot in lots)
    return max(sum(lot.read_bytes for lot in lots) / max(records, 1), 1)


def _apart_from_keys(
    columns: Sequence[MergedColumn],
    keys: Sequence[FoundKey],
    format_: str,
    warnings: list[str],
) -> tuple[MergedColumn, ...]:
    """Return columns of which none is called like a partition key: Hive refuses such tables.

    Formats read by name lose the column, since the folder tells the value; CSV is read by
    position, so there the column is renamed instead.
    """
    taken = {key.name for key in keys}
    clashing = [column.name for column in columns if column.name in taken]
    if not clashing:
        return tuple(columns)
    shown = ", ".join(clashing)
    if format_ != "csv":
        warnings.append(f"{shown} stand in the files and in the folders' names: the folders count")
        return tuple(column for column in columns if column.name not in taken)
    warnings.append(f"{shown} stand in the files and in the folders' names: the files' are renamed")
    names = without_repeats([*sorted(taken), *(column.name for column in columns)])[len(taken) :]
    return tuple(
        MergedColumn(name=name, type=column.type, reason=column.reason)
        for name, column in zip(names, columns, strict=True)
    )


def _fullest(files: Sequence[tuple[str, FileSchema]]) -> FileSchema:
    """Return the schema that speaks for the table: of most columns, and the last of these."""
    return max(files, key=lambda item: (len(item[1].columns), item[0]))[1]


def _reasons(
    candidate: Candidate, delimited: DelimitedFacts | None, classified: Sequence[str]
) -> tuple[str, ...]:
    told = () if delimited is None else delimited_reasons(delimited)
    return (*candidate.reasons, *classified, *told)


def _folder_name(candidate: Candidate, root: str) -> str:
    path = candidate.root or root.rstrip("/")
    return path.rstrip("/").rpartition("/")[2]


def _shortened(warnings: Sequence[str]) -> tuple[str, ...]:
    rest = len(warnings) - SHOWN_WARNINGS
    more = (f"{rest} more warnings of this table",) if rest > 0 else ()
    return (*warnings[:SHOWN_WARNINGS], *more)
