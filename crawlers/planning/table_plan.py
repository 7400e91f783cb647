"""One found table against the one that the catalog has: what the crawler's policy makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.diff import describe, diff_tables
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.merge import merge_columns, widest
from gluepot.catalog.types import parse_type, print_type
from gluepot.crawlers.grouping.partition_keys import can_hold
from gluepot.crawlers.model import ChangeKind
from gluepot.crawlers.planning.definitions import (
    DEPRECATED,
    VOLATILE,
    columns_of,
    keep_what_people_set,
    same_table,
    table_definition,
    with_parameters,
    without_parameters,
)
from gluepot.crawlers.planning.new_columns import changed_parameter, with_new_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Column, Table
    from gluepot.crawlers.findings import Found
    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.model import Crawler

_STRING = "string"


@dataclass(frozen=True, kw_only=True)
class TableDecision:
    """What becomes of a table that the catalog has.

    Attributes:
        kind: UPDATE, DEPRECATE, or NONE where it stays as it is.
        table: The definition that the catalog is to have.
        diff: A line for each difference that is written.
        warnings: What a person should know, differences that are only logged among them.
        takes_partitions: Whether the partitions that were found may be this table's.
    """

    kind: ChangeKind
    table: Table
    diff: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    takes_partitions: bool = True


def found_definition(
    crawler: Crawler, item: Found, database: str, name: str, old: Table | None
) -> Table:
    """Return the definition of a found table, with the types of partition keys that still hold."""
    return table_definition(
        item.table,
        database=database,
        name=name,
        crawler=crawler.name,
        exclusions=item.exclusions,
        key_types={} if old is None else _kept_key_types(item.table, old),
    )


def decide_table(crawler: Crawler, item: Found, old: Table, *, partial: bool) -> TableDecision:
    """Return what becomes of a known table that was found again.

    Args:
        crawler: Whose policies count.
        item: What was found.
        old: What the catalog has.
        partial: Only some of the table's partitions were looked at: columns are added to it and
            widened, never removed, and its counters stay.
    """
    new = found_definition(crawler, item, old.database_name, old.name, old)
    if partial:
        new = _with_counters_of(old, new)
    if crawler.merge_new_columns and item.table.type_of_data == "file":
        return _merge(crawler, old, keep_what_people_set(new, old))
    wanted = keep_what_people_set(_united(old, new, item.table) if partial else new, old)
    if crawler.update_behavior == "LOG":
        return _log(old, wanted, _conflicts(old, new) if partial else [])
    clashes = _conflicts(wanted, new) if partial else []
    told = (f"new partitions of {old.name} have {', '.join(clashes)}",) if clashes else ()
    return _update(old, wanted, told)


def key_names(table: Table) -> list[str]:
    """Return the names of a table's partition keys."""
    return [key.name for key in table.partition_keys or ()]


def _merge(crawler: Crawler, old: Table, new: Table) -> TableDecision:
    problem = changed_parameter(old, new)
    if problem is not None:
        marked = with_parameters(old, {DEPRECATED: crawler.name})
        stays = DEPRECATED in (old.parameters or {}) or crawler.update_behavior == "LOG"
        return TableDecision(
            kind=ChangeKind.NONE if stays else ChangeKind.DEPRECATE,
            table=old if stays else marked,
            diff=() if stays else (f"parameter {DEPRECATED} is set",),
            warnings=(problem,),
            takes_partitions=False,
        )
    if key_names(old) != key_names(new):
        keys = ", ".join(key_names(new)) or "none"
        text = f"{old.name} has other partition keys now ({keys}); the crawler only adds columns"
        return TableDecision(
            kind=ChangeKind.NONE, table=old, warnings=(text,), takes_partitions=False
        )
    merged = with_new_columns(old, new)
    if crawler.update_behavior == "LOG":
        return _log(old, merged, [])
    return _update(old, merged)


def _update(old: Table, wanted: Table, warnings: tuple[str, ...] = ()) -> TableDecision:
    if same_table(old, wanted):
        return TableDecision(kind=ChangeKind.NONE, table=old, warnings=warnings)
    return TableDecision(
        kind=ChangeKind.UPDATE, table=wanted, diff=_differences(old, wanted), warnings=warnings
    )


