"""Carries a state machine on, as far as it goes: a pure function of what is known.

What it returns is data: how far the execution is now, what is to be started and stopped, and what
happened. Working it out again from the same data gives the same, so that a process killed in
between loses nothing and starts nothing twice.

Source: states-language.net, whose rules each part names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gluepot.jobs.workflows.faults import RUNTIME, TIMEOUT, StateFault
from gluepot.jobs.workflows.functions import Chance
from gluepot.jobs.workflows.moves import Mover
from gluepot.jobs.workflows.state import Branch, Execution, Phase, Status
from gluepot.jobs.workflows.steps import Event, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gluepot.jobs.workflows.paths import Json
    from gluepot.jobs.workflows.steps import Machine, Report

MAX_EVENTS = 25_000
"""Events of one execution. Source: Step Functions developer guide, "Quotas"."""

MAX_MOVES = 200
"""States that one step passes through, so that an endless loop holds up nobody else."""


def begin(machine: Machine, given: Json, now: datetime) -> Execution:
    """Return an execution that is about to carry out its first state."""
    root = Branch(state=machine.document["StartAt"], input=given, entered_at=now)
    return Execution(root=root, given=given, started_at=now)


def step(
    machine: Machine,
    execution: Execution,
    execution_id: str,
    reports: Mapping[str, Report],
    now: datetime,
) -> Step:
    """Carry an execution on from what is known at ``now``; one that has ended stays as it is.

    ``reports`` are those of the tasks under way, by token.
    """
    if execution.status is not Status.RUNNING:
        return Step(execution=execution, starts=(), stops=(), events=(), due=None)
    mover = Mover(
        machine=machine,
        execution=execution,
        execution_id=execution_id,
        chance=Chance(execution_id, execution.drawn),
        reports=reports,
        now=now,
        budget=MAX_MOVES,
    )
    root = mover.advance(execution.root, machine.document["States"], "")
    ends_at = _ends_at(machine, execution)
    late = not root.ended and ends_at is not None and now >= ends_at
    if late:
        cause = f"The state machine ran for longer than {machine.document['TimeoutSeconds']} s"
        root = mover.give_up(root, StateFault(TIMEOUT, cause))
    if not root.ended and execution.events + len(mover.events) > MAX_EVENTS:
        cause = f"The execution reached the maximum number of history events ({MAX_EVENTS})"
        root = mover.give_up(root, StateFault(RUNTIME, cause))
    return _step(mover, execution, root, ends_at, late=late)


def abort(execution: Execution) -> Step:
    """Return the step that ends an execution because somebody stops it."""
    stops = tuple(task.token for task in execution.root.tasks())
    event = Event(type="ExecutionAborted")
    ended = replace(execution, status=Status.ABORTED, events=execution.events + 1)
    return Step(execution=ended, starts=(), stops=stops, events=(event,), due=None)


def crash(execution: Execution, cause: str) -> Step:
    """Return the step that ends an execution because it could not be worked out."""
    stops = tuple(task.token for task in execution.root.tasks())
    root = replace(execution.root, phase=Phase.FAILED, error=RUNTIME, cause=cause)
    event = Event(type="ExecutionFailed", detail={"error": RUNTIME, "cause": cause})
    ended = replace(execution, root=root, status=Status.FAILED, events=execution.events + 1)
    return Step(execution=ended, starts=(), stops=stops, events=(event,), due=None)


def _step(
    mover: Mover, execution: Execution, root: Branch, ends_at: datetime | None, *, late: bool
) -> Step:
    status = Status.RUNNING
    if root.phase is Phase.DONE:
        status = Status.SUCCEEDED
        mover.note("ExecutionSucceeded", output=root.output)
    elif root.phase is Phase.FAILED:
        status = Status.TIMED_OUT if late else Status.FAILED
        name = "ExecutionTimedOut" if late else "ExecutionFailed"
        mover.note(name, error=root.error, cause=root.cause)
    after = replace(
        execution,
        root=root,
        begun=mover.begun,
        drawn=mover.chance.drawn,
        events=execution.events + len(mover.events),
        status=status,
    )
    return Step(
        execution=after,
        starts=tuple(mover.starts),
        stops=tuple(mover.stops),
        events=tuple(mover.events),
        due=None if root.ended else _due(mover, root, ends_at),
    )


def _due(mover: Mover, root: Branch, ends_at: datetime | None) -> datetime | None:
    if mover.budget <= 0:
        return mover.now
    times = [*root.times(), *filter(None, (ends_at,))]
    return min(times, default=None)


def _ends_at(machine: Machine, execution: Execution) -> datetime | None:
    seconds = machine.document.get("TimeoutSeconds")
    return None if seconds is None else execution.started_at + timedelta(seconds=seconds)
