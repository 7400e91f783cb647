"""User-defined functions: definitions in databases, kept for the engines that run them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog import database_rows, links, table_rows
from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.limits import refuse_beyond
from gluepot.catalog.names import fold
from gluepot.catalog.partition_tables import functions
from gluepot.catalog.tables import databases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.calls import Document
    from gluepot.catalog.database_rows import DatabaseRow
    from gluepot.catalog.name_pattern import NamePattern
    from gluepot.catalog.scope import CatalogScope

_PAGE_ROWS = 500


@dataclass(frozen=True, kw_only=True)
class FunctionQuery:
    """Which functions are wanted: by name, of one database or of all, of one type or of any."""

    pattern: NamePattern
    database: str | None = None
    type: str | None = None


class FunctionStore:
    """The functions of databases. Names are found in any case, and shown as they were given."""

    def __init__(self, scope: CatalogScope) -> None:
        self._scope = scope

    def create(self, database: str, definition: Document) -> None:
        """Add a function.

        Raises:
            EntityNotFoundError: The database is not there.
            AlreadyExistsError: It has a function of that name.
            InvalidInputError: The definition has no name, or the database is a resource link.
            ResourceNumberLimitExceededError: The database has as many as it may have.
        """
        name = definition.get("FunctionName")
        if not name:
            raise InvalidInputError("FunctionInput has no FunctionName; name the function")
        with self._scope.writing() as connection:
            home = database_rows.get_row_to_fill(connection, self._scope.catalog, database)
            table_rows.refuse_link(home)
            self._refuse_full(connection, home.id)
            row = {
                "database_id": home.id,
                "name": fold(name),
                "definition": definition,
                "create_time": self._scope.clock(),
            }
            if not insert_new(connection, functions, [row], functions.c.id):
                raise AlreadyExistsError("Function", f"{home.name}.{name}")

    def _refuse_full(self, connection: sa.Connection, database_id: int) -> None:
        query = sa.select(sa.func.count()).where(functions.c.database_id == database_id)
        count = connection.scalar(query.select_from(functions)) or 0
        limit = self._scope.limits.functions_per_database
        refuse_beyond(limit, count, resource="FUNCTION", container="DATABASE")

    def get(self, database: str, name: str) -> Document:
        """Return a function as Glue's ``UserDefinedFunction``.

        Raises:
            EntityNotFoundError: The database or the function is not there.
        """
        with self._scope.reading() as connection:
            home = links.read_database(connection, self._scope, database)
            return self._document(_get(connection, home, name))

    def update(self, database: str, name: str, definition: Document) -> None:
        """Replace a function's definition; another name in it renames the function.

        Raises:
            EntityNotFoundError: The database or the function is not there.
            AlreadyExistsError: The new name is taken.
        """
        with self._scope.writing() as connection:
            home = database_rows.get_row_to_change(connection, self._scope.catalog, database)
            old = _get(connection, home, name)
            new = {"FunctionName": old.definition["FunctionName"], **definition}
            folded = fold(new["FunctionName"])
            if folded != old.name and _find(connection, home, folded) is not None:
                raise AlreadyExistsError("Function", f"{home.name}.{new['FunctionName']}")
            update = sa.update(functions).where(functions.c.id == old.id)
            connection.execute(update.values(name=folded, definition=new))

    def delete(self, database: str, name: str) -> None:
        """Delete a function.

        Raises:
            EntityNotFoundError: The database or the function is not there.
        """
        with self._scope.writing() as connection:
            home = database_rows.get_row(connection, self._scope.catalog, database)
            old = _get(connection, home, name)
            connection.execute(sa.delete(functions).where(functions.c.id == old.id))

    def page(self, query: FunctionQuery, after: Sequence[str] | None, limit: int) -> list[Document]:
        """Return the next functions by database and name, after the ``place_of`` one.

        Raises:
            EntityNotFoundError: The database is not there.
        """
        found: list[Document] = []
        with self._scope.reading() as connection:
            rows = _wanted(connection, self._scope, query)
            while len(found) < limit:
                page = connection.execute(_after(rows, after)).all()
                names = set(query.pattern.matching([row.name for row in page]))
                found += [self._document(row) for row in page if _fits(row, names, query.type)]
                if len(page) < _PAGE_ROWS:
                    break
                after = [page[-1].database_name, page[-1].name]
        return found[:limit]

    def _document(self, row: Any) -> Document:  # noqa: ANN401
        document: Document = {
            **row.definition,
            "DatabaseName": row.database_name,
            "CreateTime": row.create_time,
            "CatalogId": self._scope.id_of(row.catalog),
        }
        return document


def place_of(function: Document) -> list[str]:
    """Return the place of a function in the order of pages, as JSON data."""
    return [function["DatabaseName"], fold(function["FunctionName"])]


_FUNCTIONS = sa.select(
    functions, databases.c.name.label("database_name"), databases.c.catalog
).join(databases, databases.c.id == functions.c.database_id)


def _wanted(connection: sa.Connection, scope: CatalogScope, query: FunctionQuery) -> sa.Select[Any]:
    if query.database is None:
        return _FUNCTIONS.where(databases.c.catalog == scope.catalog)
    home = links.read_database(connection, scope, query.database)
    return _FUNCTIONS.where(functions.c.database_id == home.id)


def _after(rows: sa.Select[Any], after: Sequence[str] | None) -> sa.Select[Any]:
    order = (databases.c.name, functions.c.name)
    page = rows.order_by(*order).limit(_PAGE_ROWS)
    return page if after is None else page.where(sa.tuple_(*order) > sa.tuple_(*after))


def _fits(row: Any, names: set[str], type_: str | None) -> bool:  # noqa: ANN401
    return row.name in names and type_ in {None, row.definition.get("FunctionType")}


def _find(connection: sa.Connection, home: DatabaseRow, name: str) -> Any:  # noqa: ANN401
    query = _FUNCTIONS.where(functions.c.database_id == home.id, functions.c.name == fold(name))
    return connection.execute(query).first()


def _get(connection: sa.Connection, home: DatabaseRow, name: str) -> Any:  # noqa: ANN401
    found = _find(connection, home, name)
    if found is None:
        raise EntityNotFoundError("Function", name)
    return found
