"""How far a job has read a source whose rows come in the order of keys, such as a table of SQL.

Each version of a bookmark keeps the last keys of a source. The row of the version that a run
intends to reach says up to where it reads, so a run that repeats a dead one reads the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.jobs.bookmarks.tables import source_keys

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class KeyOrder:
    """The columns whose values grow, or fall, with every new row; the first decides first."""

    names: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class KeyMark:
    """The last keys up to which a source is read, in the spelling of its reader.

    ``last`` is None while the source has had no row.
    """

    order: KeyOrder
    last: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class KeyRange:
    """Which rows a run reads: those behind ``after``, up to and with ``upto``.

    Without ``after`` it begins at the first row; without ``upto`` there is none.
    """

    order: KeyOrder
    after: tuple[str, ...] | None
    upto: tuple[str, ...] | None

    @property
    def empty(self) -> bool:
        """Return whether no row is in it."""
        return self.upto is None or self.upto == self.after


def find_mark(
    connection: sa.Connection, job_name: str, source: str, version: int
) -> KeyMark | None:
    """Return how far a source was read when the bookmark had a version; None if not at all."""
    row = connection.execute(
        sa.select(source_keys)
        .where(
            source_keys.c.job_name == job_name,
            source_keys.c.source == source,
            source_keys.c.version <= version,
        )
        .order_by(source_keys.c.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    order = KeyOrder(names=tuple(row.names), descending=row.descending)
    return KeyMark(order=order, last=None if row.last is None else tuple(row.last))


def insert_marks(
    connection: sa.Connection, job_name: str, version: int, marks: Mapping[str, KeyMark]
) -> None:
    """Record up to where the sources are read in a version."""
    rows = [
        {
            "job_name": job_name,
            "source": source,
            "version": version,
            "names": list(mark.order.names),
            "descending": mark.order.descending,
            "last": None if mark.last is None else list(mark.last),
        }
        for source, mark in marks.items()
    ]
    if rows:
        connection.execute(sa.insert(source_keys), rows)


def forget_marks(connection: sa.Connection, job_name: str, kept: int) -> None:
    """Forget how far a job has read any source in versions greater than ``kept``."""
    gone = (source_keys.c.job_name == job_name) & (source_keys.c.version > kept)
    connection.execute(sa.delete(source_keys).where(gone))
