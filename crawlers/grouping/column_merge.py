"""The columns of a table out of the columns of its files, with the files that decided each type.

Where no one type holds what two files say, text formats fall back to string, which reads both;
a columnar format keeps the type that most files have, since its readers cannot read the others.
Either way the two files are named.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.merge import widest
from gluepot.catalog.types import (
    STRING,
    VOID,
    Array,
    Field,
    Map,
    Struct,
    Type,
    print_type,
)
from gluepot.crawlers.names import legal_name, without_repeats
from gluepot.crawlers.nested_types import hold_both

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.crawlers.classifiers.base import FileSchema, FoundColumn
    from gluepot.crawlers.lots import SchemaCount

COLUMNAR = frozenset({"parquet", "orc", "avro"})


@dataclass(frozen=True, kw_only=True)
class MergedColumn:
    """A column of a table, its type, and what decided it.

    ``comment`` and ``parameters`` are what a database says of it; files say nothing.
    """

    name: str
    type: Type
    reason: str
    comment: str | None = None
    parameters: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class MergedColumns:
    """The columns of a table, and what a person should know about them."""

    columns: tuple[MergedColumn, ...]
    warnings: tuple[str, ...] = ()


@dataclass
class _Sightings:
    """What files say about one column, by type: how many, and the first of them."""

    counts: dict[Type, int] = field(default_factory=lambda: defaultdict(int))
    firsts: dict[Type, tuple[str, FoundColumn]] = field(default_factory=dict)

    def add(self, path: str, column: FoundColumn, files: int) -> None:
        self.counts[column.type] += files
        self.firsts.setdefault(column.type, (path, column))


def merge_files(files: Sequence[SchemaCount]) -> MergedColumns:
    """Return the union of the columns of files, in the order in which they are first seen.

    Args:
        files: The distinct schemas, in the order of the paths of their first files.
    """
    format_ = files[0].schema.format
    seen: dict[str, _Sightings] = {}
    warnings: list[str] = []
    for path, schema, count in files:
        for name, column in _named(path, schema, warnings):
            seen.setdefault(name, _Sightings()).add(path, column, count)
    if format_ == "csv":
        warnings += _misplaced(list(seen), [(item.path, item.schema) for item in files])
    total = sum(item.files for item in files)
    columns = tuple(
        _merge_column(name, sightings, total, format_, warnings) for name, sightings in seen.items()
    )
    return MergedColumns(columns=columns, warnings=tuple(warnings))


def without_void(type_: Type) -> Type:
    """Return a type that tables may have: what was null everywhere is string, as Glue has it."""
    match type_:
        case Array(element):
            return Array(without_void(element))
        case Map(key, value):
            return Map(without_void(key), without_void(value))
        case Struct(members):
            return Struct(tuple(Field(item.name, without_void(item.type)) for item in members))
        case _:
            return STRING if type_ == VOID else type_


def _named(path: str, schema: FileSchema, warnings: list[str]) -> Iterable[tuple[str, FoundColumn]]:
    """Return a file's columns by their names in the table, which are legal, low and unique."""
    lowered = [column.name.strip().lower() or "_" for column in schema.columns]
    if schema.csv is not None:
        lowered = [legal_name(name) for name in lowered]
    names = without_repeats(lowered)
    for name, low, column in zip(names, lowered, schema.columns, strict=True):
        if name != low:
            warnings.append(
                f"{path}: several columns are called {low!r} in lower case; {column.name!r} is"
                f" registered as {name!r}"
            )
    return zip(names, schema.columns, strict=True)


def _merge_column(
    name: str, sightings: _Sightings, files: int, format_: str, warnings: list[str]
) -> MergedColumn:
    types = sorted(sightings.counts, key=print_type)
    merged: Type | None = VOID
    for type_ in types:
        merged = None if merged is None else widest(merged, type_)
    if merged is None:
        merged = _settle(sightings, types, format_)
        warnings.append(_conflict(name, merged, sightings))
    final = without_void(merged)
    return MergedColumn(name=name, type=final, reason=_reason(final, sightings, files))


def _settle(sightings: _Sightings, types: Sequence[Type], format_: str) -> Type:
    if format_ in COLUMNAR:
        # Counts first, then the earliest path: neither depends on the order of the listing.
        return max(
            types, key=lambda item: (sightings.counts[item], _descending(sightings.firsts[item][0]))
        )
    merged = types[0]
    for type_ in types[1:]:
        merged = hold_both(merged, type_)
    return merged


def _descending(text: str) -> tuple[int, ...]:
    return tuple(-ord(mark) for mark in text)


def _conflict(name: str, chosen: Type, sightings: _Sightings) -> str:
    ordered = sorted(sightings.firsts.items(), key=lambda item: item[1][0])
    first_type, (first_path, _) = ordered[0]
    other_type, (other_path, _) = next(
        (item for item in ordered if widest(first_type, item[0]) is None), ordered[-1]
    )
    return (
        f"column {name}: {first_path} has {print_type(first_type)}, {other_path} has"
        f" {print_type(other_type)}; it is registered as {print_type(without_void(chosen))}"
    )


def _reason(final: Type, sightings: _Sightings, files: int) -> str:
    """Say which file and value decided: the first that has the final type by itself."""
    path, column = sightings.firsts.get(final) or min(
        sightings.firsts.values(), key=lambda item: item[0]
    )
    told = f"{path}: {column.reason}"
    if len(sightings.counts) == 1:
        return f"{told} ({sum(sightings.counts.values())} of {files} files read have it)"
    counted = ", ".join(
        f"{print_type(type_)} in {count}"
        for type_, count in sorted(
            sightings.counts.items(), key=lambda item: (-item[1], print_type(item[0]))
        )
    )
    return f"{told} ({counted} of {files} files read)"


def _misplaced(order: Sequence[str], files: Sequence[tuple[str, FileSchema]]) -> list[str]:
    """Name the delimited files whose columns stand elsewhere: readers go by position."""
    warnings = []
    for path, schema in files:
        names = without_repeats(
            legal_name(column.name.strip().lower() or "_") for column in schema.columns
        )
        if list(names) != list(order[: len(names)]):
            warnings.append(
                f"{path} has its columns in another order ({', '.join(names[:5])}, ...) than the"
                " table: CSV is read by position, so its values land in the wrong columns"
            )
    return warnings
