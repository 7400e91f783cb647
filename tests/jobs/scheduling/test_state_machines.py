"""Executions in the database: due times, exactly one run a task, and what is left by a kill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.engine import open_engine
from gluepot.jobs.errors import ConcurrentRunsError, IllegalWorkflowStateError
from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.runs.tables import workflow_executions
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.triggers.store import TriggerStore
from gluepot.jobs.workflows.advancing import Advancing
from gluepot.jobs.workflows.control import resume_machine, stop_run
from gluepot.jobs.workflows.documents import MachineWorkflow, store_machine
from gluepot.jobs.workflows.history import history
from gluepot.jobs.workflows.runs import WorkflowRunStore, status_of
from gluepot.jobs.workflows.state import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jobs.scheduling.conftest import Clock

JOB = "arn:aws:states:::glue:startJobRun.sync"


def job(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    ends = {} if "Next" in more else {"End": True}
    return {"Type": "Task", "Resource": JOB, "Parameters": {"JobName": name}, **ends, **more}


CHAIN = {
    "StartAt": "First",
    "States": {
        "First": job("first", Next="Pause", ResultPath=None),
        "Pause": {"Type": "Wait", "Seconds": 86_400, "Next": "Second"},
        "Second": job("second", ResultSelector={"state.$": "$.JobRunState"}),
    },
}


class Bench:
    """A scheduler's parts over one database."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self.engine, self.clock = engine, clock
        self.runs = RunStore(engine, clock)
        self.workflows = WorkflowRunStore(engine, clock)
        self.firing = Firing(
            clock=clock,
            runs=self.runs,
            triggers=TriggerStore(engine, clock),
            workflows=self.workflows,
        )
        self.advancing = Advancing(
            clock=clock, runs=self.runs, executions=self.workflows.executions
        )

    def store(self, document: dict[str, Any], name: str = "flow", **members: Any) -> None:  # noqa: ANN401
        """Store a machine as a workflow."""
        definitions = DefinitionStore(self.engine, self.clock)
        workflow = MachineWorkflow(name=name, document=document, members=members)
        with self.runs.transaction() as connection:
            store_machine(definitions.within(connection), workflow)

    def start(self, document: dict[str, Any], given: Any = None) -> str:  # noqa: ANN401
        """Store a machine as the workflow ``flow``, start it, and return the id of the run."""
        self.store(document)
        return self.firing.start_workflow("flow", {}, given=given).id

    def step(self) -> list[str]:
        """Make a scheduler's pass, and return the names of what starts."""
        self.firing.fire_followers()
        return [run.name for run in self.advancing.advance()]

    def end(self, state: RunState = RunState.SUCCEEDED) -> None:
        """End every run that has not ended."""
        for run in self.runs.list():
            self.runs.finish(run.id, state)

    def status(self, run_id: str) -> Status | None:
        """Return where the machine of a run stands."""
        return self.workflows.get("flow", run_id).status

    def output(self, run_id: str) -> Any:  # noqa: ANN401
        """Return what came out of the machine of a run."""
        found = self.workflows.executions.find(run_id)
        assert found is not None
        return found.execution.root.output


@pytest.fixture
def bench(engine: sa.Engine, clock: Clock) -> Bench:
    return Bench(engine, clock)


@pytest.fixture
def other(database_url: str, clock: Clock) -> Iterator[Bench]:
    """Yield a second scheduler, which shares nothing but the database."""
    engine = open_engine(database_url)
    yield Bench(engine, clock)
    engine.dispose()


