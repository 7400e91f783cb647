"""The ways through a workflow's triggers: what follows what, and whether it comes back. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.triggers.model import TriggerType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gluepot.jobs.runs.state import Target
    from gluepot.jobs.triggers.model import Trigger

NODE_TYPES = {RunKind.JOB: "JOB", RunKind.CRAWL: "CRAWLER"}
"""The types of nodes in AWS Glue's graph."""


def unique_id(kind: str, name: str) -> str:
    """Return the id of a node of a type and name, the same in every run."""
    return f"wnode_{hashlib.sha256(f'{kind} {name}'.encode()).hexdigest()}"


def node_id(target: Target) -> str:
    """Return the id of the node of a job or crawler."""
    return unique_id(NODE_TYPES[target.kind], target.name)


def followers(triggers: Iterable[Trigger]) -> dict[Target, set[Target]]:
    """Return the jobs and crawlers that conditional triggers start after each."""
    found: dict[Target, set[Target]] = {}
    for trigger in triggers:
        started = {action.target for action in trigger.actions}
        for condition in trigger.conditions:
            found.setdefault(condition.outcome.target, set()).update(started)
    return found


def reached(starts: Iterable[Target], following: Mapping[Target, set[Target]]) -> set[Target]:
    """Return all that follows ``starts``, near or far; they themselves only where a way leads back.

    ``following`` is what ``followers`` returned.
    """
    seen: set[Target] = set()
    waiting = [target for start in starts for target in following.get(start, ())]
    while waiting:
        target = waiting.pop()
        if target not in seen:
            seen.add(target)
            waiting += following.get(target, ())
    return seen


def refuse_second_start(trigger: Trigger, others: Iterable[Trigger]) -> None:
    """Return when no other trigger of a workflow starts its runs as ``trigger`` does.

    Raises:
        InvalidInputError: One does; the sentence names it.

    Source: Glue developer guide, "Overview of workflows": a workflow has one start trigger.
    """
    for other in others:
        if other.type != TriggerType.CONDITIONAL:
            raise InvalidInputError(
                f"Workflow {trigger.workflow_name!r} is started by trigger {other.name!r} already,"
                f" and has one starting trigger: make {trigger.name!r} CONDITIONAL, or delete"
                f" {other.name!r} first"
            )


def refuse_cycle(workflow: str, triggers: Iterable[Trigger]) -> None:
    """Return when no job or crawler of a workflow's triggers comes after itself.

    Raises:
        InvalidInputError: One does: its runs would never end. The sentence names the way round.
    """
    cycle = _cycle(list(triggers))
    if cycle:
        raise InvalidInputError(
            f"The triggers of workflow {workflow!r} go round in a cycle: {' -> '.join(cycle)}."
            " Take a condition or an action out, or repeat a job by its MaxRetries"
        )


def _cycle(triggers: list[Trigger]) -> list[str]:
    ways = _ways(triggers)
    done: set[str] = set()
    for start in ways:
        path, turns = [start], [iter(ways[start])]
        while turns:
            following = next(turns[-1], None)
            if following is None:
                done.add(path.pop())
                turns.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                turns.append(iter(ways.get(following, ())))
    return []


def _ways(triggers: list[Trigger]) -> dict[str, list[str]]:
    """Return where each node leads to, under the words that messages show."""
    ways: dict[str, list[str]] = {}
    for trigger in triggers:
        own = f"trigger {trigger.name}"
        ways[own] = list(_shown(action.target for action in trigger.actions))
        for watched in _shown(condition.outcome.target for condition in trigger.conditions):
            ways.setdefault(watched, []).append(own)
    return ways


def _shown(targets: Iterable[Target]) -> Iterator[str]:
    return (f"{NODE_TYPES[target.kind].lower()} {target.name}" for target in targets)
