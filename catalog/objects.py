"""Definitions and their tags together: what one operation changes commits as one."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.scope import ScopedStore
from gluepot.catalog.tags import TagStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import sqlalchemy as sa


class ObjectStore(ScopedStore):
    """Definitions and tags of one database.

    Each call on ``definitions`` and ``tags`` is a transaction of its own; calls on the store that
    ``transaction`` yields are one together.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        connection: sa.Connection | None = None,
    ) -> None:
        super().__init__(engine, clock, connection=connection)
        self.clock = clock
        self.definitions = DefinitionStore(engine, clock, connection=connection)
        self.tags = TagStore(engine, clock, connection=connection)

    @property
    def connection(self) -> sa.Connection | None:
        """Return the transaction that calls are a part of, for other stores to work within."""
        return self._scope.connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[ObjectStore]:
        """Yield a store whose calls commit together after the block, or not at all."""
        with self._scope.writing() as connection:
            yield self.within(connection)
