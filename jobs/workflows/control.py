"""What somebody does to a run of a workflow: stop it, or go on from a node of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.errors import IllegalWorkflowStateError
from gluepot.jobs.runs.state import Chain
from gluepot.jobs.triggers.workflow_paths import followers, node_id, reached
from gluepot.jobs.workflows.advancing import Advancing
from gluepot.jobs.workflows.runs import status_of
from gluepot.jobs.workflows.state import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    import sqlalchemy as sa

    from gluepot.jobs.runs.state import Run, Target
    from gluepot.jobs.runs.store import RunStore
    from gluepot.jobs.workflows.runs import WorkflowRun, WorkflowRunStore

_NONE = Chain(runs=(), open=False)
_RESUMABLE = frozenset({Status.FAILED, Status.TIMED_OUT, Status.ABORTED})


def stop_run(runs: RunStore, workflows: WorkflowRunStore, name: str, run_id: str) -> None:
    """Stop what a workflow's run has at work; nothing more follows in it.

    Raises:
        WorkflowNotFoundError: The workflow has no such run.
        IllegalWorkflowStateError: It is not running.
    """
    advancing = Advancing(clock=runs.clock, runs=runs, executions=workflows.executions)
    with runs.transaction() as connection:
        flow, chain = _found(connection, runs, workflows, name, run_id)
        status = status_of(flow, chain)
        if status != "RUNNING":
            raise IllegalWorkflowStateError(
                f"Run {run_id} of workflow {name} is {status}; only one that is RUNNING is stopped"
            )
        advancing.stop(run_id, connection)
        workflows.within(connection).stop(run_id)
        for run in chain.runs:
            runs.within(connection).stop(run.id)


def resume_nodes(
    runs: RunStore, workflows: WorkflowRunStore, name: str, run_id: str, node_ids: Iterable[str]
) -> tuple[WorkflowRun, tuple[str, ...]]:
    """Start jobs and crawlers of an ended run again, in a run of its own; return it and them.

    Those that follow another of them are left out, since they follow it again. What neither is
    started nor follows keeps its end, which counts where a trigger waits for several.

    Raises:
        WorkflowNotFoundError: The workflow has no such run.
        IllegalWorkflowStateError: It has not ended.
        InvalidInputError: A node is no job or crawler that was started in it.
        ConcurrentRunsError: As many runs of the workflow as may be are under way.
    """
    with runs.transaction() as connection:
        flow, chain = _found(connection, runs, workflows, name, run_id)
        if status_of(flow, chain) != "COMPLETED" or flow.status is not None:
            raise IllegalWorkflowStateError(
                f"Run {run_id} of workflow {name} is {status_of(flow, chain)}; only a run of"
                " triggers that is COMPLETED is resumed from nodes"
            )
        inside = runs.within(connection)
        before = [*(inside.get(kept) for kept in flow.kept_runs), *chain.runs]
        newest = {run.outcome.target: run for run in before if not run.retried}
        following = followers(flow.triggers)
        chosen = _chosen(newest, node_ids, run_id)
        starts = chosen - reached(chosen, following)
        again = starts | reached(starts, following)
        kept = [run.id for target, run in newest.items() if target not in again]
        resumed = workflows.within(connection).begin(
            name, {}, flow.triggers, resumes=flow, kept_runs=kept
        )
        for target in sorted(starts, key=node_id):
            _start_again(inside, resumed, newest[target])
    return resumed, tuple(node_id(target) for target in sorted(starts, key=node_id))


def resume_machine(
    runs: RunStore, workflows: WorkflowRunStore, name: str, run_id: str
) -> WorkflowRun:
    """Go on from the state in which a state machine ended short, in a run of its own; return it.

    The state begins anew with the input it had; the machine is the one of that run.

    Raises:
        WorkflowNotFoundError: The workflow has no such run.
        IllegalWorkflowStateError: It is no state machine that failed or was stopped.
        ConcurrentRunsError: As many runs of the workflow as may be are under way.
    """
    with runs.transaction() as connection:
        flow, _ = _found(connection, runs, workflows, name, run_id)
        inside = workflows.within(connection)
        stored = inside.executions.find(run_id)
        if stored is None or stored.status not in _RESUMABLE:
            standing = "a run of triggers" if stored is None else str(stored.status)
            raise IllegalWorkflowStateError(
                f"Run {run_id} of workflow {name} is {standing}; without nodes, only a state"
                " machine that failed or was stopped is resumed"
            )
        root = stored.execution.root
        machine = replace(
            stored.machine, document={**stored.machine.document, "StartAt": root.state}
        )
        return inside.begin(name, {}, (), given=root.input, resumes=flow, machine=machine)


def _found(
    connection: sa.Connection,
    runs: RunStore,
    workflows: WorkflowRunStore,
    name: str,
    run_id: str,
) -> tuple[WorkflowRun, Chain]:
    flow = workflows.within(connection).get(name, run_id)
    return flow, runs.within(connection).chains([run_id]).get(run_id, _NONE)


def _chosen(newest: dict[Target, Run], node_ids: Iterable[str], run_id: str) -> set[Target]:
    known = {node_id(target): target for target in newest}
    chosen: set[Target] = set()
    for each in node_ids:
        if each not in known:
            raise InvalidInputError(
                f"Node {each} is no job or crawler that was started in run {run_id}; GetWorkflowRun"
                " with IncludeGraph shows them as UniqueId"
            )
        chosen.add(known[each])
    if not chosen:
        raise InvalidInputError("NodeIds names at least one node")
    return chosen


def _start_again(runs: RunStore, flow: WorkflowRun, old: Run) -> None:
    arguments = {**old.arguments, **flow.arguments} if old.kind == "job" else old.arguments
    runs.enqueue(
        old.kind,
        old.name,
        arguments=arguments,
        settings=old.settings,
        trigger_name=old.trigger_name,
        chain_id=flow.id,
        max_retries=old.max_retries,
        unique_key=f"{flow.id}!{node_id(old.outcome.target)}",
    )
