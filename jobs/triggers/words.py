"""What a trigger waits for and what it starts, in a few words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.triggers.model import Logical, TriggerType

if TYPE_CHECKING:
    from gluepot.jobs.triggers.model import Trigger


def when_it_fires(trigger: Trigger) -> str:
    """Return the schedule, or what else makes a trigger fire.

    Example: ``after job a SUCCEEDED and crawl b SUCCEEDED``.
    """
    if trigger.predicate is None:
        by_events = "by events" if trigger.type == TriggerType.EVENT else "by hand"
        return trigger.schedule or by_events
    word = " or " if trigger.predicate.logical == Logical.ANY else " and "
    outcomes = (condition.outcome for condition in trigger.conditions)
    return "after " + word.join(f"{o.target.kind} {o.target.name} {o.state}" for o in outcomes)


def what_it_starts(trigger: Trigger) -> str:
    """Return the jobs and crawlers that a trigger starts: ``job a, crawl b``."""
    return ", ".join(f"{a.target.kind} {a.target.name}" for a in trigger.actions)
