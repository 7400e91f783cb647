"""Business assets: things that were put, and every table of the catalog by its ARN."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import (
    AlreadyExistsError,
    EntityNotFoundError,
    InvalidInputError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.model import Column, Table
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.store import CatalogStore

KIND = "Asset"
TABLE_TYPE = "GlueTable"
"""The asset type of tables, which is there without being put."""

COLUMNS = "columns"
"""The iterable form of tables: its items are the columns."""

_TABLE_ARN_PARTS = (2, 3)


@dataclass(frozen=True, kw_only=True)
class Asset:
    """An asset as it is now.

    Attributes:
        id: Its identifier; that of a table is its ARN.
        stored: Name, Description, AssetTypeId and Forms where it was put; GlossaryTerms,
            Attachments, and Items with these two of each column.
        document: The same, with a table's own name and description.
        created_at: When it was put, or the table created.
        updated_at: When it was last changed.
        columns: A table's columns by name; None for an asset that was put.
    """

    id: str
    stored: Document
    document: Document
    created_at: datetime | None
    updated_at: datetime | None
    columns: Mapping[str, Column] | None = None


@dataclass(frozen=True, kw_only=True)
class Assets:
    """Assets over the stores of objects and of tables."""

    objects: ObjectStore
    catalog: CatalogStore

    def get(self, call: Call, identifier: str) -> Asset:
        """Return an asset.

        Raises:
            EntityNotFoundError: It is not there.
        """
        table = self._find_table(call, identifier)
        return _asset(identifier, table, self.objects.definitions.find(KIND, identifier))

    def change(
        self,
        call: Call,
        identifier: str,
        change: Callable[[ObjectStore, Asset], Document],
    ) -> Asset:
        """Replace what is stored of an asset by what ``change`` makes of it.

        ``change`` is called in the transaction of the store that it is given.

        Raises:
            EntityNotFoundError: It is not there.
        """
        table = self._find_table(call, identifier)
        with self.objects.transaction() as inside:
            if table is not None:
                # A table's first metadata makes the row that the others wait for.
                with contextlib.suppress(AlreadyExistsError):
                    inside.definitions.create(KIND, identifier, {})
            locked = inside.definitions.find(KIND, identifier, lock=True)
            new = change(inside, _asset(identifier, table, locked))
            changed = inside.definitions.update(KIND, identifier, new)
            return _asset(identifier, table, changed)

    def all(self, call: Call) -> Iterator[Asset]:
        """Yield the assets that were put, and the tables that something hangs on."""
        for stored in self.objects.definitions.all(KIND):
            table = self._find_table(call, stored.name)
            if table is not None or _is_put(stored):
                yield _asset(stored.name, table, stored)

    def check_is_no_table(self, call: Call, identifier: str) -> None:
        """See that an identifier is not that of a table.

        Raises:
            InvalidInputError: It is.
        """
        if self._find_table(call, identifier) is not None:
            raise InvalidInputError(
                f"{identifier} is a table; CreateTable, UpdateTable and DeleteTable change it"
            )

    def _find_table(self, call: Call, identifier: str) -> Table | None:
        prefix = call.arn("table/")
        parts = identifier.removeprefix(prefix).split("/")
        if not identifier.startswith(prefix) or len(parts) not in _TABLE_ARN_PARTS:
            return None
        *catalog, database, name = parts
        try:
            within = self.catalog.in_catalog(catalog[0]) if catalog else self.catalog
            return within.find_table(database, name)
        except EntityNotFoundError:
            return None


def _is_put(stored: Definition) -> bool:
    return "AssetTypeId" in stored.definition


def _asset(identifier: str, table: Table | None, stored: Definition | None) -> Asset:
    if table is not None:
        return _of_table(identifier, table, stored)
    if stored is None or not _is_put(stored):
        raise EntityNotFoundError(KIND, identifier)
    return Asset(
        id=identifier,
        stored=stored.definition,
        document=stored.definition,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def _of_table(identifier: str, table: Table, stored: Definition | None) -> Asset:
    descriptor = table.storage_descriptor
    columns = () if descriptor is None else descriptor.columns or ()
    kept = {} if stored is None else stored.definition
    facts = {"Name": table.name, "Description": table.description, "AssetTypeId": TABLE_TYPE}
    times = [table.update_time, None if stored is None else stored.updated_at]
    return Asset(
        id=identifier,
        stored=kept,
        document={**kept, **facts},
        created_at=table.create_time,
        updated_at=max((time for time in times if time is not None), default=None),
        columns={column.name: column for column in (*columns, *(table.partition_keys or ()))},
    )
