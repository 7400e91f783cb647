"""What is old is removed with all that is on record of it, and nothing that is still asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from gluepot.catalog.definitions import DefinitionStore
from gluepot.jobs.bookmarks.store import BookmarkStore
from gluepot.jobs.bookmarks.tables import bookmarks, intents
from gluepot.jobs.lineage.tables import noted_datasets
from gluepot.jobs.notifications.outbox import Announcement, Outbox, announce
from gluepot.jobs.notifications.tables import deliveries, delivery_attempts
from gluepot.jobs.quality.model import GateResult
from gluepot.jobs.run_context.store import JobStore
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.runs.tables import run_events, workflow_events, workflow_executions, workflow_runs
from gluepot.jobs.runs.tables import runs as runs_table
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.scheduling.pruning import Pruning
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.jobs.workflows.advancing import Advancing
from gluepot.jobs.workflows.documents import MachineWorkflow, store_machine
from gluepot.jobs.workflows.runs import KIND, WorkflowRunStore

if TYPE_CHECKING:
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.triggers.store import TriggerStore
    from tests.jobs.scheduling.conftest import Clock

KEEP = timedelta(days=90)
LEASE = timedelta(seconds=60)
LABELLING = {"Properties": {"TaskType": "LABELING_SET_GENERATION"}}


class Attic:
    """Fills a database with the past, and has it pruned."""

    def __init__(self, engine: sa.Engine, clock: Clock, triggers: TriggerStore) -> None:
        self.engine, self.clock, self.triggers = engine, clock, triggers
        self.runs = RunStore(engine, clock)
        self.workflows = WorkflowRunStore(engine, clock)
        self.firing = Firing(
            clock=clock, runs=self.runs, triggers=triggers, workflows=self.workflows
        )

    def queue(self, name: str = "load", kind: RunKind = RunKind.JOB, **more: object) -> Run:
        """Record a run."""
        run = self.runs.enqueue(kind, name, **more)  # type: ignore[arg-type]
        assert run is not None
        return run

    def end(self, run: Run, state: RunState = RunState.SUCCEEDED) -> Run:
        """End a run, and let everybody who asks for its events and its end have done so."""
        self.runs.finish(run.id, state)
        self.settle()
        return run

    def settle(self) -> None:
        """Take what waits to be told and to be followed."""
        self.firing.fire_followers()
        while self.runs.take_events():
            pass

    def prune(self, batch: int = 100) -> list[int]:
        """Prune to the end, and return how many things each step removed."""
        pruning = Pruning(self.engine, self.clock, keep=KEEP, batch=batch)
        steps = []
        while pruning.due:
            steps.append(pruning.step())
        return steps

    def kept(self) -> set[str]:
        """Return the ids of the runs that are on record."""
        return {run.id for run in self.runs.list(limit=10_000)}

    def rows(self, table: sa.Table) -> int:
        """Return how many rows a table has."""
        with self.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def attic(engine: sa.Engine, clock: Clock, triggers: TriggerStore) -> Attic:
    return Attic(engine, clock, triggers)


def test_old_runs_go_with_their_events_and_datasets(attic: Attic) -> None:
    old = attic.end(attic.queue())
    with attic.engine.begin() as connection:
        dataset = {"run_id": old.id, "role": "input", "dataset": {}}
        connection.execute(sa.insert(noted_datasets).values(dataset))
    attic.clock.advance(days=1)
    young = attic.end(attic.queue())
    attic.clock.advance(days=89)

    assert attic.prune() == [0, 0, 0]  # ended ninety days ago to the second
    attic.clock.advance(seconds=1)
    assert sum(attic.prune()) == 1

    assert attic.kept() == {young.id}
    assert attic.rows(noted_datasets) == 0
    assert {event.run_id for event in attic.runs.events(young.id)} == {young.id}
    assert attic.rows(run_events) == len(attic.runs.events(young.id)) > 0


def test_what_is_under_way_or_still_asked_for_is_kept(attic: Attic) -> None:
    ended = attic.end(attic.queue("ended"))
    attic.queue("waits")
    works, unfollowed, untold = (
        attic.queue("works"),
        attic.queue("followed", trigger_name="t"),
        attic.queue("told"),
    )
    attic.runs.begin(works.id, "w", lease=timedelta(days=1000))
    halfway = attic.end(attic.queue("half"))
    rest = attic.queue("rest", chain_id=halfway.chain_id)
    sheet = attic.end(attic.queue("match", RunKind.MATCH, settings=LABELLING))
    attic.runs.finish(unfollowed.id, RunState.FAILED)
    while attic.runs.take_events():
        pass
    attic.runs.finish(untold.id, RunState.SUCCEEDED)
    attic.clock.advance(days=100)
    old = {run.id for run in attic.runs.list()}
    for name in ("ended", "waits", "works", "followed", "told", "half", "rest"):
        attic.queue(name)  # so that none of them is kept as the last of its name
    attic.queue("match", RunKind.MATCH)

    attic.prune()

    assert old - attic.kept() == {ended.id}
    assert rest.id in attic.kept()
    assert sheet.id in attic.kept()


@pytest.mark.parametrize("kind", RunKind)
def test_runs_of_each_kind_go_but_the_last_of_a_name(attic: Attic, kind: RunKind) -> None:
    settings = {"Properties": {"TaskType": "EVALUATION"}} if kind is RunKind.MATCH else {}
    old = [attic.end(attic.queue("one", kind, settings=settings)) for _ in range(2)]
    attic.clock.advance(days=91)

    attic.prune()

    assert attic.kept() == {old[1].id}


def test_what_a_pruned_run_found_of_quality_is_kept(attic: Attic) -> None:
    results = JobStore(attic.engine, attic.clock)
    old, _ = [attic.end(attic.queue("s.t", RunKind.QUALITY)) for _ in range(2)]
    result = results.record_gate(
        GateResult(
            run_id=old.id,
            job_name="s.t",
            gate="g",
            on_failure="warn",
            passed=True,
            result={"statistics": {"Dataset.*.RowCount": 3.0}},
            html_report="",
            json_report="",
        )
    )
    attic.clock.advance(days=91)

    attic.prune()

    assert old.id not in attic.kept()
    assert results.quality.get(result.id).run_id == old.id
    assert [each.value for each in results.quality.statistics(profile_id=result.profile_id)] == [3]


def test_the_last_run_of_a_name_and_those_of_bookmarks_are_kept(attic: Attic) -> None:
    read, begun, other, last = (attic.end(attic.queue()) for _ in range(4))
    crawl = attic.end(attic.queue("load", RunKind.CRAWL))
    now = attic.clock()
    with attic.engine.begin() as connection:
        bookmark = {"id": "b", "version": 1, "updated_at": now}
        names = [("load", read.id), ("more", None)]
        connection.execute(
            sa.insert(bookmarks), [{"job_name": n, "run_id": r, **bookmark} for n, r in names]
        )
        intent = {"version": 2, "sources": {}, "published": {}, "created_at": now}
        row = {"job_name": "more", "run_id": begun.id, **intent}
        connection.execute(sa.insert(intents).values(row))
    attic.clock.advance(days=91)

    attic.prune()

    assert attic.kept() == {read.id, begun.id, last.id, crawl.id}
    assert other.id not in attic.kept()
    bookmark_store = BookmarkStore(attic.engine, attic.clock)
    found = bookmark_store.find("load")
    assert found is not None
    assert attic.runs.get(found.run_id or "").name == "load"


def test_a_workflow_run_goes_as_a_whole_once_nothing_is_left_to_be_done(attic: Attic) -> None:
    definitions = DefinitionStore(attic.engine, attic.clock)
    pause = {"Type": "Wait", "Seconds": 86_400 * 200, "End": True}
    resource = "arn:aws:states:::glue:startJobRun.sync"
    task = {"Type": "Task", "Resource": resource, "Parameters": {"JobName": "load"}}
    for name, then in (("ends", {"End": True}), ("waits", {"Next": "Pause"})):
        states = {"Load": {**task, **then}, **({"Pause": pause} if name == "waits" else {})}
        machine = MachineWorkflow(
            name=name, document={"StartAt": "Load", "States": states}, members={}
        )
        with attic.engine.begin() as connection:
            store_machine(definitions.within(connection), machine)
    advancing = Advancing(clock=attic.clock, runs=attic.runs, executions=attic.workflows.executions)
    ends = attic.firing.start_workflow("ends", {}).id
    waits = attic.firing.start_workflow("waits", {}).id
    for run in advancing.advance():
        attic.end(run)
    advancing.advance()
    attic.clock.advance(days=91)
    attic.queue()

    attic.prune()

    assert attic.workflows.find(ends) is None
    assert attic.workflows.executions.find(ends) is None
    assert attic.workflows.executions.events(ends) == []
    assert attic.rows(workflow_runs) == attic.rows(workflow_executions) == 1
    assert attic.runs.chains([ends, waits]).keys() == {waits}
    attic.clock.advance(days=109)
    assert advancing.advance() == ()
    assert str(attic.workflows.get("waits", waits).status) == "SUCCEEDED"
    events = [event.event for event in attic.workflows.executions.events(waits)]
    assert (events[0], events[-1]) == ("WorkflowRunStarted", "ExecutionSucceeded")


def test_what_a_later_run_resumes_stays_as_long_as_that(attic: Attic) -> None:
    DefinitionStore(attic.engine, attic.clock).create(KIND, "flow", {})
    first = attic.firing.start_workflow("flow", {})
    attic.clock.advance(days=60)
    second = attic.workflows.begin("flow", {}, (), resumes=first)
    attic.clock.advance(days=60)

    attic.prune()
    assert attic.workflows.find(first.id) is not None
    attic.clock.advance(days=31)
    attic.prune()
    attic.prune()

    assert attic.workflows.find(second.id) is None
    assert attic.workflows.find(first.id) is None
    assert attic.rows(workflow_events) == 0


def test_deliveries_go_with_their_attempts_unless_they_are_pending(attic: Attic) -> None:
    outbox = Outbox(attic.engine, attic.clock)
    done, dead, pending = (outbox.put("a", "s", {}) for _ in range(3))
    with attic.engine.begin() as connection:
        table = deliveries
        for delivery, state in ((done, "DELIVERED"), (dead, "DEAD")):
            values = {"state": state, "completed_at": attic.clock(), "due_at": None}
            connection.execute(sa.update(table).where(table.c.id == delivery).values(values))
        attempts = [
            {"delivery_id": one, "at": attic.clock(), "seconds": 1, "succeeded": False}
            for one in (done, dead, pending)
        ]
        connection.execute(sa.insert(delivery_attempts), attempts)
        told = Announcement(
            kind="k", name="n", subject_id="s", event="E", detail={}, at=attic.clock()
        )
        announce(connection, told)
    attic.clock.advance(days=91)
    fresh = outbox.put("a", "s", {})

    assert sum(attic.prune()) == 2

    assert {one.id for one in outbox.list()} == {pending, fresh}
    assert attic.rows(delivery_attempts) == len(outbox.attempts(pending)) == 1
    assert len(outbox.take_announcements()) == 1


def test_a_step_removes_a_few_and_a_scheduler_takes_them_until_none_is_left(
    attic: Attic, clock: Clock
) -> None:
    for _ in range(7):
        attic.end(attic.queue())
    clock.advance(days=91)
    pruning = Pruning(attic.engine, clock, keep=KEEP, batch=2)
    scheduler = Scheduler(
        attic.runs, attic.triggers, {}, clock, "s", workflows=attic.workflows, pruning=pruning
    )

    counts = []
    for _ in range(4):
        scheduler.step()
        counts.append(attic.rows(runs_table))

    assert counts == [5, 3, 1, 1]
    while pruning.due:
        scheduler.step()
    attic.end(attic.queue())
    scheduler.step()
    assert attic.rows(runs_table) == 2
    clock.advance(hours=1)
    scheduler.step()
    assert attic.rows(runs_table) == 1


def test_one_that_only_works_prunes_nothing(attic: Attic, clock: Clock) -> None:
    attic.end(attic.queue())
    attic.queue()
    clock.advance(days=91)
    pruning = Pruning(attic.engine, clock, keep=KEEP)

    Scheduler(attic.runs, attic.triggers, {}, clock, "w", fires=False, pruning=pruning).step()

    assert attic.rows(runs_table) == 2
