"""Partitions: rows with typed key columns, written in bulk, filtered by SQL, read in pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import sqlalchemy as sa

from gluepot.catalog import links, table_rows
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.model import Partition
from gluepot.catalog.partition_batches import (
    BATCH_ROWS,
    Change,
    PartitionError,
    delete_values,
    encode_again,
    insert_inputs,
    unknown,
    update_inputs,
)
from gluepot.catalog.partition_pages import Segment, filter_of, place_of, read_page
from gluepot.catalog.partition_rows import (
    STORED,
    count_within,
    identity,
    joined,
    read_storages,
)
from gluepot.catalog.partition_tables import partitions
from gluepot.catalog.shape_writers import Stored
from gluepot.catalog.tables import tables
from gluepot.catalog.wire import from_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gluepot.catalog.calls import Document
    from gluepot.catalog.partition_pages import Filter
    from gluepot.catalog.scope import CatalogScope
    from gluepot.catalog.table_rows import TableRow

__all__ = ["BATCH_ROWS", "Change", "PartitionError", "PartitionStore", "Segment", "encode_again"]

T = TypeVar("T")

PAGE_BYTES = 16 * 1024 * 1024
"""About how large a page of documents is at most, whatever number of them is asked for."""


@dataclass(frozen=True, kw_only=True)
class PartitionQuery:
    """Which partitions are wanted; without ``columns`` their column lists are left out."""

    expression: str | None = None
    segment: Segment | None = None
    columns: bool = True


@dataclass(frozen=True, kw_only=True)
class PartitionPage:
    """Partitions as Glue's ``Partition``; ``next`` is the place of the next page, if there is one.

    A place is JSON data.
    """

    documents: Sequence[Document]
    next: list[Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPartition:
    """A partition as it is stored: cheap to read where a table has very many.

    Attributes:
        number: Grows with every partition that is added.
        values: One for each key.
        storage: What its storage descriptor shares with others', in Glue's members; it is the
            same object for all that share it, so nobody may change it.
        location: Where it lies.
        details: All other members of Glue's ``PartitionInput``, with the storage descriptor's
            own ``Parameters``.
    """

    number: int
    values: tuple[str, ...]
    storage: Document | None
    location: str | None
    details: Document


class PartitionStore:
    """The partitions of tables; ``CatalogStore.partitions`` makes one.

    Each method that takes a batch is one transaction, and returns what of it was left out and why.
    """

    def __init__(self, scope: CatalogScope) -> None:
        self._scope = scope

    def create(
        self, database: str, table: str, new: Iterable[Partition]
    ) -> tuple[PartitionError, ...]:
        """Add partitions.

        Raises:
            EntityNotFoundError: The database or the table is not there; nothing is added.
        """
        return self.create_inputs(database, table, map(_input, new))

    def create_inputs(
        self, database: str, table: str, new: Iterable[Document]
    ) -> tuple[PartitionError, ...]:
        """Add partitions given as Glue's ``PartitionInput``; errors as in ``create``."""
        now = self._scope.clock()

        def insert(
            connection: sa.Connection, row: TableRow, batch: Sequence[Document]
        ) -> list[PartitionError]:
            return insert_inputs(connection, row, batch, now)

        return self._write(database, table, new, insert, shared=True)

    def update(
        self, database: str, table: str, changed: Iterable[Partition]
    ) -> tuple[PartitionError, ...]:
        """Replace partitions by value list; those that are not there are left out.

        Raises:
            EntityNotFoundError: The database or the table is not there; nothing is changed.
        """
        changes = (Change(values=item.values, new=_input(item)) for item in changed)
        return self.update_inputs(database, table, changes)

    def update_inputs(
        self, database: str, table: str, changes: Iterable[Change]
    ) -> tuple[PartitionError, ...]:
        """Replace partitions, one change after the other; errors as in ``update``."""
        return self._write(database, table, changes, update_inputs)

    def delete(
        self, database: str, table: str, values: Iterable[Sequence[str]]
    ) -> tuple[PartitionError, ...]:
        """Delete partitions by value list; those that are not there are left out.

        Raises:
            EntityNotFoundError: The database or the table is not there; nothing is deleted.
        """
        return self._write(database, table, values, delete_values)

    def _write(
        self,
        database: str,
        table: str,
        items: Iterable[T],
        step: Callable[[sa.Connection, TableRow, Sequence[T]], list[PartitionError]],
        *,
        shared: bool = False,
    ) -> tuple[PartitionError, ...]:
        errors: list[PartitionError] = []
        with self._scope.writing() as connection:
            # The lock keeps the keys' types as they are until the rows are in.
            row = hold_table(connection, self._scope, database, table, shared=shared)
            for batch in _batches(items):
                errors += step(connection, row, batch)
        return tuple(errors)

    def get(self, database: str, table: str, values: Sequence[str]) -> Partition:
        """Return one partition.

        Raises:
            EntityNotFoundError: The database, the table or the partition is not there.
        """
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, database, table)
            found = _find(connection, row, [values])
            if not found:
                raise unknown(row, values)
            return _partition(found[0], read_storages(connection, found))

    def get_document(self, database: str, table: str, values: Sequence[str]) -> Document:
        """Return one as Glue's ``Partition``; errors as in ``get``."""
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, database, table)
            found = _find(connection, row, [values])
            if not found:
                raise unknown(row, values)
            return self._documents(row, found, read_storages(connection, found))[0]

    def find_documents(
        self, database: str, table: str, lists: Sequence[Sequence[str]]
    ) -> Sequence[Document]:
        """Return those of these partitions that are there, as they are asked for.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, database, table)
            rows = _find(connection, row, lists)
            found = self._documents(row, rows, read_storages(connection, rows))
        by_values = {tuple(item["Values"]): item for item in found}
        return [by_values[values] for values in map(tuple, lists) if values in by_values]

    def page_documents(
        self,
        database: str,
        table: str,
        query: PartitionQuery,
        after: list[Any] | None,
        limit: int,
    ) -> PartitionPage:
        """Return a page of at most ``limit`` partitions after a place of ``PartitionPage.next``.

        A page of partitions with much to say of each is shorter.

        Raises:
            EntityNotFoundError: The database or the table is not there.
            InvalidInputError: The expression or the segment cannot be.
            InvalidStateError: A value that the expression asks for is not of its key's type.
        """
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, database, table)
            filter_ = filter_of(connection, row, query.expression, query.segment)
            rows = read_page(connection, filter_, after, limit + 1)
            storages = read_storages(connection, rows)
        if not query.columns:
            for storage in storages.values():
                storage.pop("Columns", None)
        page = rows[: min(limit, count_within(PAGE_BYTES, rows, storages))]
        more = len(rows) > len(page)
        return PartitionPage(
            documents=self._documents(row, page, storages),
            next=place_of(filter_, page[-1]) if more else None,
        )

    def _documents(
        self, table: TableRow, rows: Sequence[Any], storages: Mapping[int, Document]
    ) -> Sequence[Document]:
        common = {
            "DatabaseName": table.database_name,
            "TableName": table.name,
            "CatalogId": self._scope.id_of(table.catalog),
        }
        return [
            Stored(joined(row, storages) | common | {"CreationTime": row.creation_time.timestamp()})
            for row in rows
        ]

    def list(
        self, database: str, table: str, *, expression: str | None = None
    ) -> Iterator[Partition]:
        """Yield partitions, without an expression in the typed order of their first four keys.

        At most one page is in memory, and each page is its own short read. A blank expression
        is none; with another one the key that it says most of comes first in the order.

        Raises:
            EntityNotFoundError: The database or the table is not there.
            InvalidInputError: The expression is not one, or does not fit the keys.
            InvalidStateError: A partition's value is not of the type of its key, and the
                expression asks for that key.
        """
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, database, table)
            filter_ = filter_of(connection, row, expression)
        return self._list(filter_)

    def scan(self, database: str, table: str) -> Iterator[StoredPartition]:
        """Yield all partitions as they are stored, in the order of ``list``.

        At most one page is in memory besides the storages, and each page is its own short read.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, database, table)
            filter_ = filter_of(connection, row)
        storages: dict[int, Document] = {}
        after: list[Any] | None = None
        while True:
            with self._scope.reading() as connection:
                page = read_page(connection, filter_, after, BATCH_ROWS)
                new = [item for item in page if item.storage_id not in storages]
                storages |= read_storages(connection, new)
            for found in page:
                yield StoredPartition(
                    number=found.id,
                    values=tuple(orjson.loads(found.key_values)),
                    storage=storages.get(found.storage_id),
                    location=found.location,
                    details={} if found.details is None else orjson.loads(found.details),
                )
            if len(page) < BATCH_ROWS:
                return
            after = place_of(filter_, page[-1])

    def _list(self, filter_: Filter) -> Iterator[Partition]:
        after: list[Any] | None = None
        while True:
            with self._scope.reading() as connection:
                page = read_page(connection, filter_, after, BATCH_ROWS)
                storages = read_storages(connection, page)
            for found in page:
                yield _partition(found, storages)
            if len(page) < BATCH_ROWS:
                return
            after = place_of(filter_, page[-1])

    def count(self, database: str, table: str, *, expression: str | None = None) -> int:
        """Return how many partitions ``list`` would yield; it raises the same errors."""
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, database, table)
            filter_ = filter_of(connection, row, expression)
            if filter_.decides:
                query = sa.select(sa.func.count()).select_from(partitions)
                total: int | None = connection.scalar(query.where(filter_.clause))
                return total or 0
        return sum(1 for _ in self._list(filter_))


