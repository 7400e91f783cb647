"""What a crawl found: tables with columns, keys and partitions, before the catalog is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.names import value_fault
from gluepot.crawlers.column_merge import MergedColumn, merge_files
from gluepot.crawlers.delimited import DelimitedFacts, delimited_facts, delimited_reasons
from gluepot.crawlers.names import without_repeats
from gluepot.crawlers.partition_keys import FoundKey, read_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.classifiers.base import FileSchema
    from gluepot.crawlers.grouping import Candidate, Compatibility, Leaf, Member

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
    members = sorted(
        (member for leaf in candidate.leaves for member in leaf.members),
        key=lambda member: member.file.path,
    )
    files = [(item.file.path, item.schema) for item in members if item.schema is not None]
    if not files:
        return None
    merged = merge_files(files)
    warnings = [f"{path}: {text}" for path, schema in files for text in schema.warnings]
    warnings += merged.warnings
    keys, partitions = _partitions(candidate, root, _bytes_a_record(files, members), warnings)
    columns = _apart_from_keys(merged.columns, keys, candidate.compatibility.format, warnings)
    delimited = delimited_facts(files)
    told = _fullest(files)
    return FoundTable(
        location=root + candidate.root + ("" if candidate.is_file or not candidate.root else "/"),
        folder=_folder_name(candidate, root),
        compatibility=candidate.compatibility,
        columns=columns,
        keys=keys,
        partitions=partitions,
        volume=_volume(members, _bytes_a_record(files, members)),
        top_level_fields=tuple(
            sorted({item.name for _, schema in files for item in schema.columns})
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
        found[row] = _partition(leaf, row, root, bytes_a_record)
    return keys, tuple(found.values())


def _partition(
    leaf: Leaf, values: tuple[str, ...], root: str, bytes_a_record: float
) -> FoundPartition:
    return FoundPartition(
        values=values,
        location=f"{root}{leaf.folder}/",
        volume=_volume(leaf.members, bytes_a_record),
    )


def _volume(members: Sequence[Member], bytes_a_record: float) -> Volume:
    return Volume(
        objects=len(members),
        objects_read=sum(1 for item in members if item.schema is not None),
        size_bytes=sum(item.file.size for item in members),
        records=sum(
            int(item.file.size / bytes_a_record) if item.schema is None else item.schema.records
            for item in members
        ),
    )


def _bytes_a_record(files: Sequence[tuple[str, FileSchema]], members: Sequence[Member]) -> float:
    """Return the mean size of a record in the files that were read, for those that were not."""
    records = sum(schema.records for _, schema in files)
    size = sum(item.file.size for item in members if item.schema is not None)
    return max(size / max(records, 1), 1)


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
