"""Workflows whose schedulers are killed all the time: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gluepot.catalog.definitions import DefinitionStore
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.triggers.model import Action, Condition, Predicate, Trigger
from gluepot.jobs.triggers.store import TriggerStore
from gluepot.jobs.workflows.documents import MachineWorkflow, store_machine
from gluepot.jobs.workflows.runs import KIND, WorkflowRunStore, status_of
from gluepot.jobs.workflows.state import Status
from tests.jobs.scheduling.processes import FAILING, FileClock, KilledPair, retries

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.workflows.executions import RecordedEvent

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KILLS = 8
FLOWS = 6
PAUSE = 600
ITEMS = 3
LONGEST_SECONDS = 240


def _job(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    resource = "arn:aws:states:::glue:startJobRun.sync"
    ends = {} if "Next" in more else {"End": True}
    return {"Type": "Task", "Resource": resource, "Parameters": {"JobName": name}, **ends, **more}


MACHINE = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Load", "States": {"Load": _job("load")}},
                {
                    "StartAt": "Pause",
                    "States": {
                        "Pause": {"Type": "Wait", "Seconds": PAUSE, "Next": "After"},
                        "After": _job("after"),
                    },
                },
            ],
            "ResultPath": None,
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 2,
            "ItemProcessor": {"StartAt": "One", "States": {"One": _job("one")}},
            "ResultPath": None,
            "Next": "Odd",
        },
        "Odd": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.odd", "BooleanEquals": True, "Next": "Fails"}],
            "Default": "Draw",
        },
        "Fails": _job(
            FAILING,
            Retry=[{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1, "IntervalSeconds": 60}],
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Draw"}],
            Next="Draw",
        ),
        "Draw": {
            "Type": "Pass",
            "Parameters": {"id.$": "States.UUID()"},
            "ResultPath": "$.drawn",
            "Next": "Again",
        },
        "Again": {"Type": "Wait", "Seconds": PAUSE, "End": True},
    },
}


def test_workflows_go_through_each_node_once_whoever_is_killed(
    engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)  # noqa: S311
    print(f"seed {seed}")  # noqa: T201  shown when the test fails
    clock = FileClock(tmp_path / "clock")
    clock.set(BEGIN)
    runs = RunStore(engine, clock, max_retries=retries)
    workflows = WorkflowRunStore(engine, clock)
    firing = Firing(
        clock=clock, runs=runs, triggers=TriggerStore(engine, clock), workflows=workflows
    )
    _define(engine, clock)

    machines: list[str] = []
    graphs: list[str] = []
    chance = random.Random(seed)  # noqa: S311
    with KilledPair(database_url, tmp_path, chance, lasting=(0.2, 0.8)) as pair:
        deadline = time.monotonic() + LONGEST_SECONDS
        for later in itertools.count(1):
            if len(machines) < FLOWS:
                given = {"odd": len(machines) % 2 == 1, "items": list(range(ITEMS))}
                machines.append(firing.start_workflow("machine", {}, given=given).id)
                graphs.append(firing.start_workflow("graph", {}).id)
            elif pair.kills >= KILLS and _all_ended(runs, workflows, machines, graphs):
                break
            assert time.monotonic() < deadline, "the workflows do not get on"
            time.sleep(0.1)
            clock.set(BEGIN + timedelta(seconds=30 * later))

    every = runs.list(limit=100_000)
    for number, run_id in enumerate(machines):
        _prove_machine(workflows, run_id, every, fails=number % 2 == 1)
    for run_id in graphs:
        _prove_graph(workflows, run_id, every)


def _define(engine: sa.Engine, clock: FileClock) -> None:
    definitions, triggers = DefinitionStore(engine, clock), TriggerStore(engine, clock)
    with engine.begin() as connection:
        machine = MachineWorkflow(name="machine", document=MACHINE, members={})
        store_machine(definitions.within(connection), machine)
    definitions.create(KIND, "graph", {})
    raw = Condition(crawler_name="raw", crawl_state="SUCCEEDED")
    halves = tuple(Condition(job_name=half, state="SUCCEEDED") for half in ("left", "right"))
    for name, type_, predicate, actions in (
        ("begin", "ON_DEMAND", None, [Action(crawler_name="raw")]),
        (
            "split",
            "CONDITIONAL",
            Predicate(conditions=(raw,)),
            [Action(job_name="left"), Action(job_name="right")],
        ),
        (
            "join",
            "CONDITIONAL",
            Predicate(conditions=halves, logical="AND"),
            [Action(job_name="report")],
        ),
    ):
        trigger = Trigger(
            name=name,
            type=type_,
            state="ACTIVATED" if predicate else "CREATED",
            workflow_name="graph",
            predicate=predicate,
            actions=tuple(actions),
        )
        triggers.create(trigger)


def _all_ended(
    runs: RunStore, workflows: WorkflowRunStore, machines: list[str], graphs: list[str]
) -> bool:
    chains = runs.chains([*machines, *graphs])
    found = [workflows.find(run_id) for run_id in (*machines, *graphs)]
    return all(
        run is not None and status_of(run, chains[run.id]) not in {"RUNNING", "STOPPING"}
        for run in found
    )


def _prove_machine(
    workflows: WorkflowRunStore, run_id: str, every: list[Run], *, fails: bool
) -> None:
    stored = workflows.executions.find(run_id)
    assert stored is not None
    assert stored.status is Status.SUCCEEDED, stored.error
    events = workflows.executions.events(run_id)
    told = Counter((event.event, event.state, event.branch) for event in events)
    entered = {key: many for key, many in told.items() if key[0].endswith("StateEntered")}
    exited = {key: many for key, many in told.items() if key[0].endswith("StateExited")}
    states = [(state, branch) for _, state, branch in entered]

    assert sorted(states) == sorted(_expected_states(fails=fails))
    assert sorted((state, branch) for _, state, branch in exited) == sorted(states)
    assert {*entered.values(), *exited.values()} == {1}
    assert told["ExecutionStarted", None, ""] == told["ExecutionSucceeded", None, ""] == 1
    assert told["RetryScheduled", "Fails", ""] == told["ErrorCaught", "Fails", ""] == int(fails)
    # What was drawn by chance is what the state was left with, once and for all.
    drawn = stored.execution.root.output["drawn"]
    assert [_of(events, "PassStateExited", "Draw")[0].detail["output"]["drawn"]] == [drawn]
    for state in ("Pause", "Again"):
        (begun,), (ended,) = (_of(events, f"WaitState{what}", state) for what in _MOVES)
        assert ended.at - begun.at >= timedelta(seconds=PAUSE)

    mine = [run for run in every if run.chain_id == run_id]
    tasks = {"load": 1, "after": 1, "one": ITEMS} | ({FAILING: 2} if fails else {})
    assert Counter(run.name for run in mine if run.attempt == 0) == tasks
    won = Counter(run.name for run in mine if run.state is RunState.SUCCEEDED)
    assert won == {name: many for name, many in tasks.items() if name != FAILING}


_MOVES = ("Entered", "Exited")


def _expected_states(*, fails: bool) -> list[tuple[str, str]]:
    inside = [("Load", "Both[0]"), ("Pause", "Both[1]"), ("After", "Both[1]")]
    items = [("One", f"Each[{number}]") for number in range(ITEMS)]
    names = ["Both", "Each", "Odd", *(["Fails"] if fails else []), "Draw", "Again"]
    return [*inside, *items, *((name, "") for name in names)]


def _of(events: list[RecordedEvent], kind: str, state: str) -> list[RecordedEvent]:
    return [event for event in events if (event.event, event.state) == (kind, state)]


def _prove_graph(workflows: WorkflowRunStore, run_id: str, every: list[Run]) -> None:
    mine = [run for run in every if run.chain_id == run_id]
    once = {"raw": 1, "left": 1, "right": 1, "report": 1}
    assert Counter(run.name for run in mine if run.attempt == 0) == once
    assert Counter(run.name for run in mine if run.state is RunState.SUCCEEDED) == once
    told = Counter(event.event for event in workflows.executions.events(run_id))
    assert told == {"WorkflowRunStarted": 1, "WorkflowRunCompleted": 1}
