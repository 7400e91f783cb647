"""Partitions: rows with typed key columns, written in bulk, filtered by SQL, read in pages."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from gluepot.catalog import table_rows
from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.keys import encode_values, key_kind
from gluepot.catalog.model import Partition
from gluepot.catalog.names import value_fault
from gluepot.catalog.partition_tables import (
    INDEXED_KEYS,
    KEY_COLUMNS,
    ORDER_COLUMNS,
    partitions,
)
from gluepot.catalog.predicate_sql import compile_sql
from gluepot.catalog.predicates import bind, evaluate_bound, parse_predicate
from gluepot.catalog.wire import from_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from gluepot.catalog.errors import GluepotError
    from gluepot.catalog.model import Column
    from gluepot.catalog.predicate_tree import Expr
    from gluepot.catalog.predicates import Binding
    from gluepot.catalog.scope import Scope
    from gluepot.catalog.table_rows import TableRow

T = TypeVar("T")

BATCH_ROWS = 1000
"""How many partitions are written or read at a time."""


@dataclass(frozen=True, kw_only=True)
class PartitionError:
    """Why one partition of a batch was left out; ``code`` is Glue's name of the fault."""

    values: tuple[str, ...]
    code: str
    message: str


class PartitionStore:
    """The partitions of tables; ``CatalogStore.partitions`` makes one."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def create(
        self, database: str, table: str, new: Iterable[Partition]
    ) -> tuple[PartitionError, ...]:
        """Add partitions in one transaction, and return which were left out and why.

        Raises:
            EntityNotFoundError: The database or the table is not there; nothing is added.
        """
        errors: list[PartitionError] = []
        now = self._scope.clock()
        with self._scope.writing() as connection:
            # The lock keeps the keys' types as they are until the rows are in.
            row = table_rows.get_row(connection, database, table, lock=True)
            for batch in _batches(new):
                errors += _insert_batch(connection, row, batch, now)
        return tuple(errors)

    def get(self, database: str, table: str, values: tuple[str, ...]) -> Partition:
        """Return one partition.

        Raises:
            EntityNotFoundError: The database, the table or the partition is not there.
        """
        with self._scope.reading() as connection:
            row = table_rows.get_row(connection, database, table)
            found = connection.execute(
                sa.select(partitions.c.definition, partitions.c.creation_time).where(
                    partitions.c.table_id == row.id, partitions.c.identity == identity(values)
                )
            ).first()
        if found is None:
            raise UnknownPartitionError("Partition", _shown(row, values))
        return _partition(found)

    def list(
        self, database: str, table: str, *, expression: str | None = None
    ) -> Iterator[Partition]:
        """Yield partitions in the typed order of their first four keys, then as they were added.

        At most one page is in memory, and each page is its own short read. A blank expression
        is none.

        Raises:
            EntityNotFoundError: The database or the table is not there.
            InvalidInputError: The expression is not one, or does not fit the keys.
            InvalidStateError: A partition's value is not of the type of its key, and the
                expression asks for that key.
        """
        with self._scope.reading() as connection:
            row = table_rows.get_row(connection, database, table)
            filter_ = _filter(connection, row, expression)
        return self._list(filter_)

    def _list(self, filter_: _Filter) -> Iterator[Partition]:
        after: sa.Row[Any] | None = None
        while True:
            query = _page_query(filter_, after)
            with self._scope.reading() as connection:
                page = connection.execute(query).all()
            for found in page:
                partition = _partition(found)
                if filter_.accepts(found, partition.values):
                    yield partition
            if len(page) < BATCH_ROWS:
                return
            after = page[-1]

    def count(self, database: str, table: str, *, expression: str | None = None) -> int:
        """Return how many partitions ``list`` would yield; it raises the same errors."""
        with self._scope.reading() as connection:
            row = table_rows.get_row(connection, database, table)
            filter_ = _filter(connection, row, expression)
            if filter_.bound is None or (filter_.complete and not filter_.inexact):
                query = sa.select(sa.func.count()).select_from(partitions)
                total: int | None = connection.scalar(query.where(filter_.clause))
                return total or 0
        return sum(1 for _ in self._list(filter_))

    def update(
        self, database: str, table: str, changed: Iterable[Partition]
    ) -> tuple[PartitionError, ...]:
        """Replace partitions by value list, in one transaction; return which are not there.

        Raises:
            EntityNotFoundError: The database or the table is not there; nothing is changed.
        """
        errors: list[PartitionError] = []
        statement = (
            sa.update(partitions)
            .where(
                partitions.c.table_id == sa.bindparam("of_table"),
                partitions.c.identity == sa.bindparam("of_identity"),
            )
            .values(definition=sa.bindparam("new_definition", type_=sa.JSON))
        )
        with self._scope.writing() as connection:
            row = table_rows.get_row(connection, database, table, lock=True)
            for batch in _batches(changed):
                known = _known(connection, row.id, [identity(item.values) for item in batch])
                there = [item for item in batch if identity(item.values) in known]
                gone = [item for item in batch if identity(item.values) not in known]
                errors += (_missing(row, item.values) for item in gone)
                rows = [
                    {
                        "of_table": row.id,
                        "of_identity": identity(item.values),
                        "new_definition": _definition(item),
                    }
                    for item in there
                ]
                if rows:
                    connection.execute(statement, rows)
        return tuple(errors)

    def delete(
        self, database: str, table: str, values: Iterable[tuple[str, ...]]
    ) -> tuple[PartitionError, ...]:
        """Delete partitions by value list, in one transaction; return which are not there.

        Raises:
            EntityNotFoundError: The database or the table is not there; nothing is deleted.
        """
        errors: list[PartitionError] = []
        with self._scope.writing() as connection:
            row = table_rows.get_row(connection, database, table, lock=True)
            for batch in _batches(values):
                identities = [identity(item) for item in batch]
                known = _known(connection, row.id, identities)
                connection.execute(
                    sa.delete(partitions).where(
                        partitions.c.table_id == row.id, partitions.c.identity.in_(identities)
                    )
                )
                errors += (_missing(row, item) for item in batch if identity(item) not in known)
        return tuple(errors)


class UnknownPartitionError(EntityNotFoundError):
    """A value list names no partition of the table."""

    def __str__(self) -> str:
        """Word it as AWS Glue does, and name the values."""
        return f"Cannot find partition. ({self.args[1]})"


def identity(values: Sequence[str]) -> str:
    """Return a digest of a value list: of fixed length, and the same for the same list only."""
    text = json.dumps(list(values), separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def encode_again(
    connection: sa.Connection,
    table_id: int,
    old: Sequence[Column] | None,
    new: Sequence[Column] | None,
) -> None:
    """Write the key columns of all partitions anew if the keys' kinds changed."""
    if [key_kind(key) for key in old or ()] == [key_kind(key) for key in new or ()]:
        return
    update = sa.update(partitions).where(partitions.c.id == sa.bindparam("row_id"))
    after = 0
    while True:
        query = (
            sa.select(partitions.c.id, partitions.c.definition)
            .where(partitions.c.table_id == table_id, partitions.c.id > after)
            .order_by(partitions.c.id)
            .limit(BATCH_ROWS)
        )
        page = connection.execute(query).all()
        if not page:
            return
        rows = [
            {"row_id": row.id, **_key_columns(row.definition["Values"], new or ())} for row in page
        ]
        connection.execute(update, rows)
        after = page[-1].id