def test_a_machine_goes_on_when_a_run_ends_and_when_a_time_has_come(bench: Bench) -> None:
    run_id = bench.start(CHAIN, {"a": 1})

    assert bench.step() == ["first"]
    assert bench.step() == []
    bench.end()
    assert bench.step() == []
    bench.clock.advance(hours=23)
    assert bench.step() == []
    bench.clock.advance(hours=1)
    assert bench.step() == ["second"]
    bench.end()
    bench.step()

    assert bench.status(run_id) is Status.SUCCEEDED
    assert bench.output(run_id) == {"state": "SUCCEEDED"}
    first = bench.runs.list(name="first")[0]
    assert first.arguments == {"--WORKFLOW_NAME": "flow", "--WORKFLOW_RUN_ID": run_id}
    flow = bench.workflows.get("flow", run_id)
    events = [event.event for event in history(bench.runs, bench.workflows, flow)]
    assert events[:3] == ["WorkflowRunStarted", "ExecutionStarted", "TaskStateEntered"]
    assert {"job WAITING", "job SUCCEEDED", "WaitStateExited", "ExecutionSucceeded"} <= set(events)


def test_what_waits_is_not_looked_at(bench: Bench) -> None:
    bench.store({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}})
    for _ in range(3):
        bench.firing.start_workflow("flow", {})
    bench.step()

    assert not bench.advancing.any_due()
    bench.clock.advance(seconds=60)
    assert bench.advancing.any_due()
    with bench.engine.connect() as connection:
        dues = connection.execute(sa.select(workflow_executions.c.due_at)).scalars().all()
    assert [due.second for due in dues] == [0, 0, 0]


