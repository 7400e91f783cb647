"""Partition indexes as AWS Glue declares them, over the indexes that every table has anyway.

Each of the first eight keys of a table has an index of its own, with the other leading keys behind
it, whether one was asked for or not. So a declared index is there at once, and what it adds is
what it promises: values of its keys are of their types, and the keys stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from gluepot.catalog import links
from gluepot.catalog.errors import (
    AlreadyExistsError,
    EntityNotFoundError,
    InvalidInputError,
    ResourceNumberLimitExceededError,
)
from gluepot.catalog.keys import KeyKind, NotOfKindError, cast, is_null, key_kind
from gluepot.catalog.partition_batches import ACTIVE, keys_of
from gluepot.catalog.partition_tables import partition_indexes, partitions
from gluepot.catalog.partitions import hold_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gluepot.catalog.calls import Document
    from gluepot.catalog.model import Column
    from gluepot.catalog.scope import CatalogScope
    from gluepot.catalog.table_rows import TableRow

MAX_INDEXES = 3
MAX_SHOWN_FAULTS = 10
_FAILED = "FAILED"


class IndexExistsError(AlreadyExistsError):
    """A table has an index of the same name or keys: ``IndexExistsError(name, "keys")``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        name, same = self.args
        return f"Partition Index {name} already exists with the same {same}."


class PartitionIndexStore:
    """The declared partition indexes of tables."""

    def __init__(self, scope: CatalogScope) -> None:
        self._scope = scope

    def create(self, database: str, table: str, name: str, keys: Sequence[str]) -> None:
        """Declare an index; where stored values are not of their keys' types it has failed.

        Raises:
            EntityNotFoundError: The database or the table is not there.
            InvalidInputError: The table has no such keys, or they cannot be compared.
            AlreadyExistsError: It has an index of that name or with those keys.
            ResourceNumberLimitExceededError: It has as many as a table may have.
        """
        with self._scope.writing() as connection:
            row = hold_table(connection, self._scope, database, table, shared=False)
            chosen = _keys(row, keys)
            names = [key.name.lower() for key in chosen]
            _refuse_taken(_rows(connection, row), name, names)
            faults = list(_faulty_values(connection, row, names))
            errors = [
                {
                    "Code": "INVALID_PARTITION_TYPE_DATA_ERROR",
                    "Partitions": [{"Values": values} for values in faults],
                }
            ]
            values = {
                "table_id": row.id,
                "name": name,
                "key_names": names,
                "status": _FAILED if faults else ACTIVE,
                "backfill_errors": errors if faults else [],
            }
            connection.execute(sa.insert(partition_indexes).values(values))

    def list(self, database: str, table: str) -> list[Document]:
        """Return a table's indexes as Glue's ``PartitionIndexDescriptor``, in their own order.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, database, table)
            types = {key.name.lower(): key for key in keys_of(row)}
            found = _rows(connection, row)
        return [
            {
                "IndexName": item.name,
                "Keys": [
                    {"Name": types[key].name, "Type": types[key].type or "string"}
                    for key in item.key_names
                ],
                "IndexStatus": item.status,
                "BackfillErrors": item.backfill_errors or None,
            }
            for item in found
        ]

    def delete(self, database: str, table: str, name: str) -> None:
        """Delete an index.

        Raises:
            EntityNotFoundError: The database, the table or the index is not there.
        """
        with self._scope.writing() as connection:
            row = hold_table(connection, self._scope, database, table, shared=False)
            delete = sa.delete(partition_indexes).where(
                partition_indexes.c.table_id == row.id, partition_indexes.c.name == name
            )
            if connection.execute(delete).rowcount == 0:
                raise EntityNotFoundError("Partition index", name)


def _rows(connection: sa.Connection, row: TableRow) -> Sequence[Any]:
    query = sa.select(partition_indexes).where(partition_indexes.c.table_id == row.id)
    return connection.execute(query.order_by(partition_indexes.c.id)).all()


def _keys(row: TableRow, names: Sequence[str]) -> list[Column]:
    known = {key.name.lower(): key for key in keys_of(row)}
    missing = [name for name in names if name.lower() not in known]
    if missing:
        raise InvalidInputError(
            "IndexKeys not a part of PartitionColumns. Verify the indexKeys :"
            f" [{', '.join(missing)}]"
        )
    folded = [name.lower() for name in names]
    if len(set(folded)) < len(folded):
        raise InvalidInputError(f"A partition index has each of its keys once, not {folded}")
    found = [known[name] for name in folded]
    for key in found:
        if key_kind(key) is KeyKind.UNKNOWN:
            raise InvalidInputError(f"Unknown type : '{key.type}'")
    return found


def _refuse_taken(there: Sequence[Any], name: str, keys: Sequence[str]) -> None:
    if any(item.name == name for item in there):
        raise IndexExistsError(name, "name")
    if any(item.key_names == keys for item in there):
        raise IndexExistsError(name, "keys")
    # Failed ones do not count: they show what was wrong until they are deleted.
    if sum(item.status != _FAILED for item in there) >= MAX_INDEXES:
        raise ResourceNumberLimitExceededError(
            f"Partition index limit exceeded. Maximum: {MAX_INDEXES}"
        )


def _faulty_values(
    connection: sa.Connection, row: TableRow, names: Sequence[str]
) -> Iterator[list[str]]:
    """Yield the first few value lists that have a value that is not of its indexed key's type."""
    kinds = {
        place: key_kind(key) for place, key in enumerate(keys_of(row)) if key.name.lower() in names
    }
    query = sa.select(partitions.c.key_values).where(
        partitions.c.table_id == row.id, sa.not_(partitions.c.exact)
    )
    shown = 0
    for text in connection.execute(query.execution_options(yield_per=1000)).scalars():
        values: list[str] = orjson.loads(text)
        if any(not _fits(values, place, kind) for place, kind in kinds.items()):
            yield values
            shown += 1
            if shown == MAX_SHOWN_FAULTS:
                return


def _fits(values: Sequence[str], place: int, kind: KeyKind) -> bool:
    if place >= len(values):
        return False
    try:
        return is_null(values[place], kind) or cast(values[place], kind) is not None
    except NotOfKindError:
        return False
