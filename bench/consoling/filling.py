"""A large catalog: tables, partitions, jobs, runs, and a workflow of many nodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.model import Cause, Column, Database, Partition, StorageDescriptor, Table
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.tables import runs
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.triggers.model import (
    Action,
    Condition,
    Predicate,
    Trigger,
    TriggerState,
    TriggerType,
)
from gluepot.jobs.workflows.runs import KIND

if TYPE_CHECKING:
    from gluepot.services import Services

CAUSE = Cause(kind="cli", id="bench")
COLUMNS = tuple(Column(name=f"column_{number}", type="string") for number in range(20))
WORKFLOW_RUNS = 25
JOB = """\
name: job_{number}
sources: {{ raw: {{ table: db_0.table_{number} }} }}
sinks: [{{ input: raw, path: "s3://lake/{number}", format: parquet }}]
"""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much there is of everything."""

    tables: int = 10_000
    partitions: int = 100_000
    runs: int = 2_000
    nodes: int = 500
    jobs: int = 100
    rows: int = 100_000


QUICK = Sizes(tables=200, partitions=2_000, runs=100, nodes=40, jobs=10, rows=1_000)


def fill_catalog(services: Services, sizes: Sizes) -> dict[str, dict[str, str]]:
    """Fill the catalog; return the parameters of pages that are of one thing."""
    _fill_tables(services, sizes)
    _fill_jobs(services, sizes)
    run_id = _fill_runs(services, sizes)
    flow_id = _fill_workflow(services, sizes.nodes)
    return {
        "job": {"name": "job_0"},
        "run": {"id": run_id},
        "run-log": {"id": run_id},
        "workflow": {"name": "large"},
        "workflow-run": {"name": "large", "id": flow_id},
        "trigger": {"name": "daily"},
        "trigger-preview": {"expression": "cron(0 8 * * ? *)"},
        "ruleset": {"table": "db_0.table_0"},
    }


def _fill_tables(services: Services, sizes: Sizes) -> None:
    catalog = services.catalog
    for number in range(max(1, sizes.tables // 100)):
        catalog.create_database(Database(name=f"db_{number}"))
    for number in range(sizes.tables):
        catalog.create_table(_table(f"db_{number // 100}", f"table_{number}"), CAUSE)
    keys = (Column(name="day", type="string"), Column(name="hour", type="int"))
    catalog.create_table(_table("db_0", "large", keys), CAUSE)
    for start in range(0, sizes.partitions, 1000):
        catalog.partitions.create(
            "db_0",
            "large",
            [
                Partition(
                    values=(f"day-{number // 24:06}", str(number % 24)),
                    storage_descriptor=StorageDescriptor(
                        columns=COLUMNS, location=f"s3://lake/large/{number}/"
                    ),
                )
                for number in range(start, min(start + 1000, sizes.partitions))
            ],
        )


def _table(database: str, name: str, keys: tuple[Column, ...] = ()) -> Table:
    storage = StorageDescriptor(columns=COLUMNS, location=f"s3://lake/{database}/{name}/")
    return Table(
        database_name=database,
        name=name,
        parameters={"classification": "parquet"},
        partition_keys=keys,
        storage_descriptor=storage,
    )


def _fill_jobs(services: Services, sizes: Sizes) -> None:
    folder = services.settings.conf_dir / "jobs"
    folder.mkdir(parents=True)
    for number in range(sizes.jobs):
        (folder / f"job_{number}.yaml").write_text(JOB.format(number=number))


def _fill_runs(services: Services, sizes: Sizes) -> str:
    lease = timedelta(minutes=5)
    last = ""
    for number in range(sizes.runs):
        name = f"job_{number % sizes.jobs}"
        run = services.runs.enqueue(RunKind.JOB, name, owner="bench", lease=lease)
        if run is None:
            raise AssertionError("a run without a key of its own is always new")
        services.runs.begin(run.id, "bench", lease=lease)
        state = RunState.FAILED if number % 7 == 0 else RunState.SUCCEEDED
        services.runs.finish(run.id, state)
        last = run.id
    _spread(services, sizes.runs)
    return last


def _spread(services: Services, count: int) -> None:
    """Let the runs have begun one after another, over twenty days."""
    span = timedelta(days=20) / count
    begin = datetime.now(UTC) - timedelta(days=20)
    with services.engine.begin() as connection:
        numbers = connection.scalars(sa.select(runs.c.number).order_by(runs.c.number)).all()
        for place, number in enumerate(numbers):
            at = begin + span * place
            times = {"queued_at": at, "started_at": at, "completed_at": at + timedelta(seconds=40)}
            connection.execute(sa.update(runs).where(runs.c.number == number).values(times))


def _fill_workflow(services: Services, nodes: int) -> str:
    services.jobs.definitions.create(KIND, "large", {"Description": "A large one"})
    daily = Trigger(
        name="daily",
        type=TriggerType.SCHEDULED,
        schedule="cron(0 8 * * ? *)",
        state=TriggerState.ACTIVATED,
        actions=(Action(job_name="job_0"),),
    )
    services.triggers.create(daily)
    begin = Trigger(
        name="begin",
        type=TriggerType.ON_DEMAND,
        actions=(Action(job_name="step_0"),),
        workflow_name="large",
    )
    services.triggers.create(begin)
    for number in range(1, nodes // 2):
        waits = Condition(job_name=f"step_{(number - 1) // 2}", state="SUCCEEDED")
        trigger = Trigger(
            name=f"after_{number}",
            type=TriggerType.CONDITIONAL,
            state=TriggerState.ACTIVATED,
            predicate=Predicate(conditions=(waits,)),
            actions=(Action(job_name=f"step_{number}"),),
            workflow_name="large",
        )
        services.triggers.create(trigger)
    firing = Firing(
        clock=services.clock,
        runs=services.runs,
        triggers=services.triggers,
        workflows=services.workflows,
    )
    ids = [firing.start_workflow("large", {}).id for _ in range(WORKFLOW_RUNS)]
    return ids[-1]
