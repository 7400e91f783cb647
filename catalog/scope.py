"""Where a store's SQL runs: in a transaction of its own, or in the caller's."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.engine import reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import sqlalchemy as sa


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
