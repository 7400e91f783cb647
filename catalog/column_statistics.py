"""Column statistics of tables and of partitions: checked against their columns, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog import links
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.partition_batches import known_rows, unknown
from gluepot.catalog.partition_rows import identity
from gluepot.catalog.partition_tables import partition_statistics, table_statistics
from gluepot.catalog.partitions import hold_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.calls import Document
    from gluepot.catalog.errors import GluepotError
    from gluepot.catalog.scope import CatalogScope
    from gluepot.catalog.table_rows import TableRow

_DATA = {
    name.upper(): f"{name}ColumnStatisticsData"
    for name in ("Boolean", "Date", "Decimal", "Double", "Long", "String", "Binary")
}
"""The member that holds the data of each type."""

_TYPES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint"), frozenset({"LONG"})),
    **dict.fromkeys(("float", "double"), frozenset({"DOUBLE"})),
    **dict.fromkeys(("string", "char", "varchar"), frozenset({"STRING"})),
    "boolean": frozenset({"BOOLEAN"}),
    "decimal": frozenset({"DECIMAL"}),
    "binary": frozenset({"BINARY"}),
    "date": frozenset({"DATE", "LONG"}),
    "timestamp": frozenset({"LONG", "DATE"}),
}
"""What statistics a column can have by its Hive type; types that are not here, any."""


class ColumnStatisticsStore:
    """The statistics of a table, or with ``values`` those of one of its partitions."""

    def __init__(
        self, scope: CatalogScope, database: str, table: str, values: Sequence[str] | None = None
    ) -> None:
        self._scope = scope
        self._names = (database, table)
        self._values = values

    def update(self, new: Sequence[Document]) -> list[tuple[Document, GluepotError]]:
        """Replace the statistics of columns; return those that could not be, and why.

        Raises:
            EntityNotFoundError: The database, the table or the partition is not there.
        """
        refused = []
        with self._scope.writing() as connection:
            row = hold_table(connection, self._scope, *self._names, shared=False)
            owner = self._owner(connection, row)
            for item in new:
                fault = _fault(row, item)
                if fault is not None:
                    refused.append((item, fault))
                    continue
                name = item["ColumnName"].lower()
                connection.execute(sa.delete(owner[0].table).where(*_of(owner, [name])))
                connection.execute(
                    sa.insert(owner[0].table).values(
                        {owner[0]: owner[1], "column_name": name, "definition": item}
                    )
                )
        return refused

    def get(self, names: Sequence[str]) -> dict[str, Document]:
        """Return what is known of columns, by the names they are asked for.

        Raises:
            EntityNotFoundError: The database, the table or the partition is not there.
        """
        with self._scope.reading() as connection:
            row = links.read_linked(connection, self._scope, *self._names)
            owner = self._owner(connection, row)
            rows = connection.execute(
                sa.select(owner[0].table).where(*_of(owner, [name.lower() for name in names]))
            )
            found = {row.column_name: row.definition for row in rows}
        return {name: found[name.lower()] for name in names if name.lower() in found}

    def delete(self, name: str) -> None:
        """Delete what is known of a column, if anything is.

        Raises:
            EntityNotFoundError: The database, the table or the partition is not there.
        """
        with self._scope.writing() as connection:
            row = hold_table(connection, self._scope, *self._names, shared=False)
            owner = self._owner(connection, row)
            connection.execute(sa.delete(owner[0].table).where(*_of(owner, [name.lower()])))

    def _owner(self, connection: sa.Connection, row: TableRow) -> tuple[sa.Column[Any], int]:
        """Return the column that names the owner of statistics, and the owner."""
        if self._values is None:
            return table_statistics.c.table_id, row.id
        found = known_rows(connection, [identity(row.id, self._values)])
        if not found:
            raise unknown(row, self._values)
        return partition_statistics.c.partition_id, next(iter(found.values())).id


def _of(owner: tuple[sa.Column[Any], int], names: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    column, number = owner
    return [column == number, column.table.c.column_name.in_(names)]


def _fault(row: TableRow, item: Document) -> GluepotError | None:
    data = item["StatisticsData"]
    wanted = _DATA[data["Type"]]
    given = [member for member in _DATA.values() if member in data]
    if given != [wanted]:
        return InvalidInputError(
            f"Statistics of the type {data['Type']} have the member {wanted} and no other data,"
            f" not {given}"
        )
    base = item["ColumnType"].partition("(")[0].strip().lower()
    fitting = _TYPES.get(base)
    if fitting is not None and data["Type"] not in fitting:
        return InvalidInputError(
            f"A column of the type {item['ColumnType']} has statistics of the type"
            f" {' or '.join(sorted(fitting))}, not {data['Type']}"
        )
    storage = row.table.storage_descriptor
    columns = (storage.columns if storage else None) or ()
    known = {column.name.lower() for column in (*columns, *(row.table.partition_keys or ()))}
    # A table that says nothing of its columns may have any.
    if columns and item["ColumnName"].lower() not in known:
        return EntityNotFoundError("Column", item["ColumnName"])
    return None
