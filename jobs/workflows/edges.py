"""What leads to what in a workflow, and where a run of one is: for people to look at. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gluepot.jobs.triggers.model import Trigger
    from gluepot.jobs.workflows.state import Branch


@dataclass(frozen=True, kw_only=True)
class Leads:
    """One thing leads to another.

    Attributes:
        start: ``trigger NAME``, ``job NAME`` or ``crawl NAME``; of a state machine the state, with
            those before it that hold it: ``Fan[0]/First``, ``Each[]/One``.
        end: The same.
        when: On which end or condition; empty for always.
    """

    start: str
    end: str
    when: str


def trigger_edges(triggers: Sequence[Trigger]) -> Iterator[Leads]:
    """Yield what leads to what in a graph of triggers."""
    for trigger in triggers:
        own = f"trigger {trigger.name}"
        for condition in trigger.conditions:
            outcome = condition.outcome
            target = f"{outcome.target.kind} {outcome.target.name}"
            yield Leads(start=target, end=own, when=str(outcome.state))
        when = trigger.schedule or trigger.type
        for action in trigger.actions:
            target = f"{action.target.kind} {action.target.name}"
            yield Leads(start=own, end=target, when=str(when))


def state_edges(machine: Mapping[str, Any], place: str = "") -> Iterator[Leads]:
    """Yield what leads to what in a state machine; ``place`` goes before its states."""
    for name, state in machine["States"].items():
        own = f"{place}{name}"
        for rule in state.get("Choices", ()):
            condition = {key: value for key, value in rule.items() if key != "Next"}
            shown = json.dumps(condition, ensure_ascii=False, default=str)
            yield Leads(start=own, end=f"{place}{rule['Next']}", when=shown)
        for rule in state.get("Catch", ()):
            when = f"after {', '.join(rule['ErrorEquals'])}"
            yield Leads(start=own, end=f"{place}{rule['Next']}", when=when)
        for member, when in (("Next", ""), ("Default", "otherwise")):
            if member in state:
                yield Leads(start=own, end=f"{place}{state[member]}", when=when)
        for inside, branch, when in inner_machines(own, state):
            yield Leads(start=own, end=f"{inside}{branch['StartAt']}", when=when)
            yield from state_edges(branch, inside)


def inner_machines(
    own: str, state: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yield the machines within a state: what goes before their states, each, and when it runs."""
    for number, branch in enumerate(state.get("Branches", ())):
        yield f"{own}[{number}]/", branch, ""
    for key in ("ItemProcessor", "Iterator"):
        if key in state:
            yield f"{own}[]/", state[key], "" if "Branches" in state else "for each"


def open_places(branch: Branch, place: str = "") -> list[str]:
    """Return the states in which branches of an execution are that have not ended."""
    if branch.ended:
        return []
    own = f"{place}/{branch.state}".removeprefix("/")
    inner = [
        found
        for number, each in enumerate(branch.branches)
        for found in open_places(each, f"{own}[{number}]")
    ]
    return inner or [f"{own} {branch.phase}"]
