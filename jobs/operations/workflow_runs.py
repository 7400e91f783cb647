"""Runs of workflows of the Glue API."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from gluepot.jobs.operations.workflow_graph import graph, machine_graph
from gluepot.jobs.runs.state import Chain, RunState
from gluepot.jobs.workflows.control import resume_nodes, stop_run
from gluepot.jobs.workflows.runs import status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.workflows.runs import WorkflowRun

PAGE = 1000
_NONE = Chain(runs=(), open=False)


def start_workflow_run(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Start a workflow by those of its triggers that wait for no other.

    Raises:
        WorkflowNotFoundError: There is no such workflow.
        ConcurrentRunsError: As many runs of it as may be are under way.
    """
    run = stores.firing.start_workflow(request["Name"], request.get("RunProperties", {}))
    return {"RunId": run.id}


def get_workflow_run(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a run of a workflow, with its graph if asked.

    Raises:
        WorkflowNotFoundError: The workflow has no such run.
    """
    found = stores.workflows.get(request["Name"], request["RunId"])
    return {"Run": show_run(stores, found, with_graph=request.get("IncludeGraph", False))}


def get_workflow_runs(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of a workflow's runs, the newest first.

    Raises:
        WorkflowNotFoundError: There is no such workflow.
    """
    name = request["Name"]
    stores.workflows.workflow(name)
    with_graph = request.get("IncludeGraph", False)
    page = call.tokens.page(
        request, "Runs", partial(stores.workflows.page, name), lambda run: run.id, most=PAGE
    )
    chains = stores.runs.chains(run.id for run in page["Runs"])
    shown = [_shown(stores, run, chains.get(run.id, _NONE), with_graph) for run in page["Runs"]]
    return page | {"Runs": shown}


def stop_workflow_run(stores: ApiStores, _call: Call, request: Document) -> None:
    """Stop what a workflow run has at work; nothing more follows in it.

    Raises:
        WorkflowNotFoundError: The workflow has no such run.
        IllegalWorkflowStateError: It is not running.
    """
    stop_run(stores.runs, stores.workflows, request["Name"], request["RunId"])


def resume_workflow_run(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Start nodes of an ended run again, and what follows them, as a run of its own.

    Raises:
        WorkflowNotFoundError: The workflow has no such run.
        IllegalWorkflowStateError: It has not ended.
        InvalidInputError: A node is no job or crawler that was started in it.
        ConcurrentRunsError: As many runs of the workflow as may be are under way.
    """
    run, node_ids = resume_nodes(
        stores.runs, stores.workflows, request["Name"], request["RunId"], request["NodeIds"]
    )
    return {"RunId": run.id, "NodeIds": list(node_ids)}


def get_run_properties(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the properties of a workflow run.

    Raises:
        WorkflowNotFoundError: The workflow has no such run.
    """
    found = stores.workflows.get(request["Name"], request["RunId"])
    return {"RunProperties": dict(found.properties)}


def put_run_properties(stores: ApiStores, _call: Call, request: Document) -> None:
    """Add properties to those of a workflow run; equal keys are replaced.

    Raises:
        WorkflowNotFoundError: The workflow has no such run.
    """
    stores.workflows.put_properties(request["Name"], request["RunId"], request["RunProperties"])


def show_run(stores: ApiStores, run: WorkflowRun, *, with_graph: bool) -> Document:
    """Return a workflow run as GetWorkflowRun answers."""
    return _shown(stores, run, stores.runs.chains([run.id]).get(run.id, _NONE), with_graph)


def _shown(stores: ApiStores, run: WorkflowRun, chain: Chain, with_graph: bool) -> Document:  # noqa: FBT001
    status = status_of(run, chain)
    ends = [item.completed_at for item in chain.runs if item.completed_at is not None]
    ends += [run.ended_at] if run.ended_at is not None else []
    ended = max(ends, default=run.started_at)
    return {
        "Name": run.workflow_name,
        "WorkflowRunId": run.id,
        "PreviousRunId": run.previous_run_id,
        "WorkflowRunProperties": dict(run.properties),
        "StartedOn": run.started_at,
        "CompletedOn": None if status in {"RUNNING", "STOPPING"} else ended,
        "Status": status,
        "ErrorMessage": run.error,
        "StartingEventBatchCondition": run.event_batch,
        "Statistics": _statistics(chain.runs),
        "Graph": _graph(stores, run, chain) if with_graph else None,
    }


def _graph(stores: ApiStores, run: WorkflowRun, chain: Chain) -> Document:
    if run.status is not None:
        return machine_graph(chain.runs)
    # Source: Glue developer guide: the graph of a resumed run shows what the earlier one did.
    kept = [stores.runs.get(run_id) for run_id in run.kept_runs]
    return graph(run.triggers, [*kept, *chain.runs])


def _statistics(runs: Sequence[Run]) -> Document:
    counts = Counter(run.state for run in runs if not run.retried)
    at_work = (RunState.STARTING, RunState.RUNNING, RunState.STOPPING)
    return {
        "TotalActions": counts.total(),
        "TimeoutActions": counts[RunState.TIMEOUT],
        "FailedActions": counts[RunState.FAILED],
        "StoppedActions": counts[RunState.STOPPED],
        "SucceededActions": counts[RunState.SUCCEEDED],
        "RunningActions": sum(counts[state] for state in at_work),
        "ErroredActions": counts[RunState.ERROR],
        "WaitingActions": counts[RunState.WAITING],
    }


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on runs of workflows."""
    return {
        "GetWorkflowRun": partial(get_workflow_run, stores),
        "GetWorkflowRunProperties": partial(get_run_properties, stores),
        "GetWorkflowRuns": partial(get_workflow_runs, stores),
        "PutWorkflowRunProperties": partial(put_run_properties, stores),
        "ResumeWorkflowRun": partial(resume_workflow_run, stores),
        "StartWorkflowRun": partial(start_workflow_run, stores),
        "StopWorkflowRun": partial(stop_workflow_run, stores),
    }
