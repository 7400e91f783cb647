"""Rows of runs: read, changed with what that means for others, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.jobs.runs.advice import advice_for
from gluepot.jobs.runs.state import Run, RunError, RunKind, RunState, retry_run_id
from gluepot.jobs.runs.tables import lock_name, run_events, runs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

DELAYED = "DELAYED"
"""The event of a run that has been in its state for longer than somebody wanted to hear of."""


@dataclass(frozen=True, kw_only=True)
class RunEvent:
    """Something that happened to a run.

    Attributes:
        number: Grows with each event.
        run_id: The run.
        kind: What was run.
        name: Of the job, crawler or transform.
        event: A state that it came into, or ``DELAYED``.
        detail: Of DELAYED, the ``state`` and the ``minutes`` it has lasted; of a final state, the
            ``message`` of its error.
        at: When, aware, in UTC.
    """

    number: int
    run_id: str
    kind: RunKind
    name: str
    event: str
    detail: Mapping[str, Any] | None
    at: datetime


def run_of_row(row: sa.Row[Any]) -> Run:
    """Return a row of ``runs`` as a run."""
    members = {name: value for name, value in row._mapping.items() if name in _MEMBERS}  # noqa: SLF001
    error = members.pop("error")
    read = {
        "kind": RunKind(row.kind),
        "state": RunState(row.state),
        "settings": row.settings or {},
    }
    return Run(
        **(members | read),
        error=None if error is None else RunError(**error),
    )


def event_of_row(row: sa.Row[Any]) -> RunEvent:
    """Return a row of ``run_events`` as an event."""
    members = {name: value for name, value in row._mapping.items() if name != "pending"}  # noqa: SLF001
    return RunEvent(**(members | {"kind": RunKind(row.kind)}))


def locked_row(connection: sa.Connection, run_id: str) -> sa.Row[Any]:
    """Return a run's row, which nobody else changes until the transaction ends.

    Raises:
        EntityNotFoundError: There is no such run.
    """
    query = sa.select(runs).where(runs.c.id == run_id).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise EntityNotFoundError("Run", run_id)
    return row


def update_row(connection: sa.Connection, number: int, values: Mapping[str, Any]) -> Run:
    """Change a run and return it."""
    statement = sa.update(runs).where(runs.c.number == number).values(values).returning(runs)
    return run_of_row(connection.execute(statement).one())


def enter_state(
    connection: sa.Connection, number: int, values: Mapping[str, Any], now: datetime
) -> Run:
    """Change a run that comes into another state, note that, and return it."""
    run = update_row(connection, number, values)
    note_state(connection, number, run, now)
    return run


def note_state(connection: sa.Connection, number: int, run: Run, now: datetime) -> None:
    """Record that a run came into its state, and when that will have lasted too long."""
    detail = {"message": run.error.message} if run.error is not None else None
    add_event(connection, run, run.state, detail, now)
    minutes = (run.settings.get("NotificationProperty") or {}).get("NotifyDelayAfter")
    if minutes is not None:
        # Source: Glue's events, "Glue Job Run Status": once for each of these states.
        due = None if not run.state.leased else now + timedelta(minutes=minutes)
        connection.execute(sa.update(runs).where(runs.c.number == number).values(delay_at=due))


def add_event(
    connection: sa.Connection,
    run: Run,
    event: str,
    detail: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Record that something happened to a run."""
    connection.execute(sa.insert(run_events).values(event_values(run, event, detail, now)))


def event_values(
    run: Run, event: str, detail: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any]:
    """Return the row of something that happened to a run."""
    return {
        "run_id": run.id,
        "kind": run.kind,
        "name": run.name,
        "event": event,
        "detail": detail,
        "at": now,
        "pending": True,
    }


def count_under_way(connection: sa.Connection, kind: str, name: str) -> int:
    """Return how many runs of a name have not ended and are not held back.

    No other transaction counts the same name until this one ends.
    """
    lock_name(connection, f"{kind}:{name}")
    query = sa.select(sa.func.count()).where(
        runs.c.kind == kind,
        runs.c.name == name,
        runs.c.completed_at.is_(None),
        runs.c.held_below.is_(None),
    )
    return connection.scalar(query) or 0


def let_next_start(connection: sa.Connection, kind: str, name: str) -> None:
    """Release the oldest run of a name that is held back, if there is room for it now."""
    held = (
        sa.select(runs.c.number, runs.c.held_below)
        .where(runs.c.kind == kind, runs.c.name == name, runs.c.held_below.is_not(None))
        .where(runs.c.completed_at.is_(None))
        .order_by(runs.c.number)
        .limit(1)
    )
    if connection.execute(held).first() is None:
        return
    under_way = count_under_way(connection, kind, name)
    # Asked again under the lock: another end may have released the one that was seen.
    row = connection.execute(held).first()
    if row is not None and under_way < row.held_below:
        release = sa.update(runs).where(runs.c.number == row.number).values(held_below=None)
        connection.execute(release)


def retry_values(run: Run, not_before: datetime | None) -> dict[str, Any]:
    """Return the members of the attempt after ``run``."""
    return {
        "id": retry_run_id(run),
        "kind": run.kind,
        "name": run.name,
        "attempt": run.attempt + 1,
        "max_retries": run.max_retries,
        "arguments": dict(run.arguments),
        "trigger_name": run.trigger_name,
        "chain_id": run.chain_id,
        "previous_run_id": run.id,
        "settings": dict(run.settings) or None,
        "not_before": not_before,
    }


def with_advice(error: RunError) -> RunError:
    """Return an error with what helps against it, where its cause is a known one."""
    if error.advice is not None:
        return error
    return replace(error, advice=advice_for(error.message))


def units_used(row: sa.Row[Any], now: datetime) -> dict[str, float]:
    """Return the ``dpu_seconds`` of a run that ends now, as AWS Glue would count them.

    Nothing where the run has not begun, or no capacity is on record.
    """
    units = (row.settings or {}).get("MaxCapacity")
    if row.started_at is None or units is None:
        return {}
    return {"dpu_seconds": round(units * (now - row.started_at).total_seconds(), 3)}


def worker_died(row: sa.Row[Any]) -> RunError:
    """Return the error of a run whose lease has run out."""
    return RunError(
        message=f"The worker {row.owner} died or lost the database: it did not renew its lease,"
        f" which ran out at {row.lease_expires_at.isoformat(timespec='seconds')}"
    )


_MEMBERS = frozenset(Run.__dataclass_fields__)
