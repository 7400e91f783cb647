"""Writing partitions in bulk: each function is one step inside a transaction.

The caller holds the table: shared while partitions are added, alone while they change or go.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.insert import insert_many_new
from gluepot.catalog.keys import KeyKind, NotOfKindError, cast, is_null, key_kind
from gluepot.catalog.model import Column
from gluepot.catalog.names import value_fault
from gluepot.catalog.partition_rows import (
    drop_unused_storages,
    identity,
    key_columns,
    storage_ids,
    take_apart,
    value_columns,
)
from gluepot.catalog.partition_tables import partition_indexes, partitions
from gluepot.catalog.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gluepot.catalog.calls import Document
    from gluepot.catalog.errors import GluepotError
    from gluepot.catalog.table_rows import TableRow

BATCH_ROWS = 1000
"""How many partitions are written or read at a time."""

ACTIVE = "ACTIVE"
"""The status of a partition index that stands; new values must be of its keys' types."""


@dataclass(frozen=True, kw_only=True)
class PartitionError:
    """Why one partition of a batch was left out."""

    values: tuple[str, ...]
    fault: GluepotError

    @property
    def code(self) -> str:
        """Return Glue's name of the fault."""
        return self.fault.code

    @property
    def message(self) -> str:
        """Return the sentence."""
        return str(self.fault)


class UnknownPartitionError(EntityNotFoundError):
    """A value list names no partition of the table."""

    def __str__(self) -> str:
        """Word it as AWS Glue does, and name the values."""
        return f"{self.wire_message} ({self.args[1]})"

    @property
    def wire_message(self) -> str:
        """Return AWS's text."""
        return "Cannot find partition."


@dataclass(frozen=True, kw_only=True)
class Change:
    """A partition to replace: where it is, and what it becomes; other values rename it."""

    values: Sequence[str]
    new: Document


def keys_of(row: TableRow) -> tuple[Column, ...]:
    """Return a table's partition keys, without making objects of all its columns."""
    keys = row.definition.get("PartitionKeys") or ()
    return tuple(Column(name=key["Name"], type=key.get("Type")) for key in keys)


def kinds_of(row: TableRow) -> tuple[KeyKind, ...]:
    """Return how the values of a table's partition keys compare."""
    return tuple(map(key_kind, keys_of(row)))


def unknown(row: TableRow, values: Sequence[str]) -> UnknownPartitionError:
    """Return the error that a table has no such partition."""
    return UnknownPartitionError("Partition", _shown(row, values))


def insert_inputs(
    connection: sa.Connection, row: TableRow, inputs: Sequence[Document], now: datetime
) -> list[PartitionError]:
    """Add partitions; return which were left out and why. Of equal ones the first is added."""
    check = ValueCheck(connection, row)
    faults: dict[int, GluepotError] = {}
    places: dict[bytes, int] = {}
    for place, item in enumerate(inputs):
        values = item.get("Values", [])
        fault = check.fault(values)
        if fault is None and places.setdefault(identity(row.id, values), place) != place:
            fault = _taken(row, values)
        if fault is not None:
            faults[place] = fault
    # Those that are there already must not leave a storage behind that nobody uses.
    there = known_rows(connection, places).keys()
    new = {key: place for key, place in places.items() if key not in there}
    for key in places.keys() - _insert(connection, row, inputs, new, now):
        place = places[key]
        faults[place] = _taken(row, inputs[place].get("Values", []))
    return [
        _error(inputs[place].get("Values", []), fault) for place, fault in sorted(faults.items())
    ]


def _insert(
    connection: sa.Connection,
    row: TableRow,
    inputs: Sequence[Document],
    places: Mapping[bytes, int],
    now: datetime,
) -> set[bytes]:
    """Insert the inputs at these places; return the identities of those that were not there."""
    if not places:
        return set()
    kinds = kinds_of(row)
    # The same order everywhere: of two batches, neither then waits for the other's rows.
    ordered = [inputs[place] for _, place in sorted(places.items())]
    rows = [
        {
            "table_id": row.id,
            **value_columns(row.id, item.get("Values", []), kinds),
            **stored,
            "creation_time": now,
        }
        for item, stored in zip(ordered, _stored(connection, row, ordered), strict=True)
    ]
    inserted = insert_many_new(connection, partitions, rows, partitions.c.identity)
    return set(map(bytes, inserted))


def update_inputs(
    connection: sa.Connection, row: TableRow, changes: Sequence[Change]
) -> list[PartitionError]:
    """Replace partitions one after the other; return which could not be and why."""
    check = ValueCheck(connection, row)
    lists = [values for change in changes for values in (change.values, _new_values(change))]
    known = known_rows(connection, [identity(row.id, values) for values in lists])
    before = {found.storage_id for found in known.values()}
    stored = _stored(connection, row, [change.new for change in changes])
    errors = []
    rows = []
    for change, columns in zip(changes, stored, strict=True):
        old, new = identity(row.id, change.values), identity(row.id, _new_values(change))
        fault = check.fault(_new_values(change)) if old in known else unknown(row, change.values)
        if fault is None and new != old and new in known:
            fault = _taken(row, _new_values(change))
        if fault is not None:
            errors.append(_error(change.values, fault))
            continue
        known[new] = known.pop(old)
        values = value_columns(row.id, _new_values(change), check.kinds)
        rows.append({"row_id": known[new].id, **values, **columns})
    if rows:
        _update_rows(connection, rows)
        drop_unused_storages(connection, row.id, before - {None})
        count = tables.c.partition_changes
        connection.execute(
            sa.update(tables).where(tables.c.id == row.id).values({count: count + 1})
        )
    return errors