def test_a_scheduler_that_dies_in_a_step_leaves_nothing_and_another_makes_it(
    bench: Bench, other: Bench
) -> None:
    document = {
        "StartAt": "P",
        "States": {
            "P": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": name, "States": {name: job(name)}} for name in ("a", "b", "c")
                ],
                "End": True,
            }
        },
    }
    run_id = bench.start(document)
    for statement in range(1, 8):
        left = iter(range(statement))

        def die_after(*_args: object, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt

        sa.event.listen(bench.engine, "before_cursor_execute", die_after)
        try:
            with pytest.raises(KeyboardInterrupt):
                bench.step()
        finally:
            sa.event.remove(bench.engine, "before_cursor_execute", die_after)
        assert other.runs.list() == []

    assert sorted(other.step()) == ["a", "b", "c"]
    assert bench.step() == []
    assert len(bench.runs.list()) == 3
    assert bench.status(run_id) is Status.RUNNING


def test_a_step_worked_out_twice_starts_its_runs_once(bench: Bench) -> None:
    run_id = bench.start(CHAIN)
    bench.step()
    before = bench.workflows.executions.find(run_id)
    assert before is not None
    with bench.engine.begin() as connection:
        # As a database that forgot the last step would have it.
        fresh = {"state": _begun(before.execution), "due_at": bench.clock()}
        connection.execute(sa.update(workflow_executions).values(fresh))

    assert bench.step() == []
    assert len(bench.runs.list()) == 1
    bench.end()
    bench.step()
    bench.clock.advance(days=1)
    bench.step()
    assert [run.name for run in bench.runs.list()] == ["second", "first"]


def _begun(execution: Any) -> Any:  # noqa: ANN401
    from gluepot.jobs.workflows.machine import begin  # noqa: PLC0415
    from gluepot.jobs.workflows.state import to_json  # noqa: PLC0415
    from gluepot.jobs.workflows.steps import Machine  # noqa: PLC0415

    machine = Machine(name="flow", document=CHAIN)
    return to_json(begin(machine, execution.given, execution.started_at))


def test_a_task_ends_with_the_last_attempt_of_its_job(engine: sa.Engine, clock: Clock) -> None:
    bench = Bench(engine, clock)
    bench.runs = RunStore(engine, clock, max_retries=lambda _kind, _name: 1)
    bench.advancing = Advancing(clock=clock, runs=bench.runs, executions=bench.workflows.executions)
    run_id = bench.start({"StartAt": "J", "States": {"J": job("load")}})
    bench.step()

    bench.end(RunState.FAILED)
    bench.step()
    assert bench.status(run_id) is Status.RUNNING
    bench.end(RunState.SUCCEEDED)
    bench.step()

    assert bench.status(run_id) is Status.SUCCEEDED
    assert bench.output(run_id)["Attempt"] == 1


def test_a_job_that_fails_fails_its_state_with_the_run_as_the_cause(bench: Bench) -> None:
    run_id = bench.start({"StartAt": "J", "States": {"J": job("load")}})
    bench.step()
    bench.end(RunState.FAILED)
    bench.step()

    flow = bench.workflows.get("flow", run_id)
    assert flow.status is Status.FAILED
    assert flow.error is not None
    assert flow.error.startswith("States.TaskFailed: {")
    assert '"JobRunState": "FAILED"' in flow.error
    chain = bench.runs.chains([run_id])[run_id]
    assert status_of(flow, chain) == "ERROR"


def test_a_stopped_machine_stops_its_runs_and_starts_no_more(bench: Bench) -> None:
    run_id = bench.start(CHAIN)
    bench.step()

    stop_run(bench.runs, bench.workflows, "flow", run_id)

    assert bench.runs.list()[0].state is RunState.STOPPED
    assert bench.status(run_id) is Status.ABORTED
    bench.clock.advance(days=2)
    assert bench.step() == []
    with pytest.raises(IllegalWorkflowStateError, match="STOPPED"):
        stop_run(bench.runs, bench.workflows, "flow", run_id)


def test_a_failed_machine_is_resumed_in_the_state_that_failed(bench: Bench) -> None:
    run_id = bench.start(CHAIN, {"a": 1})
    bench.step()
    bench.end()
    bench.step()
    bench.clock.advance(days=1)
    bench.step()
    bench.end(RunState.FAILED)
    bench.step()

    resumed = resume_machine(bench.runs, bench.workflows, "flow", run_id)
    begun = bench.step()
    bench.end()
    bench.step()

    assert begun == ["second"]
    assert resumed.previous_run_id == run_id
    assert bench.status(resumed.id) is Status.SUCCEEDED
    with pytest.raises(IllegalWorkflowStateError, match="SUCCEEDED"):
        resume_machine(bench.runs, bench.workflows, "flow", resumed.id)


def test_a_machine_that_only_waits_counts_as_a_run_under_way(bench: Bench) -> None:
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    bench.store(wait, MaxConcurrentRuns=1)
    bench.firing.start_workflow("flow", {})
    bench.step()

    with pytest.raises(ConcurrentRunsError):
        bench.firing.start_workflow("flow", {})
    bench.clock.advance(seconds=60)
    bench.step()
    bench.firing.start_workflow("flow", {})


def test_a_task_that_nobody_takes_up_misses_its_heartbeat(bench: Bench) -> None:
    run_id = bench.start({"StartAt": "J", "States": {"J": job("load", HeartbeatSeconds=30)}})
    bench.step()
    (run,) = bench.runs.list()
    bench.runs.claim("w", lease=timedelta(seconds=45), kinds=[RunKind.JOB])
    bench.clock.advance(seconds=30)
    bench.step()
    assert bench.status(run_id) is Status.RUNNING

    bench.clock.advance(seconds=30)
    bench.step()

    assert bench.workflows.get("flow", run_id).error == (
        "States.HeartbeatTimeout: Nobody was at work on the task"
    )
    assert bench.runs.get(run.id).state is RunState.STOPPING


def test_a_machine_that_cannot_be_worked_out_does_not_hold_up_the_others(bench: Bench) -> None:
    broken = bench.start(CHAIN)
    whole = bench.firing.start_workflow("flow", {}).id
    with bench.engine.begin() as connection:
        table = workflow_executions
        ruined = {"name": "flow", "document": {"States": {}}, "resources": {}}
        ruin = sa.update(table).where(table.c.run_id == broken).values(machine=ruined)
        connection.execute(ruin)

    assert bench.step() == ["first"]

    assert bench.status(broken) is Status.FAILED
    assert bench.status(whole) is Status.RUNNING


def test_schedulers_at_the_same_time_start_each_task_once(bench: Bench, other: Bench) -> None:
    fan = {
        "StartAt": "M",
        "States": {
            "M": {
                "Type": "Map",
                "MaxConcurrency": 4,
                "ItemProcessor": {"StartAt": "J", "States": {"J": job("load")}},
                "End": True,
            }
        },
    }
    bench.store(fan)
    started = [bench.firing.start_workflow("flow", {}, given=[1, 2, 3, 4]).id for _ in range(8)]

    def work(one: Bench) -> list[str]:
        found = []
        for _ in range(4):
            found += one.step()
            one.end()
        return found

    with ThreadPoolExecutor(2) as pool:
        made = [name for names in pool.map(work, [bench, other]) for name in names]
    for _ in range(3):
        made += bench.step()
        bench.end()

    assert made == ["load"] * 32
    assert {bench.status(run_id) for run_id in started} == {Status.SUCCEEDED}


def task(resource: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
    only = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    return {"StartAt": "T", "States": {"T": only}}


def test_each_resource_gives_what_step_functions_would(bench: Bench) -> None:
    glue = "arn:aws:states:::glue:"
    begun = bench.start(task(f"{glue}startJobRun", JobName="load"))
    assert bench.step() == ["load"]
    bench.clock.advance(seconds=1)
    bench.step()
    (run,) = bench.runs.list()
    assert bench.status(begun) is Status.SUCCEEDED
    assert bench.output(begun) == {"JobName": "load", "JobRunId": run.id}
    bench.end()

    bench.store(task(f"{glue}startJobRun.sync", JobName="load", Arguments={"--day": "1"}), "jobs")
    bench.store(task(f"{glue}startCrawler.sync", Name="raw"), "crawls")
    job, crawl = (bench.firing.start_workflow(name, {}).id for name in ("jobs", "crawls"))
    assert sorted(bench.step()) == ["load", "raw"]
    started = bench.clock()
    bench.clock.advance(seconds=90)
    bench.end()
    bench.step()

    result = bench.output(job)
    assert (result["JobName"], result["JobRunState"]) == ("load", "SUCCEEDED")
    assert result["StartedOn"] == int(started.timestamp() * 1000)
    assert result["CompletedOn"] == result["StartedOn"] + 90_000
    assert result["Arguments"]["--day"] == "1"
    (crawled,) = bench.runs.list(kind=RunKind.CRAWL)
    assert bench.output(crawl) == {"Name": "raw", "RunId": crawled.id, "State": "SUCCEEDED"}


def test_a_resource_may_stand_for_a_job_that_is_given_the_input(bench: Bench) -> None:
    states = {"T": {"Type": "Task", "Resource": "arn:x:y", "End": True}}
    machine = MachineWorkflow(
        name="flow",
        document={"StartAt": "T", "States": states},
        resources={"arn:x:y": "job:load"},
        members={},
    )
    with bench.runs.transaction() as connection:
        definitions = DefinitionStore(bench.engine, bench.clock)
        store_machine(definitions.within(connection), machine)
    bench.firing.start_workflow("flow", {}, given={"day": "š 1"})

    assert bench.step() == ["load"]
    assert bench.runs.list()[0].arguments["--input"] == '{"day": "š 1"}'


@pytest.mark.parametrize(
    ("state", "message", "error"),
    [
        (RunState.STOPPED, None, "States.TaskFailed"),
        (RunState.TIMEOUT, None, "States.TaskFailed"),
        (RunState.ERROR, "Job load not found", "Glue.EntityNotFoundException"),
        (
            RunState.FAILED,
            "Concurrent runs exceeded for job: load.",
            "Glue.ConcurrentRunsExceededException",
        ),
    ],
)
def test_an_end_other_than_success_is_an_error_by_name(
    bench: Bench, state: RunState, message: str | None, error: str
) -> None:
    run_id = bench.start({"StartAt": "J", "States": {"J": job("load")}})
    bench.step()
    (run,) = bench.runs.list()
    said = None if message is None else RunError(message=message)
    bench.runs.finish(run.id, state, error=said)
    bench.step()

    found = bench.workflows.executions.find(run_id)
    assert found is not None
    assert found.execution.root.error == error
    assert f'"JobRunState": "{state}"' in str(found.execution.root.cause)
