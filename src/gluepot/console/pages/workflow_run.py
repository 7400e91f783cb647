"""One run of a workflow: states on its graph, what failed, what happened; stop and resume."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import orjson

from gluepot.console.flow.definition_text import hide_within
from gluepot.console.flow.run_list import listed
from gluepot.console.flow.run_rights import visible
from gluepot.console.flow.workflow_graph import machine_graph, states_of, trigger_graph
from gluepot.console.flow.workflow_standing import standings
from gluepot.console.page import Action, Done, Page, Snippets, href
from gluepot.console.pages.workflows import shown_run
from gluepot.jobs.parameters.secret_references import hide_plain
from gluepot.jobs.runs.state import Chain, RunState
from gluepot.jobs.triggers.workflow_paths import NODE_TYPES, node_id
from gluepot.jobs.workflows.control import resume_machine
from gluepot.jobs.workflows.edges import open_places
from gluepot.jobs.workflows.history import history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.workflows.executions import RecordedEvent, StoredExecution
    from gluepot.jobs.workflows.runs import WorkflowRun

SHOWN_EVENTS = 100
SHOWN_FAILURES = 20
SHOWN_TEXT = 2000
_FAILED = frozenset({RunState.FAILED, RunState.TIMEOUT, RunState.ERROR, RunState.EXPIRED})


def read_workflow_run(ask: Ask) -> Data:
    """Return a run of a workflow: its graph with states, failures, events and properties."""
    name, run_id = ask.need("name"), ask.need("id")
    ask.allow("GetWorkflowRun", {"Name": name, "RunId": run_id})
    services = ask.services
    flow = services.workflows.get(name, run_id)
    chain = services.runs.chains([run_id]).get(run_id, Chain(runs=(), open=False))
    runs = chain.runs
    standing = standings(ask, [flow])[run_id]
    stored = services.workflows.executions.find(run_id)
    events = history(services.runs, services.workflows, flow, chain=chain)
    failed = [run for run in runs if run.state in _FAILED and not run.retried]
    live = standing.status in {"RUNNING", "STOPPING"}
    return {
        "title": f"Run of {name}",
        "name": name,
        "run": shown_run(standing),
        "live": live,
        "graph": _graph(flow, runs, stored, events),
        "failed": [listed(run) for run in visible(ask, failed[:SHOWN_FAILURES])],
        "more_failed": max(0, len(failed) - SHOWN_FAILURES),
        "machine": None if stored is None else _machine(stored),
        "properties": hide_plain(flow.properties),
        "events": _events(ask, events),
        "nodes": [] if stored is not None else _nodes(runs),
        "can_stop": standing.status == "RUNNING",
        "can_resume": not live and (stored is not None or standing.status == "COMPLETED"),
    }


def _graph(
    flow: WorkflowRun,
    runs: Sequence[Run],
    stored: StoredExecution | None,
    events: Sequence[RecordedEvent],
) -> dict[str, Any]:
    if stored is None:
        return trigger_graph(flow.triggers, runs)
    machine = stored.machine.document
    own = [event for event in events if not event.event.startswith(("job ", "crawl ", "call "))]
    return machine_graph(machine, states_of(machine, own, running=flow.ended_at is None))


def _machine(stored: StoredExecution) -> dict[str, Any]:
    root = stored.execution.root
    return {
        "status": stored.status,
        "at": open_places(root),
        "due_at": stored.due_at,
        "input": hide_within(stored.execution.given),
        "output": hide_within(root.output),
    }


def _events(ask: Ask, events: Sequence[RecordedEvent]) -> dict[str, Any]:
    """Return some events, the newest first; the address may name where to go on."""
    start = ask.number("start", 0, most=10**9)
    newest = events[::-1][start : start + SHOWN_EVENTS]
    more = start + SHOWN_EVENTS if start + SHOWN_EVENTS < len(events) else None
    address = href("workflow-run", name=ask.need("name"), id=ask.need("id"), start=more)
    return {
        "count": len(events),
        "shown": [
            {
                "at": each.at,
                "event": each.event,
                "state": each.state,
                "branch": each.branch,
                "run": each.detail.get("run"),
                "detail": {
                    key: _text(value)[:SHOWN_TEXT]
                    for key, value in hide_within(dict(each.detail)).items()
                    if key != "run" and value is not None
                },
            }
            for each in newest
        ],
        "next": None if more is None else address,
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def _nodes(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return the jobs and crawlers that were started, by their last runs, failed ones first."""
    newest = {run.outcome.target: run for run in runs if run.kind in NODE_TYPES}
    found = [
        {
            "id": node_id(target),
            "kind": target.kind,
            "name": target.name,
            "state": run.state,
            "failed": run.state in _FAILED,
        }
        for target, run in newest.items()
    ]
    return sorted(found, key=lambda each: not each["failed"])


def _snippets(ask: Ask) -> Snippets:
    name, run_id = ask.need("name"), ask.need("id")
    shown = shlex.quote(run_id)
    return Snippets(
        cli=f"gluepot workflow status {shown}\ngluepot workflow history {shown}",
        boto3=f"glue.get_workflow_run(Name={name!r}, RunId={run_id!r}, IncludeGraph=True)",
    )


def stop(ask: Ask) -> Done:
    """Stop what a run has at work."""
    name, run_id = ask.need("name"), ask.need("id")
    ask.call("StopWorkflowRun", {"Name": name, "RunId": run_id})
    return Done(to=href("workflow-run", name=name, id=run_id), message="The run is stopping")


def resume(ask: Ask) -> Done:
    """Go on from the chosen nodes, or from the state in which a state machine failed."""
    name, run_id = ask.need("name"), ask.need("id")
    nodes = ask.fields.get("node", [])
    request = {"Name": name, "RunId": run_id, "NodeIds": nodes}
    if ask.services.workflows.executions.find(run_id) is None:
        resumed = ask.call("ResumeWorkflowRun", request)["RunId"]
    else:
        ask.allow("ResumeWorkflowRun", request)
        resumed = resume_machine(ask.services.runs, ask.services.workflows, name, run_id).id
    return Done(to=href("workflow-run", name=name, id=resumed), message="It goes on in this run")


PAGES = (
    Page(
        path="workflow-run",
        title="Run of a workflow",
        section="workflows",
        template="workflow-run.html.jinja",
        read=read_workflow_run,
        snippets=_snippets,
    ),
)
ACTIONS = (
    Action(path="workflow-stop", act=stop),
    Action(path="workflow-resume", act=resume),
)
