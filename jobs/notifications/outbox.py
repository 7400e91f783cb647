"""The outbox: what is to be told, kept in the database until it is told or given up.

A delivery is written in the transaction that takes the event it tells of, so none is lost and none
is made twice. It is sent at least once: whoever died after sending has not recorded it.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError, InvalidStateError
from gluepot.catalog.scope import ScopedStore
from gluepot.jobs.notifications.tables import announcements, deliveries, delivery_attempts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from gluepot.jobs.notifications.errors import DeliveryError

MOST_ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
"""The wait doubles from the first to the longest: the ten attempts take about 45 minutes."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"
    """Given up; it is kept, and is tried again when somebody says so."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Something to tell somebody.

    Attributes:
        id: The same at each attempt: a receiver knows by it what it has got already.
        addressee: The name of a notification, or a word of gluepot's own that has a colon.
        subject: What it is about, in a line.
        body: What is told, as the addressee's sender takes it.
        state: As it stands.
        attempts: How many there were since it was last due anew.
        created_at: When it was written.
        due_at: When the next attempt is due; None when there is none.
        completed_at: When it was delivered or given up.
    """

    id: str
    addressee: str
    subject: str
    body: Mapping[str, Any]
    state: DeliveryState
    attempts: int
    created_at: datetime
    due_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt at a delivery; ``status`` is the answer's, of HTTP or SMTP."""

    at: datetime
    seconds: float
    succeeded: bool
    status: int | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """Something that happened to what is not a run; ``subject_id`` tells which one it was."""

    kind: str
    name: str
    subject_id: str
    event: str
    detail: Mapping[str, Any]
    at: datetime
    number: int = 0


def announce(connection: sa.Connection, announcement: Announcement) -> None:
    """Record what happened, in the transaction that made it happen."""
    statement = sa.insert(announcements).values(
        kind=announcement.kind,
        name=announcement.name,
        subject_id=announcement.subject_id,
        event=announcement.event,
        detail=dict(announcement.detail),
        at=announcement.at,
    )
    connection.execute(statement)


