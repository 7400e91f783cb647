"""A table of a database as a crawl reports what it found: no files, no serde, no partitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.names import MAX_NAME
from gluepot.crawlers.grouping.found import FoundTable, Volume
from gluepot.crawlers.lots import Compatibility
from gluepot.crawlers.names import without_repeats

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.crawlers.grouping.column_merge import MergedColumn

_NUMBER_DIGITS = 8
"""How much of a column's name may be taken up by what tells it from others."""


@dataclass(frozen=True, kw_only=True)
class StoredTable:
    """What a database says of a table, and what the catalog is to be told.

    Attributes:
        engine: Glue's classification, such as ``postgresql``.
        location: Where it is, such as ``shop.public.orders``.
        folder: What its name in the catalog is made of.
        kind: Glue's ``typeOfData``: ``table`` or ``view``.
        columns: Their names as the catalog has them.
        original_names: Their names as the database has them.
        parameters: What the table's parameters say beyond what every table's do.
    """

    engine: str
    location: str
    folder: str
    kind: str
    columns: tuple[MergedColumn, ...]
    original_names: tuple[str, ...]
    parameters: Mapping[str, str]
    records: int = 0
    size_bytes: int = 0
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())


def found_table(stored: StoredTable) -> FoundTable:
    """Return a table as plans and definitions take it."""
    return FoundTable(
        location=stored.location,
        folder=stored.folder,
        compatibility=Compatibility(format=stored.engine, codec="none"),
        columns=stored.columns,
        keys=(),
        partitions=(),
        volume=Volume(
            objects=1, objects_read=1, size_bytes=stored.size_bytes, records=stored.records
        ),
        top_level_fields=stored.original_names,
        parameters=stored.parameters,
        type_of_data=stored.kind,
        reasons=stored.reasons,
        warnings=stored.warnings,
    )


def column_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return names as the catalog holds them: in lower case, printable, short and each once.

    >>> column_names(["Id", "id", "two words"])
    ('id', 'id_1', 'two words')
    """
    return without_repeats(map(_column_name, names))


def renamed(table: str, originals: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return a warning for each column that is not called as its database calls it, but for case.

    Columns that differ by case alone are among these: one of them has a number behind it.
    """
    return tuple(
        f"column {original[:MAX_NAME]!r} of {table} is registered as {name!r}"
        for original, name in zip(originals, names, strict=True)
        if original.lower() != name
    )


def _column_name(name: str) -> str:
    lowered = name.strip().lower()
    printable = "".join(mark if mark.isprintable() else "_" for mark in lowered)
    return printable[: MAX_NAME - _NUMBER_DIGITS] or "_"
