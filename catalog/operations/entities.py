"""Looking through a connection: which tables there are, their columns, a few of their rows."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog import entities
from gluepot.catalog.connection_login import logged_in, login_of
from gluepot.catalog.errors import InvalidInputError, OperationNotSupportedError
from gluepot.catalog.operations import named
from gluepot.catalog.operations.connections import CONNECTIONS, login_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.entities import Entity
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.sealing import Sealer


def list_entities(store: ObjectStore, sealer: Sealer, call: Call, request: Document) -> Document:
    """Return the schemas of a database, or the tables and views of a schema, by name."""
    parent = request.get("ParentEntityName")
    with _connected(store, sealer, call, request) as connection:
        if parent is None:
            found = entities.list_schemas(connection)
        else:
            found = entities.list_tables(connection, parent)

    def fetch(after: str | None, limit: int) -> list[Entity]:
        return [one for one in found if after is None or one.name > after][:limit]

    return call.tokens.page(
        request, "Entities", fetch, lambda one: one.name, most=named.PAGE_ITEMS, show=_show
    )


def describe_entity(store: ObjectStore, sealer: Sealer, call: Call, request: Document) -> Document:
    """Return the columns of a table or view."""
    call.tokens.read(request)
    with _connected(store, sealer, call, request) as connection:
        return {"Fields": entities.describe(connection, request["EntityName"])}


def get_entity_records(
    store: ObjectStore, sealer: Sealer, call: Call, request: Document
) -> Document:
    """Return a few rows of a table or view.

    Raises:
        OperationNotSupportedError: There is a filter: its text would be SQL of the caller's.
    """
    call.tokens.read(request)
    if "FilterPredicate" in request:
        raise OperationNotSupportedError(
            "gluepot hands no FilterPredicate to a database; select fields and an order"
        )
    with _connected(store, sealer, call, request) as connection:
        records = entities.read(
            connection,
            request["EntityName"],
            fields=request.get("SelectedFields"),
            order_by=request.get("OrderBy"),
            limit=request["Limit"],
        )
    return {"Records": records}


@contextlib.contextmanager
def _connected(
    store: ObjectStore, sealer: Sealer, call: Call, request: Document
) -> Iterator[sa.Connection]:
    named.check_account(call, request)
    if "ConnectionName" not in request:
        raise InvalidInputError("Give ConnectionName: entities are looked up through a connection")
    found = store.definitions.get(CONNECTIONS.kind, request["ConnectionName"])
    with logged_in(login_of(*login_parts(sealer, found))) as connection:
        yield connection


def _show(found: Entity) -> Document:
    return {
        "EntityName": found.name,
        "Label": found.label,
        "IsParentEntity": found.category == "SCHEMA",
        "Category": found.category,
    }


def operations(store: ObjectStore, sealer: Sealer) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "ListEntities": partial(list_entities, store, sealer),
        "DescribeEntity": partial(describe_entity, store, sealer),
        "GetEntityRecords": partial(get_entity_records, store, sealer),
    }