def hold_table(
    connection: sa.Connection, scope: CatalogScope, database: str, table: str, *, shared: bool
) -> TableRow:
    """Return a table whose definition stays as it is until the transaction's end.

    With ``shared`` others may hold it too, but not alone.

    Raises:
        EntityNotFoundError: The database or the table is not there.
        InvalidInputError: The database or the table is a resource link.
    """
    exclusive = not shared and connection.dialect.name == "postgresql"
    row = table_rows.get_row(connection, database, table, catalog=scope.catalog, lock=exclusive)
    if shared and connection.dialect.name == "postgresql":
        held = sa.select(tables.c.version).where(tables.c.id == row.id).with_for_update(read=True)
        if connection.scalar(held) != row.version:
            # It was changed, or went, between the two looks.
            row = table_rows.get_row(connection, database, table, catalog=scope.catalog)
    if row.target is not None:
        raise InvalidInputError(
            f"Table {row.name} is a resource link to {row.target.get('Name')};"
            " change partitions in that table"
        )
    return row


def _find(
    connection: sa.Connection, row: TableRow, lists: Iterable[Sequence[str]]
) -> Sequence[Any]:
    query = sa.select(*STORED).where(
        partitions.c.identity.in_({identity(row.id, values) for values in lists})
    )
    return connection.execute(query).all()


def _input(partition: Partition) -> Document:
    return to_wire(replace(partition, creation_time=None))


def _partition(row: sa.Row[Any], storages: dict[int, Document]) -> Partition:
    found = from_wire(Partition, joined(row, storages))
    return replace(found, creation_time=row.creation_time)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH_ROWS)):
        yield batch
