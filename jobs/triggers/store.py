"""Triggers in the catalog database: definitions, states, events, and when each fires next."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import (
    AlreadyExistsError,
    EntityNotFoundError,
    InvalidInputError,
    InvalidStateError,
)
from gluepot.catalog.insert import insert_into
from gluepot.catalog.scope import ScopedStore
from gluepot.catalog.wire import from_wire, to_wire
from gluepot.jobs.runs.tables import lock_name, trigger_conditions, triggers
from gluepot.jobs.triggers.checks import check_trigger
from gluepot.jobs.triggers.model import (
    Trigger,
    TriggerState,
    TriggerType,
    event_fire,
    fire_after,
    fires_due,
)
from gluepot.jobs.triggers.schedule import next_fire, parse_schedule
from gluepot.jobs.triggers.trigger_events import (
    batch_due_at,
    newest_events,
    record_events,
    take_batch,
)
from gluepot.jobs.triggers.workflow_paths import refuse_cycle, refuse_second_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from gluepot.jobs.runs.state import Target
    from gluepot.jobs.triggers.events import Event
    from gluepot.jobs.triggers.model import Fire
    from gluepot.jobs.triggers.trigger_events import RecordedEvent


@dataclass(frozen=True, kw_only=True)
class Due:
    """A trigger, the time at which it was to fire, and the fires that serve that, oldest first."""

    trigger: Trigger
    due: datetime
    fires: tuple[Fire, ...]


class TriggerStore(ScopedStore):
    """Triggers in the database of ``engine``; names are case-sensitive, as in AWS Glue."""

    def create(self, trigger: Trigger) -> Trigger:
        """Record a new trigger; with state ACTIVATED (StartOnCreation) it fires from now on.

        Raises:
            InvalidInputError: The definition is not right, its workflow goes round in a cycle, or
                has another trigger that starts it.
            NeverFiresError: Its schedule matches no time to come.
            AlreadyExistsError: The name is taken.
        """
        self._check(trigger)
        with self._scope.writing() as connection:
            self._check_workflow(connection, trigger)
            values = self._values(connection, trigger)
            statement = insert_into(connection, triggers).values(values)
            unless_taken = statement.on_conflict_do_nothing(index_elements=["name"])
            if connection.execute(unless_taken.returning(triggers.c.name)).first() is None:
                raise AlreadyExistsError("Trigger", trigger.name)
            _watch(connection, trigger)
        return trigger

    def update(self, trigger: Trigger) -> Trigger:
        """Replace a definition; the state stays, and a new schedule counts from now.

        Raises:
            EntityNotFoundError: There is no such trigger.
            InvalidInputError: The definition is not right, is of another type, or makes its
                workflow go round in a cycle or have a second start.
        """
        with self._scope.writing() as connection:
            row = _existing(connection, trigger.name, lock=True)
            old = _trigger(row)
            if trigger.type != old.type:
                raise InvalidInputError(
                    f"Trigger {trigger.name!r} is of type {old.type} and cannot become"
                    f" {trigger.type}; delete it and create it anew"
                )
            new = dataclasses.replace(trigger, state=old.state)
            self._check(new)
            self._check_workflow(connection, new)
            values = self._values(connection, new)
            if new.schedule is not None and new.schedule == old.schedule:
                # A fire that is due but not yet served must not be lost by an edit elsewhere.
                values["next_fire_at"] = row.next_fire_at
            connection.execute(_set(new.name, values))
            connection.execute(
                sa.delete(trigger_conditions).where(trigger_conditions.c.trigger_name == new.name)
            )
            _watch(connection, new)
        return new

    def get(self, name: str) -> Trigger:
        """Return a trigger.

        Raises:
            EntityNotFoundError: There is no such trigger.
        """
        with self._scope.reading() as connection:
            return _trigger(_existing(connection, name))

    def has(self, name: str) -> bool:
        """Return whether there is a trigger of a name."""
        with self._scope.reading() as connection:
            query = sa.select(triggers.c.name).where(triggers.c.name == name)
            return connection.scalar(query) is not None

    def page(self, after: str | None, limit: int) -> list[Trigger]:
        """Return at most ``limit`` triggers by name, those after the name ``after``."""
        query = sa.select(triggers).order_by(triggers.c.name).limit(limit)
        if after is not None:
            query = query.where(triggers.c.name > after)
        with self._scope.reading() as connection:
            return [_trigger(row) for row in connection.execute(query)]

    def list(self) -> Iterator[tuple[Trigger, datetime | None]]:
        """Yield every trigger by name, with the time of its next fire."""
        with self._scope.reading() as connection:
            rows = connection.execute(sa.select(triggers).order_by(triggers.c.name)).all()
        for row in rows:
            yield _trigger(row), row.next_fire_at

    def next_fire_at(self, name: str) -> datetime | None:
        """Return when a trigger fires next; None for one that does not fire by the clock."""
        with self._scope.reading() as connection:
            found: datetime | None = _existing(connection, name).next_fire_at
        return found

    def next_fires(self, names: Iterable[str]) -> dict[str, datetime | None]:
        """Return the same of many; a name that no trigger has is not in it."""
        query = sa.select(triggers.c.name, triggers.c.next_fire_at)
        with self._scope.reading() as connection:
            rows = connection.execute(query.where(triggers.c.name.in_(list(names))))
            return {row.name: row.next_fire_at for row in rows}

    def delete(self, name: str) -> None:
        """Forget a trigger; one that is not there is no error, as in AWS Glue."""
        with self._scope.writing() as connection:
            connection.execute(sa.delete(triggers).where(triggers.c.name == name))

    def activate(self, name: str) -> Trigger:
        """Let a trigger fire by itself, from now on.

        Raises:
            EntityNotFoundError: There is no such trigger.
            InvalidInputError: It is ON_DEMAND, which only somebody starts.
            NeverFiresError: Its schedule matches no time to come.
        """
        return self._move(name, TriggerState.ACTIVATED)

    def deactivate(self, name: str) -> Trigger:
        """Let a trigger fire no more; fires until its next activation are not made up for.

        Raises:
            EntityNotFoundError: There is no such trigger.
        """
        return self._move(name, TriggerState.DEACTIVATED)

    def receive(self, name: str, events: Iterable[Event]) -> int:
        """Record the events of a trigger, and return how many of them it did not have yet.

        Once this has returned they are not lost: they fire it, whatever dies.

        Raises:
            EntityNotFoundError: There is no such trigger.
            InvalidStateError: It is not one of type EVENT that is activated.
        """
        with self._scope.writing() as connection:
            trigger = _trigger(_existing(connection, name, lock=True))
            if trigger.type != TriggerType.EVENT or trigger.state != TriggerState.ACTIVATED:
                raise InvalidStateError(
                    f"Trigger {name} is of type {trigger.type} and {trigger.state}; events are for"
                    " triggers of type EVENT that are ACTIVATED"
                )
            new = record_events(connection, name, events, self._scope.clock())
            if new:
                due = batch_due_at(connection, trigger)
                connection.execute(_set(name, {"next_fire_at": due}))
        return new

    def events(self, name: str, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the latest events of a trigger, the newest first.

        Raises:
            EntityNotFoundError: There is no such trigger.
        """
        with self._scope.reading() as connection:
            _existing(connection, name)
            return tuple(newest_events(connection, name, limit))

    def queues(self) -> dict[str, str]:
        """Return the queues of events by the names of the activated triggers they are for."""
        columns = triggers.c
        query = sa.select(columns.name, columns.event_queue).where(
            columns.event_queue.is_not(None), columns.state == TriggerState.ACTIVATED
        )
        with self._scope.reading() as connection:
            return {row.name: row.event_queue for row in connection.execute(query)}

    def of_workflow(self, name: str) -> tuple[Trigger, ...]:
        """Return the triggers of a workflow, by name."""
        query = sa.select(triggers).where(triggers.c.workflow_name == name)
        with self._scope.reading() as connection:
            rows = connection.execute(query.order_by(triggers.c.name))
            return tuple(_trigger(row) for row in rows)

    def take_due(self, now: datetime, *, limit: int) -> tuple[Due, ...]:
        """Return triggers that are due, longest due first, and move each one on.

        The caller records their runs in the same transaction: call it on a store ``within`` one.
        Triggers that another scheduler is just serving are left out.
        """
        query = _due(now).order_by(triggers.c.next_fire_at, triggers.c.name).limit(limit)
        with self._scope.writing() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            taken = [_take(connection, row, now) for row in rows]
            moves = [
                {
                    "moved": due.trigger.name,
                    "following": _following(connection, due.trigger, due.due, now),
                }
                for due in taken
            ]
            if moves:
                connection.execute(_MOVE, moves)
        return tuple(taken)

    def any_due(self, now: datetime) -> bool:
        """Return whether ``take_due`` would find one."""
        with self._scope.reading() as connection:
            return connection.execute(_due(now).limit(1)).first() is not None

    def watching(self, target: Target) -> tuple[Trigger, ...]:
        """Return the activated conditional triggers with a condition on ``target``, by name."""
        conditions = trigger_conditions.c
        query = (
            sa.select(triggers)
            .join(trigger_conditions, conditions.trigger_name == triggers.c.name)
            .where(conditions.kind == target.kind, conditions.name == target.name)
            .where(triggers.c.state == TriggerState.ACTIVATED)
            .order_by(triggers.c.name)
        )
        with self._scope.reading() as connection:
            return tuple(_trigger(row) for row in connection.execute(query))

    def _check(self, trigger: Trigger) -> None:
        check_trigger(trigger)
        if trigger.schedule:
            next_fire(parse_schedule(trigger.schedule), self._scope.clock())

    def _check_workflow(self, connection: sa.Connection, trigger: Trigger) -> None:
        name = trigger.workflow_name
        if name is None:
            return
        lock_name(connection, f"triggers of workflow:{name}")
        found = self.within(connection).of_workflow(name)
        others = [one for one in found if one.name != trigger.name]
        if trigger.type == TriggerType.CONDITIONAL:
            refuse_cycle(name, [*others, trigger])
        else:
            refuse_second_start(trigger, others)

    def _move(self, name: str, state: TriggerState) -> Trigger:
        with self._scope.writing() as connection:
            old = _trigger(_existing(connection, name, lock=True))
            moved = dataclasses.replace(old, state=state)
            if moved != old:
                if state == TriggerState.ACTIVATED:
                    self._check(moved)
                connection.execute(_set(name, self._values(connection, moved)))
        return moved

    def _values(self, connection: sa.Connection, trigger: Trigger) -> dict[str, Any]:
        following = None
        if trigger.state == TriggerState.ACTIVATED:
            following = _following(connection, trigger, None, self._scope.clock())
        return {
            "name": trigger.name,
            "state": trigger.state,
            "definition": to_wire(trigger),
            "next_fire_at": following,
            "workflow_name": trigger.workflow_name,
            "event_queue": trigger.event_queue,
        }


