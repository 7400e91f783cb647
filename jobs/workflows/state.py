"""How far an execution of a state machine is: plain data that goes to JSON and back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.jobs.workflows.paths import Json


class Phase(StrEnum):
    """What a branch is doing."""

    READY = "READY"
    """It is about to carry out its state."""
    WAITING = "WAITING"
    """It does so, or goes on, when a time has come."""
    WORKING = "WORKING"
    """A task is under way."""
    BRANCHED = "BRANCHED"
    """Its own branches, of a Parallel or Map state, are under way."""
    DONE = "DONE"
    FAILED = "FAILED"


class Status(StrEnum):
    """Where an execution stands. Source: Step Functions API reference, DescribeExecution."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


@dataclass(frozen=True, kw_only=True)
class Task:
    """Work that a state waits for.

    Attributes:
        token: Unique within the execution; the work is started under it at most once.
        times_out_at: When the state fails with States.Timeout; None for never.
        heartbeat_at: When the work must show that it is alive; None where nobody asks.
    """

    token: str
    times_out_at: datetime | None
    heartbeat_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One line of an execution: the whole of it, or a branch of a Parallel or Map state.

    Attributes:
        state: The name of the state it is in, or of the last one.
        input: The state's raw input.
        entered_at: When it came into the state.
        phase: What it is doing there.
        retries: How often each retrier of the state was used.
        wake_at: Until when it is WAITING.
        retrying: Whether it waits to carry the state out once more; otherwise, to go on.
        task: What it waits for while WORKING.
        branches: While BRANCHED, those that were begun.
        items: Of a Map state, all the items.
        item: In an iteration of a Map state, the item's ``Index`` and ``Value``.
        output: What came out, once it is DONE.
        error: Why it FAILED; ``cause`` says more.
        cause: A sentence, or JSON as text.
    """

    state: str
    input: Json
    entered_at: datetime
    phase: Phase = Phase.READY
    retries: tuple[int, ...] = ()
    wake_at: datetime | None = None
    retrying: bool = False
    task: Task | None = None
    branches: tuple[Branch, ...] = ()
    items: tuple[Json, ...] = ()
    item: Mapping[str, Json] | None = None
    output: Json = None
    error: str | None = None
    cause: str | None = None

    @property
    def ended(self) -> bool:
        """Return whether nothing follows in it."""
        return self.phase in {Phase.DONE, Phase.FAILED}

    def tasks(self) -> Iterator[Task]:
        """Yield the tasks under way in it and its branches."""
        if self.task is not None:
            yield self.task
        for branch in self.branches:
            yield from branch.tasks()

    def times(self) -> Iterator[datetime]:
        """Yield the times at which something is to be done in it."""
        if self.wake_at is not None:
            yield self.wake_at
        if self.task is not None:
            yield from filter(None, (self.task.times_out_at, self.task.heartbeat_at))
        for branch in self.branches:
            yield from branch.times()


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How far an execution is.

    Attributes:
        root: Where it stands.
        given: Its input.
        started_at: When it began.
        begun: Tasks begun so far; the next one's token is one higher.
        drawn: Random values drawn so far.
        events: Events recorded so far.
        status: RUNNING until ``root`` has ended, the machine's time is up, or somebody stops it.
    """

    root: Branch
    given: Json
    started_at: datetime
    begun: int = 0
    drawn: int = 0
    events: int = 0
    status: Status = Status.RUNNING


def to_json(value: object) -> Any:  # noqa: ANN401
    """Return an execution, or a part of one, as JSON; members at their defaults are left out."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Branch | Execution | Task):
        return {
            item.name: _member(item.name, found)
            for item in fields(value)
            if (found := getattr(value, item.name)) != item.default
        }
    return value


def _member(name: str, value: Any) -> Any:  # noqa: ANN401
    if name in {"input", "given", "output", "items", "item", "retries"}:
        return list(value) if isinstance(value, tuple) else value
    return [to_json(item) for item in value] if name == "branches" else to_json(value)


def execution_from_json(value: Mapping[str, Any]) -> Execution:
    """Return the execution that ``to_json`` wrote."""
    return Execution(
        **{
            "given": None,
            **value,
            "root": _branch(value["root"]),
            "started_at": datetime.fromisoformat(value["started_at"]),
            "status": Status(value.get("status", Status.RUNNING)),
        }
    )


def _branch(value: Mapping[str, Any]) -> Branch:
    task = value.get("task")
    # A falsy input or output is data; only what was left out is a default.
    return Branch(
        **{
            "input": None,
            **value,
            "entered_at": datetime.fromisoformat(value["entered_at"]),
            "phase": Phase(value.get("phase", Phase.READY)),
            "retries": tuple(value.get("retries", ())),
            "wake_at": _time(value.get("wake_at")),
            "task": None if task is None else _task(task),
            "branches": tuple(_branch(item) for item in value.get("branches", ())),
            "items": tuple(value.get("items", ())),
        }
    )


def _task(value: Mapping[str, Any]) -> Task:
    return Task(
        token=value["token"],
        times_out_at=_time(value.get("times_out_at")),
        heartbeat_at=_time(value.get("heartbeat_at")),
    )


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
