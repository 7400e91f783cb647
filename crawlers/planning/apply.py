"""Planned changes carried out: one transaction a table, so a table is changed whole or not."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from gluepot.catalog.errors import (
    AlreadyExistsError,
    ConcurrentModificationError,
    EntityNotFoundError,
    InvalidStateError,
)
from gluepot.catalog.model import Cause, Database
from gluepot.catalog.partitions import Change
from gluepot.crawlers.model import ChangeKind
from gluepot.crawlers.planning.definitions import RUN_ID, with_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.catalog.calls import Document
    from gluepot.catalog.model import Table
    from gluepot.catalog.partitions import PartitionError
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.planning.plan import TableChange


def apply_change(change: TableChange, catalog: CatalogStore, *, crawl_id: str) -> None:
    """Carry out the change of one table; applied again, it does nothing.

    Raises:
        AlreadyExistsError: Somebody made a table of that name since the plan.
        ConcurrentModificationError: Somebody changed the table or its partitions since the plan.
        InvalidStateError: A partition could not be written.
    """
    if not change.pending:
        return
    table, cause = _with_run_id(change.table, crawl_id), Cause(kind="crawl", id=crawl_id)
    name = (table.database_name, table.name)
    with catalog.transaction() as store:
        if change.kind is ChangeKind.DELETE:
            store.delete_table(*name)
            return
        if change.kind is ChangeKind.ADD:
            store.create_database(Database(name=table.database_name), exist_ok=True)
            store.create_table(table, cause)
        # Before the keys change: a partition must fit the keys that its table has then.
        _refuse(store.partitions.delete(*name, change.partitions.deleted))
        if change.kind in {ChangeKind.UPDATE, ChangeKind.DEPRECATE}:
            store.update_table(table, cause, expected_version=change.expected_version)
        _refuse(store.partitions.create_inputs(*name, change.partitions.added))
        rewritten = chain(change.partitions.changed, change.partitions.deprecated)
        _refuse(store.partitions.update_inputs(*name, map(_replacement, rewritten)))


def _replacement(document: Document) -> Change:
    return Change(values=document["Values"], new=document)


def _with_run_id(table: Table, crawl_id: str) -> Table:
    return with_parameters(table, {RUN_ID: crawl_id})


def _refuse(errors: Iterable[PartitionError]) -> None:
    for error in errors:
        text = f"Partition {'/'.join(error.values)} could not be written: {error.message}"
        if isinstance(error.fault, AlreadyExistsError | EntityNotFoundError):
            raise ConcurrentModificationError(text)
        raise InvalidStateError(text)
