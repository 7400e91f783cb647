"""Scheduling: how late triggers fire, and how deciding grows with the number that are stored.

    python bench/scheduling.py                   about six minutes
    python bench/scheduling.py --quick           one; the figures say little
    python bench/scheduling.py --minutes 0       growth alone

The delay is from the moment at which a trigger is due to the moment at which its run is recorded,
on one scheduler with 10,000 triggers on PostgreSQL and by the real clock: once with the triggers
spread over the minutes of an hour, once with all of them due in the same minute. Growth: a pass of
the scheduler with nothing due, with 100 due and with 100 ended runs that a trigger waits for, among
1,000, 10,000 and 100,000 stored. An exponent says how a time grows: 0 not at all, 1 as a scan does.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import SecretStr
from serving.servers import machine
from soaking.database import Database

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.catalog.wire import to_wire
from gluepot.jobs.definitions.stored_jobs import KIND
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.runs.tables import runs as run_rows
from gluepot.jobs.runs.tables import trigger_conditions, triggers
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.jobs.triggers.model import Action, Condition, Predicate, Trigger, fire_after
from gluepot.jobs.triggers.store import TriggerStore
from gluepot.jobs.workflows.runs import WorkflowRunStore
from gluepot.services import open_services
from gluepot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RESULTS = Path(__file__).parent / "results"
STORED = (1_000, 10_000, 100_000)
DUE = 100
TIMES = 5
CHUNK = 5_000
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Rig:
    """The stores of one database, by a clock that is given."""

    runs: RunStore
    firing: Firing
    triggers: TriggerStore
    workflows: WorkflowRunStore
    engine: sa.Engine


def rig(url: str, clock: Callable[[], datetime]) -> Rig:
    """Return the stores of a database."""
    engine = open_engine(url)
    found, stored = RunStore(engine, clock), TriggerStore(engine, clock)
    workflows = WorkflowRunStore(engine, clock)
    firing = Firing(clock=clock, runs=found, triggers=stored, workflows=workflows)
    return Rig(runs=found, firing=firing, triggers=stored, workflows=workflows, engine=engine)


@contextlib.contextmanager
def fresh(server: Database, name: str) -> Iterator[str]:
    """Yield the URL of a new database, migrated, that is dropped after the block."""
    admin = sa.create_engine(server.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = sa.make_url(server.url).set(database=name).render_as_string(hide_password=False)
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def scheduled(number: int, schedule: str) -> Trigger:
    """Return an activated trigger that starts a job of its own."""
    return Trigger(
        name=f"t{number}",
        type="SCHEDULED",
        state="ACTIVATED",
        schedule=schedule,
        actions=(Action(job_name=f"job{number}"),),
    )


def waiting(number: int) -> Trigger:
    """Return an activated trigger that waits for the job of a scheduled one."""
    condition = Condition(job_name=f"job{number}", state="SUCCEEDED")
    return Trigger(
        name=f"after{number}",
        type="CONDITIONAL",
        state="ACTIVATED",
        predicate=Predicate(conditions=(condition,)),
        actions=(Action(job_name=f"then{number}"),),
    )


def store(engine: sa.Engine, found: Sequence[Trigger], now: datetime) -> None:
    """Store many triggers at once, as the store does one by one."""
    with engine.begin() as connection:
        for begin in range(0, len(found), CHUNK):
            some = found[begin : begin + CHUNK]
            connection.execute(
                sa.insert(triggers),
                [
                    {
                        "name": trigger.name,
                        "state": trigger.state,
                        "definition": to_wire(trigger),
                        "next_fire_at": fire_after(trigger, None, now),
                    }
                    for trigger in some
                ],
            )
            watched = [
                {"trigger_name": one.name, "kind": "job", "name": condition.job_name}
                for one in some
                for condition in one.conditions
            ]
            if watched:
                connection.execute(sa.insert(trigger_conditions), watched)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("ANALYZE"))


def store_jobs(engine: sa.Engine, count: int, clock: Callable[[], datetime]) -> None:
    """Store the jobs that the scheduled triggers start: each fire looks at its job's rules."""
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/load.py"}
    document = {"Role": "etl", "Command": command, "ExecutionProperty": {"MaxConcurrentRuns": 1000}}
    with engine.begin() as connection:
        definitions = DefinitionStore(engine, clock, connection=connection)
        for number in range(count):
            definitions.create(KIND, f"job{number}", document)


def delays(server: Database, stored: int, *, minutes: int, burst: bool) -> dict[str, Any]:
    """Return how late triggers fire by the real clock, in seconds."""

    def clock() -> datetime:
        return datetime.now(UTC)

    with (
        fresh(server, "burst" if burst else "spread") as url,
        tempfile.TemporaryDirectory() as home,
        open_services(Settings(home=Path(home), catalog_url=SecretStr(url))) as found,
    ):
        # Definitions take their time: what is due before the scheduler runs is left out.
        minute = clock().replace(second=0, microsecond=0) + timedelta(minutes=2)
        schedules = [
            f"cron({minute.minute if burst else number % 60} * * * ? *)" for number in range(stored)
        ]
        crons = [scheduled(number, text) for number, text in enumerate(schedules)]
        store(found.engine, crons, clock())
        store_jobs(found.engine, stored, clock)
        stop = threading.Event()
        scheduler = Scheduler(
            found.runs, found.triggers, {}, clock, "bench", workflows=found.workflows
        )
        thread = threading.Thread(target=scheduler.run, args=(stop,))
        begun = clock()
        thread.start()
        time.sleep((minute - clock()).total_seconds() + 60 * minutes)
        stop.set()
        thread.join()
        late = sorted(lateness(found.engine, begun))
    return {
        "stored": stored,
        "fired": len(late),
        "p50": round(statistics.median(late), 3),
        "p99": round(late[min(len(late) - 1, int(len(late) * 0.99))], 3),
        "most": round(late[-1], 3),
    }


