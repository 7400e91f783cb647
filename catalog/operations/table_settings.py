"""Definitions that belong to one table and end with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError
from gluepot.catalog.operations.scopes import catalog_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.store import CatalogStore

_TABLE = "Table"
_SETTINGS = "Settings"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a definition is kept: a kind, and one life of one table.

    Attributes:
        kind: The word in messages.
        name: Unique for catalog, database, table and part.
        shown: Database and table, for messages.
        table: When the table was created; one that takes its name later is another.
    """

    kind: str
    name: str
    shown: str
    table: float


def place_of(  # noqa: PLR0913  what an operation has at hand
    catalog: CatalogStore,
    call: Call,
    kind: str,
    *,
    catalog_id: str | None,
    database: str,
    table: str,
    part: str = "",
) -> Place:
    """Return where a table's definition of a kind is kept.

    Raises:
        EntityNotFoundError: The catalog, the database or the table is not there.
    """
    request = {} if catalog_id is None else {"CatalogId": catalog_id}
    within = catalog_of(catalog, call, request)
    found = within.get_table(database, table)
    created = 0.0 if found.create_time is None else found.create_time.timestamp()
    name = name_of(within, found.database_name, found.name, part)
    shown = f"of {found.database_name}.{found.name}"
    return Place(kind=kind, name=name, shown=f"{part} {shown}".lstrip(), table=created)


def name_of(catalog: CatalogStore, database: str, table: str, part: str = "") -> str:
    """Return the name under which a table's definition is kept."""
    return json.dumps([catalog.scope.catalog, database, table, part])


def create(store: ObjectStore, place: Place, settings: Document) -> None:
    """Add a table's definition; one that an earlier table of the name left is replaced.

    Raises:
        AlreadyExistsError: The table has one.
    """
    stored = {_TABLE: place.table, _SETTINGS: settings}
    with store.transaction() as inside:
        found = inside.definitions.find(place.kind, place.name, lock=True)
        if found is not None and found.definition[_TABLE] == place.table:
            raise AlreadyExistsError(place.kind, place.shown)
        if found is not None:
            inside.definitions.delete(place.kind, place.name)
        inside.definitions.create(place.kind, place.name, stored)


def get(store: ObjectStore, place: Place) -> Document:
    """Return a table's definition.

    Raises:
        EntityNotFoundError: The table has none.
    """
    found = store.definitions.find(place.kind, place.name)
    if found is None or found.definition[_TABLE] != place.table:
        raise EntityNotFoundError(place.kind, place.shown)
    settings: Document = found.definition[_SETTINGS]
    return settings


def change(store: ObjectStore, place: Place, change: Callable[[Document], Document]) -> None:
    """Replace a table's definition by what ``change`` makes of it.

    Raises:
        EntityNotFoundError: The table has none.
    """
    with store.transaction() as inside:
        found = inside.definitions.find(place.kind, place.name, lock=True)
        if found is None or found.definition[_TABLE] != place.table:
            raise EntityNotFoundError(place.kind, place.shown)
        changed = {**found.definition, _SETTINGS: change(found.definition[_SETTINGS])}
        inside.definitions.update(place.kind, place.name, changed)


def delete(store: ObjectStore, place: Place) -> None:
    """Delete a table's definition.

    Raises:
        EntityNotFoundError: The table has none.
    """
    with store.transaction() as inside:
        get(inside, place)
        inside.definitions.delete(place.kind, place.name)
