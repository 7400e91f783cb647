"""Triggers: what they are, and which of them fire, given a time or the end of a run. Pure.

A fire has a key that is the same whoever decides it, and however often: the key of the run that
it starts is unique in the database, so that two schedulers start it once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gluepot.catalog.wire import to_wire
from gluepot.jobs.runs.state import Outcome, RunKind, RunState, Target
from gluepot.jobs.triggers.schedule import NeverFiresError, next_fire, parse_schedule, to_serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.runs.state import Run


class TriggerType(StrEnum):
    """What makes a trigger fire."""

    SCHEDULED = "SCHEDULED"
    CONDITIONAL = "CONDITIONAL"
    ON_DEMAND = "ON_DEMAND"
    EVENT = "EVENT"


class TriggerState(StrEnum):
    """Only an ACTIVATED trigger fires by itself; one ON_DEMAND stays CREATED."""

    CREATED = "CREATED"
    ACTIVATED = "ACTIVATED"
    DEACTIVATED = "DEACTIVATED"


class Logical(StrEnum):
    """Whether all conditions must be met, or each one fires alone."""

    AND = "AND"
    ANY = "ANY"


@dataclass(frozen=True, kw_only=True)
class NotificationProperty:
    """After how many minutes a notification says that a run is late."""

    notify_delay_after: int | None = None


@dataclass(frozen=True, kw_only=True)
class EventBatchingCondition:
    """How many events, or how many seconds after the first, fire a trigger of type EVENT."""

    batch_size: int
    batch_window: int | None = None


DEFAULT_WINDOW = 900
"""Seconds from the first event to the fire, where the definition says nothing."""

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""In the arguments of a scheduled trigger this stands for the time of the fire, in UTC.

Source: EventBridge Scheduler user guide, "Adding context attributes".
"""


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a fire starts: a job or a crawler, and what overrides the job's own members.

    ``timeout`` is in minutes.
    """

    job_name: str | None = None
    crawler_name: str | None = None
    arguments: Mapping[str, str] | None = None
    timeout: int | None = None
    security_configuration: str | None = None
    notification_property: NotificationProperty | None = None

    @property
    def target(self) -> Target:
        """Return what is started."""
        return _target(self.job_name, self.crawler_name)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The end of a run that is waited for; with both names, the job's counts, as in AWS Glue."""

    logical_operator: str | None = "EQUALS"
    job_name: str | None = None
    state: str | None = None
    crawler_name: str | None = None
    crawl_state: str | None = None

    @property
    def outcome(self) -> Outcome:
        """Return the end that meets the condition. A crawl that is CANCELLED is STOPPED here."""
        target = _target(self.job_name, self.crawler_name)
        state = self.state if target.kind is RunKind.JOB else self.crawl_state
        known = RunState.STOPPED if state == "CANCELLED" else RunState(str(state))
        return Outcome(target=target, state=known)


@dataclass(frozen=True, kw_only=True)
class Predicate:
    """The conditions of a trigger and how they are joined."""

    conditions: tuple[Condition, ...]
    logical: str | None = None


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A trigger's definition in AWS Glue's shape; ``type`` and ``state`` hold Glue's words.

    ``event_queue`` is gluepot's own: the ARN of the queue of SQS whose messages are its events.
    """

    name: str
    type: str
    actions: tuple[Action, ...]
    state: str = TriggerState.CREATED
    schedule: str | None = None
    predicate: Predicate | None = None
    description: str | None = None
    workflow_name: str | None = None
    event_batching_condition: EventBatchingCondition | None = None
    event_queue: str | None = None

    @property
    def batch_size(self) -> int:
        """Return how many events fire it at once."""
        batching = self.event_batching_condition
        return batching.batch_size if batching else 1

    @property
    def batch_window(self) -> timedelta:
        """Return how long after the first event it fires with fewer."""
        batching = self.event_batching_condition
        seconds = batching.batch_window if batching else None
        return timedelta(seconds=DEFAULT_WINDOW if seconds is None else seconds)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return the conditions, which only a conditional trigger has."""
        return self.predicate.conditions if self.predicate else ()


def glue_document(trigger: Trigger) -> dict[str, Any]:
    """Return a trigger as AWS Glue shows it, without what is gluepot's own."""
    return to_wire(replace(trigger, event_queue=None))