def _insert_batch(
    connection: sa.Connection, row: TableRow, batch: Sequence[Partition], now: datetime
) -> list[PartitionError]:
    keys = row.table.partition_keys or ()
    faults = {item.values: _fault(row, item.values) for item in batch}
    rows = {
        identity(item.values): {
            "table_id": row.id,
            "identity": identity(item.values),
            **_key_columns(item.values, keys),
            "definition": _definition(item),
            "creation_time": now,
        }
        for item in reversed(batch)
        if faults[item.values] is None
    }
    inserted: set[str] = set()
    if rows:
        ordered = list(reversed(rows.values()))
        inserted.update(insert_new(connection, partitions, ordered, partitions.c.identity))
    errors = []
    for item in batch:
        fault = faults[item.values]
        if fault is None and identity(item.values) not in inserted:
            fault = AlreadyExistsError("Partition", _shown(row, item.values))
        elif fault is None:
            # Only the first of equal value lists in one batch is the one that was added.
            inserted.remove(identity(item.values))
        if fault is not None:
            errors.append(_error(item.values, fault))
    return errors


def _fault(row: TableRow, values: Sequence[str]) -> GluepotError | None:
    keys = row.table.partition_keys or ()
    if len(values) != len(keys):
        return InvalidInputError(
            "The number of partition keys do not match the number of partition values"
            f" (keys {[key.name for key in keys]}, values {list(values)})"
        )
    found = next((fault for value in values if (fault := value_fault(value))), None)
    return None if found is None else InvalidInputError(found)


