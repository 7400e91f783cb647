"""Everything that happened in a run of a workflow, in order: of itself, and of the runs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.run_state import Chain
from gluepot.jobs.workflow_runs import status_of
from gluepot.jobs.workflows.executions import RecordedEvent

if TYPE_CHECKING:
    from gluepot.jobs.runs import RunStore
    from gluepot.jobs.workflow_runs import WorkflowRun, WorkflowRunStore

_NONE = Chain(runs=(), open=False)


def history(runs: RunStore, workflows: WorkflowRunStore, flow: WorkflowRun) -> list[RecordedEvent]:
    """Return what happened in a run of a workflow, the oldest first."""
    chain = runs.chains([flow.id]).get(flow.id, _NONE)
    found = workflows.executions.events(flow.id)
    for run in chain.runs:
        trigger = {} if run.trigger_name is None else {"trigger": run.trigger_name}
        found += [
            RecordedEvent(
                at=event.at,
                event=f"{run.kind} {event.event}",
                state=run.name,
                branch="",
                detail={"run": run.id, **trigger, **(event.detail or {})},
            )
            for event in runs.events(run.id)
        ]
    found.sort(key=lambda event: event.at)
    status = status_of(flow, chain)
    told = {event.event for event in found} & {"WorkflowRunCompleted", "WorkflowRunStopped"}
    if flow.status is None and status in {"COMPLETED", "STOPPED"} and not told:
        # A run in which there was nothing to do ended without anything that tells.
        last = found[-1].at if found else flow.started_at
        ended = f"WorkflowRun{status.capitalize()}"
        found.append(RecordedEvent(at=last, event=ended, state=None, branch="", detail={}))
    return found