_MOVE = (
    sa.update(triggers)
    .where(triggers.c.name == sa.bindparam("moved"))
    .values(next_fire_at=sa.bindparam("following"))
)


def _take(connection: sa.Connection, row: sa.Row[Any], now: datetime) -> Due:
    trigger, due = _trigger(row), row.next_fire_at
    if trigger.type == TriggerType.EVENT:
        batch = take_batch(connection, trigger, now)
        fires = [] if batch is None else [event_fire(trigger, batch)]
    else:
        fires = [*fires_due(trigger, due, now)]
    return Due(trigger=trigger, due=due, fires=tuple(fires))


def _following(
    connection: sa.Connection, trigger: Trigger, due: datetime | None, now: datetime
) -> datetime | None:
    """Return when an activated trigger fires next, after a fire at ``due`` if there was one."""
    if trigger.type == TriggerType.EVENT:
        return batch_due_at(connection, trigger)
    return fire_after(trigger, due, now)


def _due(now: datetime) -> sa.Select[Any]:
    return sa.select(triggers).where(triggers.c.next_fire_at <= now)


def _set(name: str, values: Mapping[str, Any]) -> sa.Update:
    return sa.update(triggers).where(triggers.c.name == name).values(values)


def _existing(connection: sa.Connection, name: str, *, lock: bool = False) -> sa.Row[Any]:
    query = sa.select(triggers).where(triggers.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise EntityNotFoundError("Trigger", name)
    return row


def _trigger(row: sa.Row[Any]) -> Trigger:
    return from_wire(Trigger, row.definition)


def _watch(connection: sa.Connection, trigger: Trigger) -> None:
    targets = {condition.outcome.target for condition in trigger.conditions}
    rows = [
        {"trigger_name": trigger.name, "kind": target.kind, "name": target.name}
        for target in targets
    ]
    if rows:
        connection.execute(sa.insert(trigger_conditions), rows)
