"""The rows of databases: each function is one step inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.limits import refuse_beyond
from gluepot.catalog.model import Database
from gluepot.catalog.names import checked_name, fold
from gluepot.catalog.scope import ROOT, CatalogScope
from gluepot.catalog.tables import catalogs, databases, tables
from gluepot.catalog.wire import from_wire

if TYPE_CHECKING:
    from datetime import datetime

    from gluepot.catalog.calls import Document


@dataclass(frozen=True, kw_only=True)
class DatabaseRow:
    """A database as it is stored; ``definition`` is Glue's DatabaseInput as it came."""

    id: int
    catalog: str
    name: str
    definition: Document
    create_time: datetime

    @cached_property
    def database(self) -> Database:
        """Return the database as one of the model."""
        return replace(from_wire(Database, self.definition), create_time=self.create_time)

    @property
    def target(self) -> Document | None:
        """Return what a resource link points at; None when this is no link."""
        found: Document | None = self.definition.get("TargetDatabase")
        return found


_OF_NAME = sa.and_(
    databases.c.catalog == sa.bindparam("of_catalog"), databases.c.name == sa.bindparam("of_name")
)
_FIND = sa.select(databases).where(_OF_NAME)
_FIND_TO_FILL = _FIND.with_for_update(read=True, key_share=True, of=databases)
_FIND_TO_CHANGE = _FIND.with_for_update(of=databases)


def find_row(connection: sa.Connection, catalog: str, name: str) -> DatabaseRow | None:
    """Return a database, or None."""
    return _first(connection, _FIND, catalog, name)


def get_row(connection: sa.Connection, catalog: str, name: str) -> DatabaseRow:
    """Return a database.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    return _there(find_row(connection, catalog, name), name)


def get_row_to_fill(connection: sa.Connection, catalog: str, name: str) -> DatabaseRow:
    """Return a database that nobody deletes until the transaction ends.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    return _there(_first(connection, _FIND_TO_FILL, catalog, name), name)


def get_row_to_change(connection: sa.Connection, catalog: str, name: str) -> DatabaseRow:
    """Return a database that only this transaction changes.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    return _there(_first(connection, _FIND_TO_CHANGE, catalog, name), name)


def list_rows(
    connection: sa.Connection, catalog: str, after: str, limit: int, *, federated: bool = False
) -> list[DatabaseRow]:
    """Return the next databases of a catalog by name; ``federated`` ones only, if asked."""
    query = (
        sa.select(databases)
        .where(databases.c.catalog == catalog, databases.c.name > after)
        .order_by(databases.c.name)
        .limit(limit)
    )
    if federated:
        # Definitions are stored without blanks, and within a text the quotes would be escaped.
        text = sa.cast(databases.c.definition, sa.Text)
        query = query.where(text.contains('"FederatedDatabase":{', autoescape=True))
    return [_row(row) for row in connection.execute(query)]


def insert_row(connection: sa.Connection, scope: CatalogScope, definition: Document) -> DatabaseRow:
    """Add a database to the scope's catalog.

    Raises:
        EntityNotFoundError: The catalog is not there.
        AlreadyExistsError: The name is taken.
        InvalidInputError: The name cannot be one.
        ResourceNumberLimitExceededError: The catalog is full.
    """
    name = checked_name("Database", definition["Name"])
    _hold_catalog(connection, scope.catalog)
    _refuse_full(connection, scope)
    values: Document = {
        "catalog": scope.catalog,
        "name": name,
        "definition": definition | {"Name": name},
        "create_time": scope.clock(),
    }
    inserted = insert_new(connection, databases, [values], databases.c.id)
    if not inserted:
        raise AlreadyExistsError("Database", name)
    return DatabaseRow(id=inserted[0], **values)


def update_row(connection: sa.Connection, row: DatabaseRow, definition: Document) -> DatabaseRow:
    """Replace the definition of a database; its name stays."""
    stored = definition | {"Name": row.name}
    update = sa.update(databases).where(databases.c.id == row.id)
    connection.execute(update.values(definition=stored))
    return replace(row, definition=stored)


def delete_row(connection: sa.Connection, catalog: str, name: str) -> DatabaseRow:
    """Delete a database with all that is in it.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    row = get_row_to_change(connection, catalog, name)
    connection.execute(sa.delete(databases).where(databases.c.id == row.id))
    return row


def has_tables(connection: sa.Connection, row: DatabaseRow) -> bool:
    """Return whether a database has tables of its own."""
    query = sa.select(tables.c.id).where(tables.c.database_id == row.id).limit(1)
    return connection.scalar(query) is not None


def _hold_catalog(connection: sa.Connection, catalog: str) -> None:
    """See that a catalog is there and stays until the transaction ends."""
    if catalog == ROOT:
        return
    query = sa.select(catalogs.c.name).where(catalogs.c.name == catalog)
    if connection.scalar(query.with_for_update(read=True, key_share=True)) is None:
        raise EntityNotFoundError("Catalog", catalog)


def _refuse_full(connection: sa.Connection, scope: CatalogScope) -> None:
    limit = scope.limits.databases
    # There are never more rows than the highest number says, and that is known at once.
    if (connection.scalar(sa.select(sa.func.max(databases.c.id))) or 0) < limit:
        return
    query = sa.select(sa.func.count()).where(databases.c.catalog == scope.catalog)
    count = connection.scalar(query.select_from(databases)) or 0
    refuse_beyond(limit, count, resource="DATABASE", container="CATALOG")


def _first(
    connection: sa.Connection, query: sa.Select[Any], catalog: str, name: str
) -> DatabaseRow | None:
    row = connection.execute(query, {"of_catalog": catalog, "of_name": fold(name)}).first()
    return None if row is None else _row(row)


def _there(row: DatabaseRow | None, name: str) -> DatabaseRow:
    if row is None:
        raise EntityNotFoundError("Database", fold(name))
    return row


def _row(row: Any) -> DatabaseRow:  # noqa: ANN401
    return DatabaseRow(
        id=row.id,
        catalog=row.catalog,
        name=row.name,
        definition=row.definition,
        create_time=row.create_time,
    )