class Outbox(ScopedStore):
    """Deliveries in the database of ``engine``; ``connection`` is the transaction to work in."""

    def put(self, addressee: str, subject: str, body: Mapping[str, Any]) -> str:
        """Record something to tell, due at once, and return its id."""
        now = self._scope.clock()
        values = {
            "id": uuid.uuid4().hex,
            "addressee": addressee,
            "subject": subject,
            "body": dict(body),
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "created_at": now,
            "due_at": now,
        }
        with self._scope.writing() as connection:
            connection.execute(sa.insert(deliveries).values(values))
        return str(values["id"])

    def take_announcements(self, limit: int = 100) -> list[Announcement]:
        """Return the oldest announcements, each once: call it on an outbox ``within``."""
        query = sa.select(announcements).order_by(announcements.c.number).limit(limit)
        with self._scope.writing() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            numbers = [row.number for row in rows]
            if numbers:
                gone = sa.delete(announcements).where(announcements.c.number.in_(numbers))
                connection.execute(gone)
        return [Announcement(**row._mapping) for row in rows]  # noqa: SLF001 - the row's columns

    def any_announced(self) -> bool:
        """Return whether ``take_announcements`` would find one."""
        with self._scope.reading() as connection:
            return (
                connection.execute(sa.select(announcements.c.number).limit(1)).first() is not None
            )

    def claim(self, owner: str, *, lease: timedelta, busy: Collection[str] = ()) -> Delivery | None:
        """Take the oldest due delivery for ``owner``, whose addressee is not ``busy``; or None.

        One that another holds is free again when that lease has run out.
        """
        now = self._scope.clock()
        free = deliveries.c.lease_expires_at.is_(None) | (deliveries.c.lease_expires_at < now)
        query = (
            sa.select(deliveries.c.number)
            .where(deliveries.c.due_at <= now, free, deliveries.c.addressee.not_in(list(busy)))
            .order_by(deliveries.c.number)
            .limit(1)
        )
        with self._scope.reading() as connection:
            # Most looks find nothing: they must not wait for SQLite's one writer.
            if connection.scalar(query) is None:
                return None
        with self._scope.writing() as connection:
            number = connection.scalar(query.with_for_update(skip_locked=True))
            if number is None:
                return None
            held = {"owner": owner, "lease_expires_at": now + lease}
            update = sa.update(deliveries).where(deliveries.c.number == number).values(held)
            return _delivery(connection.execute(update.returning(deliveries)).one())

    def delivered(self, delivery: Delivery, *, at: datetime, status: int | None) -> None:
        """Record that an attempt, begun ``at``, succeeded."""
        now = self._scope.clock()
        done = {"state": DeliveryState.DELIVERED, "completed_at": now, "due_at": None}
        with self._scope.writing() as connection:
            _set(connection, delivery, done | {"attempts": delivery.attempts + 1})
            _note(connection, delivery, at=at, now=now, status=status)

    def failed(self, delivery: Delivery, error: DeliveryError, *, at: datetime) -> Delivery:
        """Record that an attempt, begun ``at``, failed, and when the next is due, if any.

        What else the addressee is to be told waits as long: a receiver that is down is asked once.
        """
        now = self._scope.clock()
        attempts = delivery.attempts + 1
        values: dict[str, Any] = {"attempts": attempts}
        if error.final or attempts >= MOST_ATTEMPTS:
            values |= {"state": DeliveryState.DEAD, "completed_at": now, "due_at": None}
        else:
            values["due_at"] = now + wait_after(delivery.id, attempts)
        with self._scope.writing() as connection:
            changed = _set(connection, delivery, values)
            _note(connection, delivery, at=at, now=now, status=error.status, error=str(error))
            if not error.final and changed.due_at is not None:
                _hold_back(connection, changed)
        return changed

    def retry(self, *, delivery_id: str | None = None, addressee: str | None = None) -> int:
        """Make dead deliveries due again, one or all of an addressee's; return how many.

        Raises:
            EntityNotFoundError: There is no such delivery.
            InvalidStateError: It is not dead.
        """
        again = {
            "state": DeliveryState.PENDING,
            "due_at": self._scope.clock(),
            "attempts": 0,
            "completed_at": None,
        }
        update = sa.update(deliveries).where(deliveries.c.state == DeliveryState.DEAD)
        if addressee is not None:
            update = update.where(deliveries.c.addressee == addressee)
        if delivery_id is not None:
            update = update.where(deliveries.c.id == self.get(delivery_id).id)
        with self._scope.writing() as connection:
            count = connection.execute(update.values(again)).rowcount
        if delivery_id is not None and not count:
            raise InvalidStateError(f"Delivery {delivery_id} is not dead, so it needs no retry")
        return count

    def get(self, delivery_id: str) -> Delivery:
        """Return a delivery.

        Raises:
            EntityNotFoundError: There is none of that id.
        """
        query = sa.select(deliveries).where(deliveries.c.id == delivery_id)
        with self._scope.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise EntityNotFoundError("Delivery", delivery_id)
        return _delivery(row)

    def list(
        self,
        *,
        addressee: str | None = None,
        state: DeliveryState | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        """Return the newest deliveries first."""
        query = sa.select(deliveries).order_by(deliveries.c.number.desc()).limit(limit)
        if addressee is not None:
            query = query.where(deliveries.c.addressee == addressee)
        if state is not None:
            query = query.where(deliveries.c.state == state)
        with self._scope.reading() as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def attempts(self, delivery_id: str) -> tuple[Attempt, ...]:
        """Return every attempt at a delivery, the oldest first."""
        table = delivery_attempts
        query = sa.select(table).where(table.c.delivery_id == delivery_id).order_by(table.c.number)
        with self._scope.reading() as connection:
            return tuple(
                Attempt(
                    at=row.at,
                    seconds=row.seconds,
                    succeeded=row.succeeded,
                    status=row.code,
                    error=row.error,
                )
                for row in connection.execute(query)
            )


def wait_after(delivery_id: str, attempts: int) -> timedelta:
    """Return how long the next attempt waits: 5 s after the first, then twice as long each time.

    At most an hour, less up to a quarter by the id: what failed together does not come together.

    >>> wait_after("a", 1) < wait_after("a", 3) <= LONGEST_WAIT
    True
    """
    whole = min(FIRST_WAIT * 2.0 ** min(attempts - 1, 30), LONGEST_WAIT)
    digest = hashlib.sha256(delivery_id.encode()).digest()
    return whole * (1 - int.from_bytes(digest[:4]) / 2**34)


def _set(connection: sa.Connection, delivery: Delivery, values: Mapping[str, Any]) -> Delivery:
    let_go: dict[str, Any] = {"owner": None, "lease_expires_at": None, **values}
    update = sa.update(deliveries).where(deliveries.c.id == delivery.id)
    return _delivery(connection.execute(update.values(let_go).returning(deliveries)).one())


def _hold_back(connection: sa.Connection, failed: Delivery) -> None:
    waiting = (
        sa.update(deliveries)
        .where(deliveries.c.addressee == failed.addressee, deliveries.c.due_at < failed.due_at)
        .where(deliveries.c.lease_expires_at.is_(None))
    )
    connection.execute(waiting.values(due_at=failed.due_at))


def _note(  # noqa: PLR0913 - what is known of an attempt
    connection: sa.Connection,
    delivery: Delivery,
    *,
    at: datetime,
    now: datetime,
    status: int | None,
    error: str | None = None,
) -> None:
    statement = sa.insert(delivery_attempts).values(
        delivery_id=delivery.id,
        at=at,
        seconds=(now - at).total_seconds(),
        succeeded=error is None,
        code=status,
        error=error,
    )
    connection.execute(statement)


def _delivery(row: sa.Row[Any]) -> Delivery:
    members = {name: value for name, value in row._mapping.items() if name in _MEMBERS}  # noqa: SLF001
    return Delivery(**(members | {"state": DeliveryState(row.state)}))


_MEMBERS = frozenset(Delivery.__dataclass_fields__)