def delete_values(
    connection: sa.Connection, row: TableRow, lists: Sequence[Sequence[str]]
) -> list[PartitionError]:
    """Delete partitions; return which were not there."""
    known = known_rows(connection, [identity(row.id, values) for values in lists])
    used = {found.storage_id for found in known.values()} - {None}
    ids = [found.id for found in known.values()]
    errors = [
        _error(values, unknown(row, values))
        for values in lists
        if known.pop(identity(row.id, values), None) is None
    ]
    connection.execute(sa.delete(partitions).where(partitions.c.id.in_(ids)))
    drop_unused_storages(connection, row.id, used)
    return errors


def known_rows(
    connection: sa.Connection, identities: Iterable[bytes]
) -> dict[bytes, sa.Row[Any, Any, Any]]:
    """Return the numbers of those of these partitions that are there, and of their storages."""
    query = sa.select(partitions.c.identity, partitions.c.id, partitions.c.storage_id).where(
        partitions.c.identity.in_(set(identities))
    )
    return {bytes(found.identity): found for found in connection.execute(query)}


class ValueCheck:
    """Whether value lists can be those of a table's partitions."""

    def __init__(self, connection: sa.Connection, row: TableRow) -> None:
        self._keys = keys_of(row)
        self.kinds = kinds_of(row)
        self._indexed: frozenset[str] = frozenset()
        if any(kind is not KeyKind.TEXT for kind in self.kinds):
            query = sa.select(partition_indexes.c.key_names).where(
                partition_indexes.c.table_id == row.id,
                partition_indexes.c.status == ACTIVE,
            )
            self._indexed = frozenset(chain.from_iterable(connection.scalars(query)))

    def fault(self, values: Sequence[str]) -> GluepotError | None:
        """Return what is wrong with a value list, or None."""
        # Without declared keys there is nothing to count; emulators let such tables have any.
        if self.kinds and len(values) != len(self.kinds):
            return InvalidInputError(
                "The number of partition keys do not match the number of partition values"
                f" (keys {[key.name for key in self._keys]}, values {list(values)})"
            )
        found = next((fault for value in values if (fault := value_fault(value))), None)
        if found is None and self._indexed:
            found = self._type_fault(values)
        return None if found is None else InvalidInputError(found)

    def _type_fault(self, values: Sequence[str]) -> str | None:
        for key, kind, text in zip(self._keys, self.kinds, values, strict=True):
            if key.name.lower() in self._indexed and not is_null(text, kind):
                try:
                    cast(text, kind)
                except NotOfKindError as error:
                    return f"{error} A partition index has the key {key.name!r}."
        return None


def _stored(
    connection: sa.Connection, row: TableRow, inputs: Sequence[Document]
) -> list[dict[str, Any]]:
    """Return the columns of each input that do not follow from its values."""
    parts = [take_apart(item) for item in inputs]
    numbers = storage_ids(connection, row.id, [part.storage for part in parts])
    return [
        {"storage_id": number, "location": part.location, "details": part.details}
        for part, number in zip(parts, numbers, strict=True)
    ]


def _new_values(change: Change) -> Sequence[str]:
    values: Sequence[str] = change.new.get("Values", change.values)
    return values


def _update_rows(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write these columns of the rows that ``row_id`` names."""
    # SQLAlchemy keeps the columns' own names for itself.
    parameters = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    names = rows[0].keys() - {"row_id"}
    update = (
        sa.update(partitions)
        .where(partitions.c.id == sa.bindparam("new_row_id"))
        .values({partitions.c[name]: sa.bindparam(f"new_{name}") for name in names})
    )
    connection.execute(update, parameters)


def _error(values: Sequence[str], fault: GluepotError) -> PartitionError:
    return PartitionError(values=tuple(values), fault=fault)


def _taken(row: TableRow, values: Sequence[str]) -> AlreadyExistsError:
    return AlreadyExistsError("Partition", _shown(row, values))


def _shown(row: TableRow, values: Sequence[str]) -> str:
    return f"{row.table.database_name}.{row.table.name} {list(values)}"


def encode_again(
    connection: sa.Connection,
    table_id: int,
    old: Sequence[Column] | None,
    new: Sequence[Column] | None,
) -> None:
    """Write the key columns of all partitions anew if the keys' kinds changed.

    Raises:
        InvalidInputError: A partition index has one of the keys that changed.
    """
    before, after = (
        [(key.name.lower(), key_kind(key)) for key in keys or ()] for keys in (old, new)
    )
    if before == after:
        return
    _refuse_indexed(connection, table_id, before, after)
    kinds = [kind for _, kind in after]
    if kinds == [kind for _, kind in before]:
        return
    last = 0
    while True:
        query = (
            sa.select(partitions.c.id, partitions.c.key_values)
            .where(partitions.c.table_id == table_id, partitions.c.id > last)
            .order_by(partitions.c.id)
            .limit(BATCH_ROWS)
        )
        page = connection.execute(query).all()
        if not page:
            return
        rows = [
            {"row_id": row.id, **key_columns(orjson.loads(row.key_values), kinds)} for row in page
        ]
        _update_rows(connection, rows)
        last = page[-1].id


def _refuse_indexed(
    connection: sa.Connection,
    table_id: int,
    before: Sequence[tuple[str, KeyKind]],
    after: Sequence[tuple[str, KeyKind]],
) -> None:
    query = sa.select(partition_indexes.c.name, partition_indexes.c.key_names).where(
        partition_indexes.c.table_id == table_id
    )
    for index, names in connection.execute(query):
        for place, key in enumerate(before):
            if key[0] in names and (place >= len(after) or after[place] != key):
                raise InvalidInputError(
                    f"Partition index {index} has the key {key[0]!r}; its name, type and place"
                    " cannot change before the index is deleted"
                )