def _log(old: Table, wanted: Table, unreadable: Sequence[str]) -> TableDecision:
    """Return the table as it is; what a crawler marked as gone is found again all the same.

    With ``unreadable`` columns, which those of the table cannot hold, it takes no partitions.
    """
    back = DEPRECATED in (old.parameters or {})
    kept = without_parameters(old, {DEPRECATED}) if back else old
    warnings = []
    if not same_table(kept, wanted):
        told = "; ".join(_differences(kept, wanted))
        warnings.append(f"{old.name} has changed; the crawler only logs that: {told}")
    takes = key_names(old) == key_names(wanted)
    if unreadable:
        warnings.append(
            f"new partitions of {old.name} are left out: its columns cannot hold"
            f" {', '.join(unreadable)}"
        )
    return TableDecision(
        kind=ChangeKind.UPDATE if back else ChangeKind.NONE,
        table=kept,
        diff=_differences(old, kept) if back else (),
        warnings=tuple(warnings),
        takes_partitions=takes and not unreadable,
    )


def _conflicts(old: Table, new: Table) -> list[str]:
    """Return the columns that the new definition needs wider than the old one has them."""
    known = {column.name.lower(): column.type for column in columns_of(old)}
    return [
        f"{column.name} {column.type}"
        for column in columns_of(new)
        if column.name.lower() in known and not _holds(known[column.name.lower()], column.type)
    ]


def _holds(wide: str | None, narrow: str | None) -> bool:
    if wide is None or narrow is None or wide == narrow:
        return True
    try:
        left = parse_type(wide)
    except InvalidInputError:
        return True
    return left == parse_type(_STRING) or widest(left, parse_type(narrow)) == left


def _united(old: Table, new: Table, found: FoundTable) -> Table:
    """Return the new definition with all that a look at a part of the data cannot deny."""
    storage = new.storage_descriptor
    columns = merge_columns(columns_of(old), columns_of(new)).columns
    return replace(
        new,
        storage_descriptor=None if storage is None else replace(storage, columns=columns),
        partition_keys=tuple(
            _united_key(key, old.partition_keys or ()) for key in new.partition_keys or ()
        )
        if found.partitions
        else old.partition_keys,
    )


def _united_key(key: Column, known: Sequence[Column]) -> Column:
    """Return a key whose type holds the known values too: the two types' widest, or text."""
    type_ = next((item.type for item in known if item.name == key.name), None)
    if type_ is None or key.type is None or type_ == key.type:
        return key
    both = widest(parse_type(type_), parse_type(key.type))
    return replace(key, type=_STRING if both is None else print_type(both))


def _with_counters_of(old: Table, new: Table) -> Table:
    """Return the new definition with the counters of the old: a part does not tell the whole."""
    was, now = old.storage_descriptor, new.storage_descriptor
    counted = with_parameters(new, _volatile(old.parameters))
    if was is None or now is None:
        return counted
    own = {**(now.parameters or {}), **_volatile(was.parameters)}
    return replace(counted, storage_descriptor=replace(now, parameters=own))


def _volatile(parameters: Mapping[str, str] | None) -> dict[str, str]:
    return {key: value for key, value in (parameters or {}).items() if key in VOLATILE}


def _differences(old: Table, new: Table) -> tuple[str, ...]:
    return tuple(describe(diff_tables(_bare(old), _bare(new))).splitlines())


def _bare(table: Table) -> Table:
    """Return a table without counters, which would hide what matters in a diff."""
    storage = table.storage_descriptor
    return replace(
        without_parameters(table, VOLATILE),
        storage_descriptor=None if storage is None else replace(storage, parameters=None),
    )


def _kept_key_types(found: FoundTable, old: Table) -> dict[str, str]:
    """Return the types of known keys that still hold every value: a type does not go narrower."""
    known = {key.name: key.type for key in old.partition_keys or ()}
    kept: dict[str, str] = {}
    for position, key in enumerate(found.keys):
        text = known.get(key.name)
        values = {partition.values[position] for partition in found.partitions}
        if text is not None and can_hold(parse_type(text), values):
            kept[key.name] = text
    return kept