def lateness(engine: sa.Engine, begun: datetime) -> Iterator[float]:
    """Yield of each run how long after it was due it was recorded, in seconds.

    Fires that were due before the scheduler ran are left out.
    """
    with engine.connect() as connection:
        rows = connection.execute(sa.select(run_rows.c.unique_key, run_rows.c.queued_at)).all()
    for key, queued_at in rows:
        due = datetime.fromisoformat(key.partition("@")[2].partition("#")[0])
        if due >= begun:
            yield (queued_at - due).total_seconds()


def growth(server: Database, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Return what a pass takes among so many stored triggers, in milliseconds."""
    return [passes(server, size) for size in sizes]


def passes(server: Database, stored: int) -> dict[str, Any]:
    """Return what a pass takes with nothing due, with some due, and with runs to be followed."""
    now = [NOON]
    with fresh(server, f"growth{stored}") as url:
        found = rig(url, lambda: now[0])
        # The due ones are due once a day, each pass on a day of its own; the rest much later.
        seldom = "at(2099-01-01T00:00:00)"
        crons = [
            scheduled(number, "cron(30 12 * * ? *)" if number < DUE else seldom)
            for number in range(stored // 2)
        ]
        store(found.engine, [*crons, *map(waiting, range(stored // 2))], NOON)
        found.firing.fire_due()
        idle, due, ended = [], [], []
        for _ in range(TIMES):
            idle.append(timed(found.firing.fire_due, 0))
            now[0] += timedelta(days=1)
            due.append(timed(found.firing.fire_due, DUE))
            for run in found.runs.list(limit=2 * DUE):
                if not run.state.final:
                    found.runs.finish(run.id, RunState.SUCCEEDED)
            ended.append(timed(found.firing.fire_followers, DUE))
        found.engine.dispose()
    return {
        "stored": stored,
        "idle_ms": round(statistics.median(idle), 3),
        "due_ms": round(statistics.median(due), 1),
        "ended_ms": round(statistics.median(ended), 1),
    }


def timed(act: Callable[[], tuple[Any, ...]], expected: int) -> float:
    """Return how long a pass takes in milliseconds, and see that it fires what it should."""
    begun = time.perf_counter()
    fired = len(act())
    taken = (time.perf_counter() - begun) * 1000
    if fired != expected:
        raise SystemExit(f"{fired} runs were started where {expected} should be")
    return taken


def exponent(rows: Sequence[dict[str, Any]], figure: str) -> float:
    """Return how a figure grows from the smallest number of stored triggers to the largest."""
    first, last = rows[0], rows[-1]
    return round(
        math.log(last[figure] / first[figure]) / math.log(last["stored"] / first["stored"]), 3
    )


def options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description="How late triggers fire, and what deciding costs.")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--triggers", type=int, default=10_000, help="stored for the delays")
    parser.add_argument("--minutes", type=int, default=3, help="by the real clock; 0 for none")
    parser.add_argument("--output", type=Path, default=RESULTS / "scheduling.json")
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    given = options()
    sizes = STORED[:2] if given.quick else STORED
    report: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory() as folder:
        server = Database(Path(folder) / "postgres")
        server.start()
        try:
            rows = report["growth"] = growth(server, sizes)
            figures = ("idle_ms", "due_ms", "ended_ms")
            report["exponents"] = {figure: exponent(rows, figure) for figure in figures}
            minutes = min(given.minutes, 1) if given.quick else given.minutes
            if minutes:
                spread = {"stored": given.triggers, "minutes": minutes, "burst": False}
                report["delay_seconds_spread"] = delays(server, **spread)
                report["delay_seconds_at_once"] = delays(
                    server, **spread | {"burst": True, "minutes": 1}
                )
        finally:
            server.stop()
    show(report)
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(report, indent=2) + "\n")


def show(report: dict[str, Any]) -> None:
    """Print the figures."""
    print(f"  {'stored':>9}{'idle pass':>14}{f'{DUE} due':>14}{f'{DUE} ended':>14}")
    for row in report["growth"]:
        print(
            f"  {row['stored']:>9,}{row['idle_ms']:>11.2f} ms{row['due_ms']:>11.1f} ms"
            f"{row['ended_ms']:>11.1f} ms"
        )
    found = report["exponents"]
    print(f"  {'exponent':>9}{found['idle_ms']:>14}{found['due_ms']:>14}{found['ended_ms']:>14}")
    for name, what in (("spread", "spread over an hour"), ("at_once", "all in one minute")):
        delay = report.get(f"delay_seconds_{name}")
        if delay is not None:
            print(
                f"  {delay['stored']:,} triggers {what}: {delay['fired']:,} fired,"
                f" p50 {delay['p50']:.3f} s, p99 {delay['p99']:.3f} s, most {delay['most']:.3f} s"
            )


if __name__ == "__main__":
    main()
