"""Everything that happened in a run of a workflow, in order: of itself, and of the runs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.runs.state import Chain
from gluepot.jobs.workflows.executions import RecordedEvent
from gluepot.jobs.workflows.runs import status_of

if TYPE_CHECKING:
    from gluepot.jobs.runs.store import RunStore
    from gluepot.jobs.workflows.runs import WorkflowRun, WorkflowRunStore

_NONE = Chain(runs=(), open=False)


def history(
    runs: RunStore, workflows: WorkflowRunStore, flow: WorkflowRun, *, chain: Chain | None = None
) -> list[RecordedEvent]:
    """Return what happened in a run of a workflow, the oldest first.

    ``chain`` are the runs in it, where the caller has them already.
    """
    if chain is None:
        chain = runs.chains([flow.id]).get(flow.id, _NONE)
    found = workflows.executions.events(flow.id)
    triggers = {run.id: run.trigger_name for run in chain.runs}
    for event in runs.chain_events(flow.id):
        trigger = triggers.get(event.run_id)
        known = {"run": event.run_id} | ({} if trigger is None else {"trigger": trigger})
        found.append(
            RecordedEvent(
                at=event.at,
                event=f"{event.kind} {event.event}",
                state=event.name,
                branch="",
                detail={**known, **(event.detail or {})},
            )
        )
    found.sort(key=lambda event: event.at)
    status = status_of(flow, chain)
    told = {event.event for event in found} & {"WorkflowRunCompleted", "WorkflowRunStopped"}
    if flow.status is None and status in {"COMPLETED", "STOPPED"} and not told:
        # A run in which there was nothing to do ended without anything that tells.
        last = found[-1].at if found else flow.started_at
        ended = f"WorkflowRun{status.capitalize()}"
        found.append(RecordedEvent(at=last, event=ended, state=None, branch="", detail={}))
    return found
