"""The catalogs of the account: its own, and those beside it that have databases of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.limits import refuse_beyond
from gluepot.catalog.names import fold
from gluepot.catalog.scope import ROOT
from gluepot.catalog.tables import catalogs, databases

if TYPE_CHECKING:
    from datetime import datetime

    from gluepot.catalog.calls import Document
    from gluepot.catalog.scope import CatalogScope

_OF_NAME = catalogs.c.name == sa.bindparam("of_name")


@dataclass(frozen=True, kw_only=True)
class CatalogRow:
    """A catalog as it is stored; ``definition`` is Glue's CatalogInput as it came.

    Attributes:
        name: Empty for the account's own catalog.
        definition: What was given at its creation or last update.
        create_time: When it was made.
        update_time: When it was changed last.
        import_time: When an older catalog was last imported into it, if one was.
        imported_by: Who asked for that.
    """

    name: str
    definition: Document
    create_time: datetime | None = None
    update_time: datetime | None = None
    import_time: datetime | None = None
    imported_by: str | None = None


class Catalogs:
    """The catalogs; ``CatalogStore.catalogs`` makes one."""

    def __init__(self, scope: CatalogScope) -> None:
        self._scope = scope

    def create(self, name: str, definition: Document) -> CatalogRow:
        """Add a catalog.

        Raises:
            AlreadyExistsError: The name is taken.
            InvalidInputError: The name cannot be a part of a catalog id.
            ResourceNumberLimitExceededError: There are as many as there may be.
        """
        folded = fold(name)
        if not folded.isprintable() or any(char in folded for char in ":/"):
            raise InvalidInputError(
                f"Catalog name {name!r} has a colon, a slash or an unprintable character in it,"
                " which ids of catalogs cannot have in a name"
            )
        with self._scope.writing() as connection:
            count = sa.select(sa.func.count()).select_from(catalogs)
            limit = self._scope.limits.catalogs
            refuse_beyond(
                limit, connection.scalar(count) or 0, resource="CATALOG", container="ACCOUNT"
            )
            return self._insert(connection, folded, definition)

    def get(self, name: str) -> CatalogRow:
        """Return a catalog; the account's own is always there.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        with self._scope.reading() as connection:
            row = connection.execute(sa.select(catalogs).where(_OF_NAME), {"of_name": fold(name)})
            found = row.first()
        if found is not None:
            return _row(found)
        if name == ROOT:
            return CatalogRow(name=ROOT, definition={})
        raise self._unknown(name)

    def page(
        self, after: str | None, limit: int, *, has_databases: bool | None = None
    ) -> list[CatalogRow]:
        """Return the next catalogs beside the account's own, by name.

        With ``has_databases`` only those that have some, or only those that have none.
        """
        query = (
            sa.select(catalogs)
            .where(catalogs.c.name > (after or ROOT))
            .order_by(catalogs.c.name)
            .limit(limit)
        )
        if has_databases is not None:
            some = sa.exists().where(databases.c.catalog == catalogs.c.name)
            query = query.where(some if has_databases else sa.not_(some))
        with self._scope.reading() as connection:
            return [_row(row) for row in connection.execute(query)]

    def update(self, name: str, definition: Document) -> None:
        """Replace the whole definition of a catalog.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        self._change(name, {"definition": definition})

    def delete(self, name: str) -> None:
        """Delete a catalog with all its databases.

        Raises:
            EntityNotFoundError: There is none of that name.
            InvalidInputError: It is the account's own.
        """
        if name == ROOT:
            raise InvalidInputError("The account's own catalog cannot be deleted")
        with self._scope.writing() as connection:
            # First the row: whoever makes a database holds it, so none comes in between.
            gone = connection.execute(sa.delete(catalogs).where(catalogs.c.name == fold(name)))
            if gone.rowcount == 0:
                raise self._unknown(name)
            connection.execute(sa.delete(databases).where(databases.c.catalog == fold(name)))

    def note_import(self, name: str, imported_by: str) -> None:
        """Note that an older catalog's tables are all in this one.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        self._change(name, {"import_time": self._scope.clock(), "imported_by": imported_by})

    def _change(self, name: str, values: Document) -> None:
        now = self._scope.clock()
        update = sa.update(catalogs).where(catalogs.c.name == fold(name))
        with self._scope.writing() as connection:
            if name == ROOT:
                new = {"name": ROOT, "definition": {}, "create_time": now, "update_time": now}
                insert_new(connection, catalogs, [new], catalogs.c.name)
            changed = connection.execute(update.values(update_time=now, **values))
            if changed.rowcount == 0:
                raise self._unknown(name)

    def _insert(self, connection: sa.Connection, name: str, definition: Document) -> CatalogRow:
        now = self._scope.clock()
        row = {"name": name, "definition": definition, "create_time": now, "update_time": now}
        if not insert_new(connection, catalogs, [row], catalogs.c.name):
            raise AlreadyExistsError("Catalog", name)
        return CatalogRow(name=name, definition=definition, create_time=now, update_time=now)

    def _unknown(self, name: str) -> EntityNotFoundError:
        return EntityNotFoundError("Catalog", self._scope.id_of(fold(name)))


def _row(row: Any) -> CatalogRow:  # noqa: ANN401
    return CatalogRow(**row._mapping)  # noqa: SLF001  the row's own way to a dictionary
