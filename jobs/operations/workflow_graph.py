"""The graph of a workflow: its triggers, and the jobs and crawlers between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.definitions.job_documents import show_run
from gluepot.jobs.operations.crawl_runs import LOG_GROUP
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.triggers.model import glue_document
from gluepot.jobs.triggers.workflow_paths import NODE_TYPES, unique_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gluepot.catalog.calls import Document
    from gluepot.jobs.runs.state import Run, Target
    from gluepot.jobs.triggers.model import Trigger

_CRAWL_STATES = {
    RunState.STOPPING: "CANCELLING",
    RunState.STOPPED: "CANCELLED",
    RunState.SUCCEEDED: "SUCCEEDED",
}


def graph(triggers: Iterable[Trigger], runs: Sequence[Run] = ()) -> Document:
    """Return the graph of triggers: each leads to what it starts, and from what it waits for.

    ``runs`` are those of one workflow run; they stand at the jobs and crawlers they are of.
    """
    nodes: dict[str, Document] = {}
    edges: dict[tuple[str, str], None] = {}
    for trigger in triggers:
        node = _node("TRIGGER", trigger.name)
        nodes[node["UniqueId"]] = {**node, "TriggerDetails": {"Trigger": glue_document(trigger)}}
        for action in trigger.actions:
            target = _target_node(action.target, runs)
            nodes.setdefault(target["UniqueId"], target)
            edges[node["UniqueId"], target["UniqueId"]] = None
        for condition in trigger.conditions:
            target = _target_node(condition.outcome.target, runs)
            nodes.setdefault(target["UniqueId"], target)
            edges[target["UniqueId"], node["UniqueId"]] = None
    return {
        "Nodes": list(nodes.values()),
        "Edges": [{"SourceId": source, "DestinationId": end} for source, end in edges],
    }


def machine_graph(runs: Sequence[Run]) -> Document:
    """Return the jobs and crawlers that a state machine has started; its states are no nodes."""
    targets = dict.fromkeys(run.outcome.target for run in runs if run.kind in NODE_TYPES)
    return {"Nodes": [_target_node(target, runs) for target in targets], "Edges": []}


def _target_node(target: Target, runs: Sequence[Run]) -> Document:
    node = _node(NODE_TYPES[target.kind], target.name)
    own = [run for run in runs if (run.kind, run.name) == (target.kind, target.name)]
    if target.kind is RunKind.JOB:
        return {**node, "JobDetails": {"JobRuns": [show_run(run, {}) for run in own]}}
    return {**node, "CrawlerDetails": {"Crawls": [_crawl(run) for run in own]}}


def _crawl(run: Run) -> Document:
    going = "FAILED" if run.state.final else "RUNNING"
    return {
        "State": _CRAWL_STATES.get(run.state, going),
        "StartedOn": run.started_at or run.queued_at,
        "CompletedOn": run.completed_at,
        "ErrorMessage": run.error and run.error.message[:2048],
        "LogGroup": LOG_GROUP,
        "LogStream": run.name,
    }


def _node(kind: str, name: str) -> Document:
    return {"Type": kind, "Name": name, "UniqueId": unique_id(kind, name)}
