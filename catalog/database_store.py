"""Databases as documents: each change is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog import database_rows, links
from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gluepot.catalog.calls import Document
    from gluepot.catalog.database_rows import DatabaseRow
    from gluepot.catalog.scope import CatalogScope


class DatabaseStore:
    """The databases of one catalog; ``CatalogStore.databases`` makes one.

    A definition is Glue's DatabaseInput and is kept as it comes; names are folded to lower case.
    """

    def __init__(self, scope: CatalogScope) -> None:
        self._scope = scope

    def create(self, definition: Document) -> DatabaseRow:
        """Add a database.

        Raises:
            EntityNotFoundError: The catalog is not there.
            AlreadyExistsError: The name is taken.
            InvalidInputError: The name cannot be one, or it is a link that would come back to
                itself.
            ResourceNumberLimitExceededError: The catalog is full.
        """
        with self._scope.writing() as connection:
            self._refuse_circle(connection, definition)
            return database_rows.insert_row(connection, self._scope, definition)

    def get(self, name: str) -> DatabaseRow:
        """Return a database; a link as it is.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        with self._scope.reading() as connection:
            return database_rows.get_row(connection, self._scope.catalog, name)

    def page(self, after: str | None, limit: int, *, federated: bool = False) -> list[DatabaseRow]:
        """Return the next databases by name; ``federated`` ones only, if asked."""
        with self._scope.reading() as connection:
            return database_rows.list_rows(
                connection, self._scope.catalog, after or "", limit, federated=federated
            )

    def update(self, name: str, definition: Document) -> DatabaseRow:
        """Replace the whole definition of a database; its name and creation time survive.

        Raises:
            EntityNotFoundError: There is none of that name.
            InvalidInputError: It would become a link that comes back to itself, or a link
                although it has tables.
        """
        with self._scope.writing() as connection:
            row = database_rows.get_row_to_change(connection, self._scope.catalog, name)
            named = definition | {"Name": row.name}
            self._refuse_circle(connection, named)
            if "TargetDatabase" in named and database_rows.has_tables(connection, row):
                raise InvalidInputError(
                    f"Database {row.name} has tables and cannot become a resource link;"
                    " delete them first, or make a link of another name"
                )
            return database_rows.update_row(connection, row, named)

    def delete(self, name: str) -> DatabaseRow:
        """Delete a database with its tables, their versions and partitions; of a link itself alone.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        with self._scope.writing() as connection:
            return database_rows.delete_row(connection, self._scope.catalog, name)

    def _refuse_circle(self, connection: sa.Connection, definition: Document) -> None:
        target = definition.get("TargetDatabase")
        if target is not None:
            links.refuse_database_circle(connection, self._scope, definition["Name"], target)
