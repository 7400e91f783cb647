"""Resource links: databases and tables that point at others, and following them.

A link is looked at by its own name; what is in it, tables or partitions, is read in its target.
Links may point at links. A target need not be there when a link is made.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog import database_rows, table_rows
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.names import fold
from gluepot.catalog.scope import follow_any

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gluepot.catalog.calls import Document
    from gluepot.catalog.database_rows import DatabaseRow
    from gluepot.catalog.scope import CatalogScope
    from gluepot.catalog.table_rows import TableRow

_Place: TypeAlias = tuple[str, ...]


def read_database(
    connection: sa.Connection, scope: CatalogScope, name: str, *, catalog: str | None = None
) -> DatabaseRow:
    """Return the database whose tables a name stands for: the last of a chain of links.

    Raises:
        EntityNotFoundError: It, or what a link points at, is not there.
        InvalidInputError: The links go round in a circle.
    """
    catalog = scope.catalog if catalog is None else catalog
    row = database_rows.get_row(connection, catalog, name)
    if row.target is not None:
        row = _real_database(connection, scope, row)
        scope.follow(row.catalog, row.name, None)
    return row


def read_table(
    connection: sa.Connection,
    scope: CatalogScope,
    database: str,
    name: str,
    *,
    catalog: str | None = None,
) -> TableRow:
    """Return a table, looked for in the target of a linked database; a linked table as it is.

    Raises:
        EntityNotFoundError: The database or the table is not there.
        InvalidInputError: The links go round in a circle.
    """
    catalog = scope.catalog if catalog is None else catalog
    found = table_rows.find_row(connection, database, name, catalog=catalog)
    if found is not None:
        return found
    link = database_rows.get_row(connection, catalog, database)
    if link.target is not None:
        real = _real_database(connection, scope, link)
        scope.follow(real.catalog, real.name, name)
        found = table_rows.find_row(connection, real.name, name, catalog=real.catalog)
    if found is None:
        raise EntityNotFoundError("Table", fold(name))
    return found


def read_linked(
    connection: sa.Connection, scope: CatalogScope, database: str, name: str
) -> TableRow:
    """Return the table that has the data: of a linked table its target.

    Raises:
        EntityNotFoundError: The database or the table, or what a link points at, is not there.
        InvalidInputError: The links go round in a circle.
    """
    row = read_table(connection, scope, database, name)
    seen: set[_Place] = set()
    while row.target is not None:
        _step(seen, (row.catalog, row.database_name, row.name))
        place = _table_place(scope, row.target, catalog=row.catalog, database=row.database_name)
        scope.follow(*place)
        row = read_table(connection, scope, *place[1:], catalog=place[0])
    return row


def _real_database(
    connection: sa.Connection, scope: CatalogScope, link: DatabaseRow
) -> DatabaseRow:
    row, seen = link, set[_Place]()
    while row.target is not None:
        _step(seen, (row.catalog, row.name))
        place = _database_place(scope, row.target, row.catalog)
        row = database_rows.get_row(connection, *place)
    return row


def refuse_database_circle(
    connection: sa.Connection, scope: CatalogScope, name: str, target: Document
) -> None:
    """Refuse a link of databases that would come back to itself.

    Raises:
        InvalidInputError: It would.
    """
    seen: set[_Place] = {(scope.catalog, fold(name))}
    next_target: Document | None
    catalog, next_target = scope.catalog, target
    # A target that is not there, or of another account, closes no circle.
    with contextlib.suppress(EntityNotFoundError):
        while next_target is not None:
            place = _database_place(scope, next_target, catalog)
            _step(seen, place)
            row = database_rows.get_row(connection, *place)
            catalog, next_target = row.catalog, row.target


def refuse_table_circle(
    connection: sa.Connection, scope: CatalogScope, link: tuple[str, str, str], target: Document
) -> None:
    """Refuse a link of tables, ``link`` its catalog, database and name, that would come back.

    Raises:
        InvalidInputError: It would.
    """
    # Nothing of the targets is told, so nobody need have a right on them.
    scope = replace(scope, follow=follow_any)
    seen: set[_Place] = {link}
    next_target: Document | None
    (catalog, database, _), next_target = link, target
    with contextlib.suppress(EntityNotFoundError):
        while next_target is not None:
            place = _table_place(scope, next_target, catalog=catalog, database=database)
            _step(seen, place)
            row = read_table(connection, scope, *place[1:], catalog=place[0])
            catalog, database, next_target = row.catalog, row.database_name, row.target


def _step(seen: set[_Place], place: _Place) -> None:
    if place in seen:
        raise InvalidInputError(
            f"Resource link {'.'.join(part for part in place if part)} points back at itself;"
            " let one of the links point at what is not a link"
        )
    seen.add(place)


def _database_place(scope: CatalogScope, target: Document, catalog: str) -> tuple[str, str]:
    name = target.get("DatabaseName")
    if name is None:
        raise InvalidInputError("TargetDatabase names no database; give its DatabaseName")
    return _catalog(scope, target, catalog), fold(name)


def _table_place(
    scope: CatalogScope, target: Document, *, catalog: str, database: str
) -> tuple[str, str, str]:
    name = target.get("Name")
    if name is None:
        raise InvalidInputError("TargetTable names no table; give its Name")
    in_database = fold(target.get("DatabaseName") or database)
    return _catalog(scope, target, catalog), in_database, fold(name)


def _catalog(scope: CatalogScope, target: Document, own: str) -> str:
    return own if "CatalogId" not in target else scope.named(target["CatalogId"])