def _error(values: tuple[str, ...], fault: GluepotError) -> PartitionError:
    return PartitionError(values=values, code=fault.code, message=str(fault))


def _missing(row: TableRow, values: tuple[str, ...]) -> PartitionError:
    return _error(values, UnknownPartitionError("Partition", _shown(row, values)))


def _shown(row: TableRow, values: Sequence[str]) -> str:
    return f"{row.table.database_name}.{row.table.name} {list(values)}"


def _known(connection: sa.Connection, table_id: int, identities: Sequence[str]) -> set[str]:
    query = sa.select(partitions.c.identity).where(
        partitions.c.table_id == table_id, partitions.c.identity.in_(identities)
    )
    return set(connection.scalars(query))


def _key_columns(values: Sequence[str], keys: Sequence[Column]) -> dict[str, Any]:
    encoded = encode_values(values, keys)
    codes = [*encoded.columns[:INDEXED_KEYS], *[""] * (INDEXED_KEYS - len(values))]
    return {**dict(zip(KEY_COLUMNS, codes, strict=True)), "exact": encoded.exact}


def _definition(partition: Partition) -> dict[str, Any]:
    return to_wire(replace(partition, creation_time=None))


def _partition(row: Any) -> Partition:  # noqa: ANN401
    return replace(from_wire(Partition, row.definition), creation_time=row.creation_time)


@dataclass(frozen=True, kw_only=True)
class _Filter:
    """The rows of a table that an expression lets through; without one, all of them."""

    clause: sa.ColumnElement[bool]
    pinned: int = 0
    complete: bool = True
    """Whether the clause alone decides about rows whose key columns are exact."""
    inexact: bool = False
    """Whether the table has rows of the other kind, which the clause all lets through."""
    bound: tuple[Expr, Binding] | None = None

    def accepts(self, row: sa.Row[Any], values: Sequence[str]) -> bool:
        """Return whether a row that the clause let through matches."""
        if self.bound is None or (self.complete and row.exact):
            return True
        return evaluate_bound(*self.bound, values)


def _filter(connection: sa.Connection, row: TableRow, expression: str | None) -> _Filter:
    of_table = partitions.c.table_id == row.id
    if expression is None or not expression.strip():
        return _Filter(clause=of_table)
    expr = parse_predicate(expression)
    binding = bind(expr, row.table.partition_keys or ())
    compiled = compile_sql(expr, binding, dialect=connection.dialect.name)
    faulty = sa.select(partitions.c.id).where(of_table, sa.not_(partitions.c.exact)).limit(1)
    inexact = connection.scalar(faulty) is not None
    matches = sa.or_(compiled.clause, sa.not_(partitions.c.exact)) if inexact else compiled.clause
    return _Filter(
        clause=sa.and_(of_table, matches),
        pinned=0 if inexact else compiled.pinned,
        complete=compiled.complete,
        inexact=inexact,
        bound=(expr, binding),
    )


def _page_query(filter_: _Filter, after: sa.Row[Any] | None) -> sa.Select[Any]:
    # A key held to one value is left out of the comparison with the last row: beside an equality
    # the databases do not use it to find where the page begins.
    names = ORDER_COLUMNS[min(filter_.pinned, len(ORDER_COLUMNS) - 1) :]
    columns = [partitions.c[name] for name in names]
    order = [partitions.c[name] for name in ORDER_COLUMNS]
    query = (
        sa.select(*order, partitions.c.exact, partitions.c.definition, partitions.c.creation_time)
        .where(filter_.clause)
        .order_by(*columns)
        .limit(BATCH_ROWS)
    )
    if after is None:
        return query
    last = [getattr(after, name) for name in names]
    return query.where(sa.tuple_(*columns) > sa.tuple_(*last))


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH_ROWS)):
        yield batch
