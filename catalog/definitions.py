"""Named definitions: a kind, a name, and a document that is kept as it was given.

Jobs, connections, classifiers and the like are all of this form. Names are case-sensitive, and a
kind is the word that messages show, such as ``Job``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from gluepot.catalog.errors import (
    AlreadyExistsError,
    EntityNotFoundError,
    VersionMismatchError,
)
from gluepot.catalog.insert import insert_new
from gluepot.catalog.object_tables import definitions
from gluepot.catalog.scope import ScopedStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

Document: TypeAlias = dict[str, Any]

_PAGE_ROWS = 500
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """A stored definition.

    Attributes:
        kind: Such as ``Job``.
        name: Unique among its kind.
        definition: JSON data, equal to what was given.
        version: 1 when it is created, one more at each update.
        created_at: When it was created.
        updated_at: When this version was made.
    """

    kind: str
    name: str
    definition: Document
    version: int
    created_at: datetime
    updated_at: datetime


class DefinitionStore(ScopedStore):
    """Definitions of every kind; each call is a transaction, or a part of the caller's."""

    def create(self, kind: str, name: str, definition: Document) -> Definition:
        """Add a definition at version 1.

        Raises:
            AlreadyExistsError: The name is taken among its kind.
        """
        made = self._new(kind, name, definition)
        with self._scope.writing() as connection:
            if not insert_new(connection, definitions, [_row(made)], definitions.c.name):
                raise AlreadyExistsError(kind, name)
        return made

    def put(self, kind: str, name: str, definition: Document) -> Definition:
        """Add a definition, or replace the one of that name."""
        with self._scope.writing() as connection:
            made = self._new(kind, name, definition)
            if insert_new(connection, definitions, [_row(made)], definitions.c.name):
                return made
            return self.within(connection).update(kind, name, definition)

    def get(self, kind: str, name: str, *, lock: bool = False) -> Definition:
        """Return a definition; with ``lock`` it stays as it is until the transaction ends.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        found = self.find(kind, name, lock=lock)
        if found is None:
            raise EntityNotFoundError(kind, name)
        return found

    def find(self, kind: str, name: str, *, lock: bool = False) -> Definition | None:
        """Return a definition, or None; with ``lock`` it stays until the transaction ends."""
        query = _select(kind, name)
        with self._scope.reading() as connection:
            row = connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _definition(row)

    def find_many(self, kind: str, names: Collection[str]) -> dict[str, Definition]:
        """Return those of ``names`` that there are."""
        query = sa.select(definitions).where(
            definitions.c.kind == kind, definitions.c.name.in_(names)
        )
        with self._scope.reading() as connection:
            return {row.name: _definition(row) for row in connection.execute(query)}

    def update(
        self,
        kind: str,
        name: str,
        definition: Document,
        *,
        expected_version: int | None = None,
    ) -> Definition:
        """Replace a definition; its version goes up by one.

        Raises:
            EntityNotFoundError: There is none of that name.
            VersionMismatchError: It is at another version than expected.
        """
        return self.change(kind, name, lambda _found: definition, expected_version=expected_version)

    def change(
        self,
        kind: str,
        name: str,
        change: Callable[[Definition], Document],
        *,
        expected_version: int | None = None,
    ) -> Definition:
        """Replace a definition by what ``change`` makes of it; nobody changes it in between.

        Raises:
            EntityNotFoundError: There is none of that name.
            VersionMismatchError: It is at another version than expected.
        """
        with self._scope.writing() as connection:
            found = self.within(connection).get(kind, name, lock=True)
            if expected_version not in {None, found.version}:
                raise VersionMismatchError(
                    f"{kind} {name} is at version {found.version}, not {expected_version};"
                    " read it again"
                )
            new = replace(
                found,
                definition=change(found),
                version=found.version + 1,
                updated_at=self._scope.clock(),
            )
            connection.execute(sa.update(definitions).where(_is(kind, name)).values(_row(new)))
        return new

    def delete(self, kind: str, name: str) -> bool:
        """Delete a definition; return whether it was there."""
        with self._scope.writing() as connection:
            return connection.execute(sa.delete(definitions).where(_is(kind, name))).rowcount > 0

    def page(
        self, kind: str, *, after: str | None = None, limit: int, prefix: str = ""
    ) -> list[Definition]:
        """Return at most ``limit`` definitions by name, after one, of names with a prefix."""
        query = sa.select(definitions).where(definitions.c.kind == kind)
        if prefix:
            last = prefix + _LAST_CHARACTER
            query = query.where(definitions.c.name >= prefix, definitions.c.name <= last)
        if after is not None:
            query = query.where(definitions.c.name > after)
        with self._scope.reading() as connection:
            rows = connection.execute(query.order_by(definitions.c.name).limit(limit))
            return [_definition(row) for row in rows]

    def all(self, kind: str, *, after: str | None = None, prefix: str = "") -> Iterator[Definition]:
        """Yield definitions by name, as ``page`` gives them; each page is a transaction."""
        while True:
            found = self.page(kind, after=after, limit=_PAGE_ROWS, prefix=prefix)
            yield from found
            if len(found) < _PAGE_ROWS:
                return
            after = found[-1].name

    def _new(self, kind: str, name: str, definition: Document) -> Definition:
        now = self._scope.clock()
        return Definition(
            kind=kind,
            name=name,
            definition=definition,
            version=1,
            created_at=now,
            updated_at=now,
        )


def _is(kind: str, name: str) -> sa.ColumnElement[bool]:
    return (definitions.c.kind == kind) & (definitions.c.name == name)


def _select(kind: str, name: str) -> sa.Select[Any]:
    return sa.select(definitions).where(_is(kind, name))


def _row(made: Definition) -> dict[str, Any]:
    return {column.name: getattr(made, column.name) for column in definitions.columns}


def _definition(row: sa.Row[Any]) -> Definition:
    return Definition(**row._mapping)  # noqa: SLF001  the public name of a row's mapping
