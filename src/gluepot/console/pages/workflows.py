"""Workflows: all of them with their last runs, and of one its graph and its runs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.console.flow.strip import strip
from gluepot.console.flow.workflow_graph import machine_graph, trigger_graph
from gluepot.console.flow.workflow_standing import standings
from gluepot.console.page import Action, Done, Page, Snippets, href
from gluepot.console.pages.jobs import arguments_of
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.workflows.documents import read_document
from gluepot.jobs.workflows.runs import KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.console.asking import Ask
    from gluepot.console.flow.workflow_standing import Standing
    from gluepot.console.page import Data

PAGE = 25
SHORT_STRIP = 8
RUNS_PAGE = 20


def read_workflows(ask: Ask) -> Data:
    """Return a page of workflows, each with how its last runs ended."""
    token = ask.option("after")
    request = {"MaxResults": PAGE} | ({"NextToken": token} if token else {})
    found = ask.call("ListWorkflows", request)
    names = found["Workflows"]
    services = ask.services
    definitions = services.jobs.definitions.find_many(KIND, names)
    last = {
        name: services.workflows.page(name, None, SHORT_STRIP, with_triggers=False)
        for name in names
    }
    known = standings(ask, [run for runs in last.values() for run in runs])
    following = found.get("NextToken")
    return {
        "workflows": [
            {
                "name": name,
                "description": definitions[name].definition.get("Description")
                if name in definitions
                else None,
                **_last([known[run.id] for run in last[name]]),
            }
            for name in names
        ],
        "next": href("workflows", after=following) if following else None,
    }


def _last(found: list[Standing]) -> dict[str, Any]:
    newest = found[0] if found else None
    return {
        "state": None if newest is None else newest.shown,
        "run": None if newest is None else newest.run.id,
        "started_at": None if newest is None else newest.run.started_at,
        "seconds": None if newest is None else newest.mark.seconds,
        "strip": strip([each.mark for each in found]),
    }


def _workflows_snippets(_ask: Ask) -> Snippets:
    return Snippets(cli="gluepot workflow ls", boto3="glue.list_workflows()")


def read_workflow(ask: Ask) -> Data:
    """Return a workflow with its graph and a page of its runs."""
    name = ask.need("name")
    # The operation shows the last run too, which costs more than all that is asked here.
    ask.allow("GetWorkflow", {"Name": name})
    services = ask.services
    document = services.workflows.workflow(name).definition
    machine = services.workflows.machine(name)
    if machine is None:
        graph = trigger_graph(services.triggers.of_workflow(name))
    else:
        graph = machine_graph(machine.document)
    after = ask.option("after") or None
    runs = services.workflows.page(name, after, RUNS_PAGE + 1, with_triggers=False)
    known = standings(ask, runs[:RUNS_PAGE])
    older = runs[RUNS_PAGE - 1].id if len(runs) > RUNS_PAGE else None
    return {
        "title": name,
        "name": name,
        "description": document.get("Description"),
        "kind": "triggers" if machine is None else "state machine",
        "facts": _facts(document),
        "graph": graph,
        "runs": [shown_run(each) for each in known.values()],
        "next": href("workflow", name=name, after=older) if older else None,
        "strip": strip([each.mark for each in known.values()]),
    }


def _facts(document: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"at most at once": document.get("MaxConcurrentRuns")}
    facts["properties"] = len(document.get("DefaultRunProperties", {})) or None
    return {key: value for key, value in facts.items() if value is not None}


def shown_run(standing: Standing) -> dict[str, Any]:
    """Return a run of a workflow as a row."""
    run = standing.run
    return {
        "id": run.id,
        "href": href("workflow-run", name=run.workflow_name, id=run.id),
        "status": standing.status,
        "state": standing.shown,
        "states": dict(standing.states),
        "started_at": run.started_at,
        "seconds": standing.mark.seconds,
        "resumes": run.previous_run_id,
        "error": None if run.error is None else run.error[:500],
    }


def _workflow_snippets(ask: Ask) -> Snippets:
    name = ask.need("name")
    shown = shlex.quote(name)
    return Snippets(
        cli=f"gluepot workflow graph {shown}\ngluepot workflow run {shown}",
        boto3=f"glue.get_workflow(Name={name!r}, IncludeGraph=True)\n"
        f"glue.start_workflow_run(Name={name!r})",
    )


def start(ask: Ask) -> Done:
    """Start a run, with properties or, of a state machine, with an input."""
    name = ask.need("name")
    properties = {
        key.removeprefix("--"): value
        for key, value in arguments_of(ask.option("properties")).items()
    }
    given = ask.option("input").strip()
    request = {"Name": name, "RunProperties": properties}
    services = ask.services
    if not given:
        run_id = ask.call("StartWorkflowRun", request)["RunId"]
    else:
        ask.allow("StartWorkflowRun", request)
        if services.workflows.machine(name) is None:
            raise InvalidInputError(f"Workflow {name} is a graph of triggers, which takes no input")
        firing = Firing(
            clock=services.clock,
            runs=services.runs,
            triggers=services.triggers,
            workflows=services.workflows,
        )
        run_id = firing.start_workflow(name, properties, given=read_document(given)).id
    return Done(to=href("workflow-run", name=name, id=run_id), message="The run has begun")


PAGES = (
    Page(
        path="workflows",
        title="Workflows",
        section="workflows",
        template="workflows.html.jinja",
        read=read_workflows,
        snippets=_workflows_snippets,
    ),
    Page(
        path="workflow",
        title="Workflow",
        section="workflows",
        template="workflow.html.jinja",
        read=read_workflow,
        snippets=_workflow_snippets,
    ),
)
ACTIONS = (Action(path="workflow-start", act=start),)
