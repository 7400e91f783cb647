"""Console: server time of every page over a large catalog, asked again and again.

    python bench/console.py                      the sizes of the documentation, on SQLite
    python bench/console.py --quick              a minute; the figures say little
    python bench/console.py --database URL       on an empty PostgreSQL database

The catalog gets 10,000 tables, a table of 100,000 partitions, 2,000 runs and a workflow of 500
nodes. Each page is asked 30 times over HTTP by one visitor. Exits 1 where a page's 95th percentile
is above 150 ms, or the graph of the workflow is not there within a second.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.servers.glue import thread_app

from gluepot.catalog.model import Cause, Column, Database, Partition, StorageDescriptor, Table
from gluepot.console.page import href
from gluepot.console.pages.site import PAGES
from gluepot.jobs.firing import Firing
from gluepot.jobs.run_state import RunKind, RunState
from gluepot.jobs.tables import runs
from gluepot.jobs.triggers import Action, Condition, Predicate, Trigger, TriggerState, TriggerType
from gluepot.jobs.workflow_runs import KIND
from gluepot.server.serve import application
from gluepot.services import Services, open_services
from gluepot.settings import ServerSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent / "results"
CAUSE = Cause(kind="cli", id="bench")
TIMES = 30
MOST_MS, MOST_GRAPH_MS = 150, 1000
GRAPHS = ("workflow", "workflow-run")
COLUMNS = tuple(Column(name=f"column_{number}", type="string") for number in range(20))
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


QUICK = Sizes(tables=200, partitions=2_000, runs=100, nodes=40, jobs=10)


def fill(services: Services, sizes: Sizes) -> dict[str, dict[str, str]]:
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
        "recipe": {"job": "job_0"},
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
    return firing.start_workflow("large", {}).id


def addresses(known: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the address of each page that has one without results of Spark, and of some twice."""
    found = {}
    for page in PAGES:
        parameters = known.get(page.path)
        if parameters is None and page.path.startswith("table"):
            parameters = {"database": "db_0", "name": "large"}
        found[page.path or "home"] = href(page.path, **(parameters or {}))
    return found | {
        "catalog, a search": href("catalog", q="table_77"),
        "partitions, filtered": href(
            "table-partitions", database="db_0", name="large", filter="day = 'day-000100'"
        ),
    }


def measure(url: str, address: str, times: int) -> dict[str, Any]:
    """Return what a page answers and how long the server takes, in milliseconds."""
    took, status = [], 0
    for _ in range(times + 1):
        started = time.perf_counter()
        status = _ask(url + address)
        took.append((time.perf_counter() - started) * 1000)
    ordered = quantiles(took[1:], n=20, method="inclusive")
    return {"status": status, "p50_ms": round(ordered[9], 1), "p95_ms": round(ordered[18], 1)}


def _ask(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=60) as reply:  # noqa: S310 - our own server
            reply.read()
            return int(reply.status)
    except urllib.error.HTTPError as error:
        with error:
            error.read()
            return error.code


@contextmanager
def console(home: Path, database: str | None) -> Iterator[tuple[str, Services]]:
    """Run a server over an empty catalog."""
    url = database or f"sqlite:///{home}/catalog.db"
    settings = Settings(
        home=home,
        conf_dir=home / "conf",
        catalog_url=SecretStr(url),
        server=ServerSettings(log_requests=False),
    )
    with (
        open_services(settings) as services,
        thread_app(application(services), settings.server) as served,
    ):
        yield served, services


def main() -> int:
    """Fill, measure, print, and say whether every page is fast enough."""
    parser = argparse.ArgumentParser(description="Server time of every page of the console.")
    parser.add_argument("--quick", action="store_true", help="a small catalog")
    parser.add_argument("--database", help="an empty database in place of SQLite")
    given = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        console(Path(folder), given.database) as (url, services),
    ):
        known = fill(services, QUICK if given.quick else Sizes())
        for name, address in addresses(known).items():
            found[name] = measure(url, address, TIMES)
    return report(found)


def report(found: dict[str, dict[str, Any]]) -> int:
    """Print the figures, keep them, and return the exit code."""
    slow = []
    for name, one in sorted(found.items(), key=lambda each: -each[1]["p95_ms"]):
        most = MOST_GRAPH_MS if name in GRAPHS else MOST_MS
        mark = "" if one["p95_ms"] <= most else f"  above {most}"
        slow += [name] if mark else []
        print(
            f"{name:24} {one['status']}  p50 {one['p50_ms']:7.1f}  p95 {one['p95_ms']:7.1f}{mark}"
        )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "console.json").write_text(json.dumps(found, indent=2))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
