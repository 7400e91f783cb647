"""What is scheduled: triggers and workflows, and by plain arithmetic when they are due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gluepot.jobs.triggers.model import Action, Condition, Predicate, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONES = ("", " Europe/Berlin", " America/New_York", " Asia/Tokyo")
"""Whole hours from UTC: what fires every hour fires at the same minutes in all of them."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Clocked:
    """A scheduled trigger: due first at ``first``, and then every ``period``."""

    trigger: Trigger
    first: datetime
    period: timedelta

    def dues(self, end: datetime) -> Iterator[datetime]:
        """Yield when it is due before ``end``."""
        due = self.first
        while due < end:
            yield due
            due += self.period


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All triggers; ``workflows`` are the names of those that some of them make."""

    clocked: tuple[Clocked, ...]
    conditional: tuple[Trigger, ...]
    workflows: tuple[str, ...]

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """Return all of them."""
        return (*(item.trigger for item in self.clocked), *self.conditional)


def make_plan(*, triggers: int, workflows: int, origin: datetime) -> Plan:
    """Return a plan of so many triggers, three of them to a workflow.

    Of the others two in five wait for what a scheduled one starts, and the rest are scheduled:
    four in five by cron, each at a minute of its own, one by a rate of an hour and some minutes.
    """
    alone = triggers - 3 * workflows
    waiting = alone * 2 // 5
    flows = tuple(f"flow{number}" for number in range(workflows))
    clocked = [_clocked(number, origin) for number in range(alone - waiting)]
    clocked += [_flow_start(name, number, origin) for number, name in enumerate(flows)]
    conditional = [_follower(number) for number in range(waiting)]
    for name in flows:
        conditional += _flow_rest(name)
    return Plan(clocked=tuple(clocked), conditional=tuple(conditional), workflows=flows)


def _clocked(number: int, origin: datetime) -> Clocked:
    action = Action(job_name=f"job{number}") if number % 2 else Action(crawler_name=f"raw{number}")
    if number % 5:
        return _hourly(f"every{number}", number % 60, ZONES[number % len(ZONES)], (action,), origin)
    period = _HOUR + timedelta(minutes=number % 30)
    trigger = Trigger(
        name=f"every{number}",
        type="SCHEDULED",
        state="ACTIVATED",
        schedule=f"rate({period // timedelta(minutes=1)} minutes) missed=all",
        actions=(action,),
    )
    return Clocked(trigger=trigger, first=origin + period, period=period)


def _hourly(
    name: str, minute: int, zone: str, actions: tuple[Action, ...], origin: datetime
) -> Clocked:
    trigger = Trigger(
        name=name,
        type="SCHEDULED",
        state="ACTIVATED",
        schedule=f"cron({minute} * * * ? *){zone} missed=all",
        actions=actions,
    )
    hour = origin.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first = hour + timedelta(minutes=minute)
    return Clocked(trigger=trigger, first=first if first > origin else first + _HOUR, period=_HOUR)


def _follower(number: int) -> Trigger:
    job = Condition(job_name=f"job{number}", state="SUCCEEDED")
    crawl = Condition(crawler_name=f"raw{number}", crawl_state="SUCCEEDED")
    return Trigger(
        name=f"after{number}",
        type="CONDITIONAL",
        state="ACTIVATED",
        predicate=Predicate(conditions=(job if number % 2 else crawl,)),
        actions=(Action(job_name=f"then{number}"),),
    )


def _flow_start(name: str, number: int, origin: datetime) -> Clocked:
    found = _hourly(f"{name} begin", number, "", (Action(crawler_name=f"{name} raw"),), origin)
    return replace(found, trigger=replace(found.trigger, workflow_name=name))


def _flow_rest(name: str) -> tuple[Trigger, Trigger]:
    raw = Condition(crawler_name=f"{name} raw", crawl_state="SUCCEEDED")
    halves = tuple(
        Condition(job_name=f"{name} {half}", state="SUCCEEDED") for half in ("left", "right")
    )
    split = Trigger(
        name=f"{name} split",
        type="CONDITIONAL",
        state="ACTIVATED",
        workflow_name=name,
        predicate=Predicate(conditions=(raw,)),
        actions=tuple(Action(job_name=half.job_name) for half in halves),
    )
    join = Trigger(
        name=f"{name} join",
        type="CONDITIONAL",
        state="ACTIVATED",
        workflow_name=name,
        predicate=Predicate(conditions=halves, logical="AND"),
        actions=(Action(job_name=f"{name} report"),),
    )
    return split, join