@dataclass(frozen=True, kw_only=True)
class EventBatch:
    """The events of one fire, the oldest first.

    Attributes:
        batch_id: No other batch of any trigger has it.
        ids: The ids that their senders gave them.
        full: Whether there were as many as fire at once; else the window had run out.
    """

    batch_id: str
    ids: tuple[str, ...]
    full: bool


@dataclass(frozen=True, kw_only=True)
class Fire:
    """One firing of a trigger: every action becomes a run of the chain.

    ``due`` is when the clock called for it, and ``events`` are those that did.
    """

    trigger: Trigger
    key: str
    chain_id: str
    due: datetime | None = None
    events: EventBatch | None = None

    def arguments(self, action: Action) -> dict[str, str]:
        """Return what an action gives its job, the time of the fire put in."""
        given = dict(action.arguments or {})
        if self.due is None:
            return given
        time = f"{self.due.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return {key: value.replace(SCHEDULED_TIME, time) for key, value in given.items()}

    def run_key(self, action_number: int) -> str:
        """Return the unique key of the run that an action starts."""
        return f"{self.key}#{action_number}"


def scheduled_fire(trigger: Trigger, due: datetime) -> Fire:
    """Return the fire of a scheduled trigger that was due at ``due``; it begins a chain."""
    key = f"{trigger.name}@{due.isoformat()}"
    return Fire(trigger=trigger, key=key, chain_id=key, due=due)


def event_fire(trigger: Trigger, batch: EventBatch) -> Fire:
    """Return the fire of a batch of events; it begins a chain."""
    key = f"{trigger.name}*{batch.batch_id}"
    return Fire(trigger=trigger, key=key, chain_id=key, events=batch)


def started_fire(trigger: Trigger, start_id: str) -> Fire:
    """Return the fire that somebody asks for; each ``start_id`` begins a chain of its own."""
    key = f"{trigger.name}!{start_id}"
    return Fire(trigger=trigger, key=key, chain_id=key)


def fires_due(trigger: Trigger, due: datetime, now: datetime) -> tuple[Fire, ...]:
    """Return the fires of a scheduled trigger whose next one was at ``due``, the oldest first.

    Which of those that were missed since are among them is up to its schedule's policy.
    """
    if trigger.schedule is None:
        return ()
    times = to_serve(parse_schedule(trigger.schedule), due, now)
    return tuple(scheduled_fire(trigger, time) for time in times)


def fire_after(trigger: Trigger, due: datetime | None, now: datetime) -> datetime | None:
    """Return when an activated scheduled trigger fires next after ``now``, or None for never.

    ``due`` is the fire that was just served, None when there was none; ``fires_due`` tells of
    those between the two.
    """
    if trigger.type != TriggerType.SCHEDULED or trigger.schedule is None:
        return None
    try:
        return next_fire(parse_schedule(trigger.schedule), now, anchor=due)
    except NeverFiresError:
        return None


def conditional_fires(
    trigger: Trigger, ended: Run, outcomes: Mapping[Outcome, int]
) -> tuple[Fire, ...]:
    """Return the fires of a conditional trigger that the end of a run calls for, newest first.

    Args:
        trigger: Its state is not looked at.
        ended: The run that has ended, started by a trigger itself.
        outcomes: How often each end of a run was seen in the chain of ``ended``, itself included.

    A single condition, or ANY, fires on each end that meets it. AND fires for the n-th time when
    each condition has been met n times in the chain; all n fires are returned, since each has its
    key, and only those not yet recorded start anything.

    Source: Glue developer guide, "Trigger object", conditional triggers.
    """
    wanted = {condition.outcome for condition in trigger.conditions}
    if ended.trigger_name is None or ended.retried or ended.outcome not in wanted:
        return ()
    if trigger.predicate is None or trigger.predicate.logical != Logical.AND:
        return (_follow(trigger, ended, f"after:{ended.id}"),)
    times = min(outcomes.get(outcome, 0) for outcome in wanted)
    # Of one length, so that no two names and chains can be read out of one key.
    chain = sha256(ended.chain_id.encode()).hexdigest()
    return tuple(_follow(trigger, ended, f"all:{chain}:{number}") for number in range(times, 0, -1))


def _follow(trigger: Trigger, ended: Run, what: str) -> Fire:
    return Fire(trigger=trigger, key=f"{trigger.name}:{what}", chain_id=ended.chain_id)


def _target(job_name: str | None, crawler_name: str | None) -> Target:
    if job_name:
        return Target(kind=RunKind.JOB, name=job_name)
    return Target(kind=RunKind.CRAWL, name=crawler_name or "")
