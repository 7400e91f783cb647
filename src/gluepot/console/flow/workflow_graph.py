"""A workflow as a graph: its triggers, jobs and crawlers, or its states, and how each stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gluepot.console.flow.graph import Node, drawn
from gluepot.console.page import href
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.triggers.words import when_it_fires
from gluepot.jobs.workflows.edges import inner_machines, state_edges, trigger_edges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.triggers.model import Trigger
    from gluepot.jobs.workflows.executions import RecordedEvent

_ENTERED, _EXITED = "StateEntered", "StateExited"
_BETWEEN = {
    "FailStateFailed": "FAILED",
    "TaskFailed": "FAILED",
    "TaskTimedOut": "TIMEOUT",
    "ErrorCaught": "FAILED",
    "RetryScheduled": "RUNNING",
}


def trigger_graph(triggers: Sequence[Trigger], runs: Iterable[Run] = ()) -> dict[str, Any]:
    """Return the graph of triggers; ``runs`` are those of one run, whose states the nodes have.

    A node of a job or crawler leads to its last run there, or else to itself.
    """
    last = {f"{run.kind} {run.name}": run for run in runs}
    fired = {run.trigger_name for run in last.values()}
    nodes: dict[str, Node] = {}
    for trigger in triggers:
        own = f"trigger {trigger.name}"
        nodes[own] = Node(
            id=own,
            label=trigger.name,
            kind="trigger",
            href=href("trigger", name=trigger.name),
            state="FIRED" if trigger.name in fired else None,
            note=when_it_fires(trigger)[:500],
        )
        targets = [condition.outcome.target for condition in trigger.conditions]
        for target in [*targets, *(action.target for action in trigger.actions)]:
            key = f"{target.kind} {target.name}"
            if key not in nodes:
                nodes[key] = _target(key, target.kind, target.name, last.get(key))
    return drawn(nodes.values(), list(trigger_edges(triggers)))


def _target(key: str, kind: RunKind, name: str, run: Run | None) -> Node:
    page = "job" if kind is RunKind.JOB else "crawler"
    return Node(
        id=key,
        label=name,
        kind=str(kind),
        href=href(page, name=name) if run is None else href("run", id=run.id),
        state=None if run is None else run.state,
    )


def machine_graph(
    machine: Mapping[str, Any], states: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the graph of a state machine; ``states`` says how each of its places stands."""
    known = states or {}
    nodes = [
        Node(
            id=place,
            label=place.rpartition("/")[2],
            kind=state["Type"],
            state=known.get(place),
            note=str(state.get("Comment") or state.get("Resource") or ""),
        )
        for place, state in _states(machine, "")
    ]
    return drawn(nodes, list(state_edges(machine)))


def _states(machine: Mapping[str, Any], place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, state in machine["States"].items():
        own = f"{place}{name}"
        yield own, state
        for inside, branch, _ in inner_machines(own, state):
            yield from _states(branch, inside)


def states_of(
    machine: Mapping[str, Any], events: Iterable[RecordedEvent], *, running: bool
) -> dict[str, str]:
    """Return how the places of a state machine stand after events, given the oldest first.

    The iterations of a Map are one place: it has failed where the last that said anything did.
    """
    maps = {place for place, state in _states(machine, "") if state["Type"] == "Map"}
    found: dict[str, str] = {}
    for event in events:
        if event.state is None:
            continue
        place = _place(event.branch, event.state, maps)
        if event.event.endswith(_ENTERED):
            found[place] = "RUNNING" if running else "STOPPED"
        elif event.event.endswith(_EXITED):
            found[place] = "SUCCEEDED" if found.get(place) != "FAILED" else "FAILED"
        else:
            found[place] = _BETWEEN.get(event.event, found.get(place, "RUNNING"))
    return found


def _place(branch: str, state: str, maps: Iterable[str]) -> str:
    """Return where an event happened, the iterations of a Map under one name."""
    place = f"{branch}/{state}" if branch else state
    for each in sorted(maps, key=len):
        pattern = re.compile(re.escape(each) + r"\[\d+\]/")
        place = f"{each}[]/".join(pattern.split(place, maxsplit=1))
    return place
