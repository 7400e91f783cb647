"""Profiles as they were made, part by part; what a profile says, the code that makes it knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.profile_tables import profile_parts, profiles
from gluepot.catalog.scope import ScopedStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

KIND = "Profile"


@dataclass(frozen=True, kw_only=True)
class ProfileRecord:
    """A profile without its parts.

    Attributes:
        number: Grows with every profile; 0 of one that is not stored yet.
        id: Tells it apart everywhere.
        subject: A table as ``catalog/database/table``, or the address of files.
        profiled_at: Aware.
        rows: Of all parts.
        partitioned_by: The columns that tell parts apart.
        detail: What was counted of all rows together.
    """

    id: str
    subject: str
    profiled_at: datetime
    rows: int
    partitioned_by: Sequence[str] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class ProfilePart:
    """A partition's part of a profile, or all of it.

    Attributes:
        part: The partition's values as JSON text.
        sketches: Compressed JSON.
    """

    part: str
    rows: int
    sketches: bytes = field(repr=False)


class ProfileStore(ScopedStore):
    """Profiles of any subject; each call is one transaction."""

    def add(self, record: ProfileRecord, parts: Sequence[ProfilePart]) -> ProfileRecord:
        """Store a profile, and return it with its number."""
        values = {name: value for name, value in vars(record).items() if name != "number"}
        values["partitioned_by"] = list(record.partitioned_by)
        with self._scope.writing() as connection:
            statement = sa.insert(profiles).values(**values).returning(profiles.c.number)
            number = connection.execute(statement).scalar_one()
            if parts:
                rows = [{"profile_number": number, **vars(part)} for part in parts]
                connection.execute(sa.insert(profile_parts), rows)
        return ProfileRecord(**{**vars(record), "number": number})

    def newest(self, subject: str) -> ProfileRecord:
        """Return the last profile of a subject.

        Raises:
            EntityNotFoundError: There is none.
        """
        found = self.records(subject, limit=1)
        if not found:
            raise EntityNotFoundError(KIND, subject)
        return found[0]

    def records(self, subject: str, *, limit: int) -> list[ProfileRecord]:
        """Return profiles of a subject, newest first."""
        query = (
            sa.select(profiles)
            .where(profiles.c.subject == subject)
            .order_by(profiles.c.number.desc())
            .limit(limit)
        )
        with self._scope.reading() as connection:
            return [_record(row) for row in connection.execute(query)]

    def parts(self, number: int) -> list[ProfilePart]:
        """Return the parts of a profile, by their values."""
        query = (
            sa.select(profile_parts)
            .where(profile_parts.c.profile_number == number)
            .order_by(profile_parts.c.part)
        )
        with self._scope.reading() as connection:
            return [_part(row) for row in connection.execute(query)]

    def newest_parts(self, subject: str) -> list[ProfilePart]:
        """Return of each part that was ever profiled the last profile, by the parts' values."""
        newest = (
            sa.select(profile_parts.c.part, sa.func.max(profiles.c.number).label("number"))
            .join(profiles, profiles.c.number == profile_parts.c.profile_number)
            .where(profiles.c.subject == subject)
            .group_by(profile_parts.c.part)
            .subquery()
        )
        query = (
            sa.select(profile_parts)
            .join(
                newest,
                (newest.c.number == profile_parts.c.profile_number)
                & (newest.c.part == profile_parts.c.part),
            )
            .order_by(profile_parts.c.part)
        )
        with self._scope.reading() as connection:
            return [_part(row) for row in connection.execute(query)]

    def delete(self, subject: str) -> int:
        """Forget all profiles of a subject; return how many there were."""
        with self._scope.writing() as connection:
            gone = connection.execute(sa.delete(profiles).where(profiles.c.subject == subject))
        return gone.rowcount


def _record(row: sa.Row[Any]) -> ProfileRecord:
    values = dict(row._mapping)  # noqa: SLF001  the public name of its mapping
    return ProfileRecord(**values | {"partitioned_by": tuple(values["partitioned_by"])})


def _part(row: sa.Row[Any]) -> ProfilePart:
    return ProfilePart(part=row.part, rows=row.rows, sketches=row.sketches)
