"""Where a store's SQL runs: in a transaction of its own, or in the caller's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

from gluepot.catalog.engine import reading, writing
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.limits import DEFAULT_LIMITS, Limits
from gluepot.catalog.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import sqlalchemy as sa

Follow: TypeAlias = Callable[[str, str, str | None], None]
"""Takes the catalog, the database and, if it is one, the table that a link leads to."""

ROOT = ""
"""The name of the account's own catalog, which has all others in it."""

DEFAULT_ACCOUNT = "000000000000"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A database, a clock, and the connection of the transaction that is open, if one is."""

    engine: sa.Engine
    clock: Callable[[], datetime]
    connection: sa.Connection | None = None

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield the open transaction, or one that commits after the block."""
        if self.connection is not None:
            yield self.connection
            return
        with writing(self.engine) as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield the open transaction, or one that only reads."""
        if self.connection is not None:
            yield self.connection
            return
        with reading(self.engine) as connection:
            yield connection


class ScopedStore:
    """A store in the database of ``engine``: each call is a transaction, or a part of the caller's.

    Args:
        engine: The database.
        clock: The time that is put on record.
        connection: The transaction that calls are a part of.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        connection: sa.Connection | None = None,
    ) -> None:
        self._scope = Scope(engine=engine, clock=clock, connection=connection)

    def within(self, connection: sa.Connection) -> Self:
        """Return this store with its calls in the transaction of ``connection``."""
        return type(self)(self._scope.engine, self._scope.clock, connection=connection)


def follow_any(_catalog: str, _database: str, _table: str | None) -> None:
    """Follow every link."""


@dataclass(frozen=True, kw_only=True)
class CatalogScope(Scope):
    """A scope that knows in which catalog databases are looked for, and how many things may be.

    ``follow`` is told what a resource link leads to before that is read, and may refuse.
    """

    catalog: str = ROOT
    account_id: str = DEFAULT_ACCOUNT
    limits: Limits = DEFAULT_LIMITS
    follow: Follow = follow_any

    def named(self, catalog_id: str | None) -> str:
        """Return the name of the catalog that an id such as ``000000000000:sales`` means.

        Raises:
            EntityNotFoundError: It is of another account.
        """
        if catalog_id is None:
            return self.catalog
        account, _, name = catalog_id.partition(":")
        if account != self.account_id:
            raise EntityNotFoundError("Catalog", catalog_id)
        return fold(name)

    def id_of(self, catalog: str) -> str:
        """Return the id of a catalog by its name."""
        return f"{self.account_id}:{catalog}" if catalog else self.account_id
