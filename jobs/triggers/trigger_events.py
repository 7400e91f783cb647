"""The events of triggers of type EVENT in the database, within a transaction of the caller's.

Whoever calls holds the lock of the trigger's row, so that the events of one trigger are recorded
and fired one after another.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.insert import insert_into
from gluepot.jobs.runs.tables import trigger_events
from gluepot.jobs.triggers.model import EventBatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gluepot.jobs.triggers.events import Event
    from gluepot.jobs.triggers.model import Trigger

KEPT = timedelta(days=14)
"""How long an event is known after it came, so that it is not taken for a new one.

No message stays longer in a queue of SQS.
"""

_columns = trigger_events.c


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """An event as it is recorded; ``fire_key`` is None while it waits for a fire."""

    id: str
    received_at: datetime
    body: Mapping[str, Any]
    fire_key: str | None


def record_events(
    connection: sa.Connection, name: str, events: Iterable[Event], now: datetime
) -> int:
    """Record the events of a trigger that are new, and return how many those are."""
    rows = [
        {"trigger_name": name, "event_id": event.id, "received_at": now, "body": dict(event.body)}
        for event in events
    ]
    insert = insert_into(connection, trigger_events).on_conflict_do_nothing(
        index_elements=["trigger_name", "event_id"]
    )
    # One by one: their numbers are the order in which they came.
    inserts = (insert.values(row).returning(_columns.number) for row in rows)
    return sum(connection.execute(one).first() is not None for one in inserts)


def batch_due_at(connection: sa.Connection, trigger: Trigger) -> datetime | None:
    """Return when the events that wait fire: at once when enough do; None when none does."""
    waiting = _waiting(connection, trigger)
    if not waiting:
        return None
    times: list[datetime] = [row.received_at for row in waiting]
    return times[-1] if len(times) == trigger.batch_size else times[0] + trigger.batch_window


def take_batch(connection: sa.Connection, trigger: Trigger, now: datetime) -> EventBatch | None:
    """Return the events that fire now, and see that they fire once; None when none does yet."""
    waiting = _waiting(connection, trigger)
    full = len(waiting) == trigger.batch_size
    if not waiting or not (full or waiting[0].received_at + trigger.batch_window <= now):
        return None
    batch_id = uuid.uuid4().hex
    update = sa.update(trigger_events).where(_columns.number.in_([row.number for row in waiting]))
    connection.execute(update.values(fire_key=f"{trigger.name}*{batch_id}"))
    old = sa.delete(trigger_events).where(
        _columns.trigger_name == trigger.name,
        _columns.received_at < now - KEPT,
        _columns.fire_key.is_not(None),
    )
    connection.execute(old)
    return EventBatch(batch_id=batch_id, ids=tuple(row.event_id for row in waiting), full=full)


def newest_events(connection: sa.Connection, name: str, limit: int) -> list[RecordedEvent]:
    """Return the events of a trigger, the newest first."""
    query = sa.select(trigger_events).where(_columns.trigger_name == name)
    newest = query.order_by(_columns.received_at.desc(), _columns.number.desc()).limit(limit)
    return [
        RecordedEvent(
            id=row.event_id, received_at=row.received_at, body=row.body, fire_key=row.fire_key
        )
        for row in connection.execute(newest)
    ]


def _waiting(connection: sa.Connection, trigger: Trigger) -> list[sa.Row[Any]]:
    """Return the events that wait, the oldest first, no more than one batch has."""
    query = (
        sa.select(_columns.number, _columns.event_id, _columns.received_at)
        .where(_columns.trigger_name == trigger.name, _columns.fire_key.is_(None))
        .order_by(_columns.number)
        .limit(trigger.batch_size)
    )
    return list(connection.execute(query))
