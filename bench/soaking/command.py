"""The command: what is run, judged and printed."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from serving.servers import machine

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.workflows.runs import KIND
from soaking.clock import FastClock
from soaking.database import Database
from soaking.fleet import Fleet
from soaking.plan import Plan, make_plan
from soaking.processes import Place, stores
from soaking.proof import (
    DELAYS,
    FIGURES,
    PROOF,
    any_due,
    count_changes,
    prepare,
    stop_clocks,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parents[1] / "results"
ORIGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SIZES = {"scheduler": 3, "worker": 4}
LONGEST_REST_SECONDS = 120
"""How long nothing at all may happen while something is still to be done."""

DEFINING_SECONDS = 5
"""What is defined counts from so long after, so that it is there when it is due."""


def options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description="Triggers and workflows, disturbed all the time.")
    parser.add_argument("--seconds", type=float, default=1800, help="how long things are disturbed")
    parser.add_argument("--speed", type=float, default=60, help="seconds of the clock a second")
    parser.add_argument("--triggers", type=int, default=1000)
    parser.add_argument("--workflows", type=int, default=50)
    parser.add_argument("--kill-every", type=float, default=10, help="seconds between two kills")
    parser.add_argument("--restarts", type=int, default=2, help="of the database")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--print-proof", action="store_true", help="print the query and end")
    parser.add_argument("--output", type=Path, default=RESULTS / "soak.json")
    return parser.parse_args()


def define(place: Place, given: argparse.Namespace) -> Plan:
    """Store the workflows and the triggers, and make the tables of the proof."""
    origin = place.clock() + place.clock.lasting(DEFINING_SECONDS)
    plan = make_plan(triggers=given.triggers, workflows=given.workflows, origin=origin)
    still = FastClock(origin=origin, began=0, speed=0)
    _, triggers, _, engine = stores(replace(place, clock=still))
    definitions = DefinitionStore(engine, still)
    for name in plan.workflows:
        definitions.create(KIND, name, {})
    with engine.begin() as connection:
        prepare(connection, plan)
        inside = triggers.within(connection)
        for trigger in plan.triggers:
            inside.create(trigger)
    engine.dispose()
    return plan


def disturb(database: Database, fleet: Fleet, given: argparse.Namespace) -> None:
    """Kill processes and restart the database for as long as was asked."""
    begun = time.monotonic()
    fleet.kill_every(given.kill_every)
    for number in range(1, given.restarts + 1):
        time.sleep(max(0, begun + given.seconds * number / (given.restarts + 1) - time.monotonic()))
        database.stop(at_once=number % 2 == 0)
        time.sleep(1)
        database.start()
    time.sleep(max(0, begun + given.seconds - time.monotonic()))
    fleet.spare()


def drain(place: Place, plan: Plan, fleet: Fleet) -> float:
    """Let nothing new fire by the clock, and return how long the rest took to end, in seconds.

    A machine with other things to do takes its time: only where nothing happens any more the rest
    is not waited for, and the proof finds it.
    """
    runs, _, _, engine = stores(place)
    begun, end = time.monotonic(), place.clock()

    def wait_while(busy: Callable[[sa.Connection], bool]) -> None:
        seen, since = -1, time.monotonic()
        while time.monotonic() < since + LONGEST_REST_SECONDS:
            fleet.look()
            with engine.connect() as connection:
                if not busy(connection):
                    return
                changes = count_changes(connection)
            if changes != seen:
                seen, since = changes, time.monotonic()
            time.sleep(0.5)

    wait_while(lambda connection: any_due(connection, end))
    with engine.begin() as connection:
        stop_clocks(connection, plan, end)
    wait_while(lambda connection: not runs.within(connection).idle(tuple(RunKind)))
    engine.dispose()
    return time.monotonic() - begun


def judge(url: str) -> tuple[dict[str, int], dict[str, Any]]:
    """Return the counts of the proof, and the figures."""
    engine = open_engine(url)
    with engine.connect() as connection:
        proof = {row[0]: int(row[1]) for row in connection.execute(sa.text(PROOF))}
        figures = dict(connection.execute(sa.text(FIGURES)).one()._mapping)  # noqa: SLF001
        delays = [float(value) for value in connection.scalar(sa.text(DELAYS)) or (0, 0, 0)]
    engine.dispose()
    return proof, figures | {"delays_on_the_clock": delays}


def soak(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Run the whole and return the report."""
    database = Database(folder / "postgres")
    database.start()
    engine = open_engine(database.url)
    migrate(engine)
    engine.dispose()
    clock = FastClock(origin=ORIGIN, began=time.time(), speed=given.speed)
    place = Place(url=database.url, clock=clock, log=str(folder / "log"))
    fleet = Fleet(place, SIZES, given.seed)
    try:
        fleet.wait()
        plan = define(place, given)
        disturb(database, fleet, given)
        drained = drain(place, plan, fleet)
        at_work = fleet.count()
        fleet.end()
        proof, figures = judge(database.url)
    finally:
        fleet.end()
        database.stop()
    delays = figures.pop("delays_on_the_clock")
    return {
        "seed": given.seed,
        "seconds": given.seconds,
        "clock_speed": given.speed,
        "triggers": len(plan.triggers),
        "workflows": len(plan.workflows),
        "processes": SIZES,
        "kills": dict(fleet.kills),
        "ended_by_themselves": fleet.deaths,
        "processes_at_the_end": at_work,
        "database_restarts": given.restarts,
        "seconds_to_drain": round(drained, 1),
        "delay_seconds": dict(
            zip(
                ("p50", "p99", "most"), (round(one / given.speed, 3) for one in delays), strict=True
            )
        ),
        **figures,
        "proof": proof,
    }


def main() -> int:
    """Run, print and write; 0 where nothing was lost and nothing came twice."""
    given = options()
    if given.print_proof:
        print(PROOF)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        report = {"machine": machine(), **soak(Path(folder), given)}
        log = Path(folder, "log")
        complaints = log.read_text(errors="replace").splitlines() if log.exists() else []
    for name, figure in report.items():
        if name != "proof":
            print(f"  {name:<26}{figure}")
    print("proof: each of these counts must be 0 (the query: --print-proof)")
    for what, count in report["proof"].items():
        print(f"  {count:>8}  {what}")
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(report, indent=2) + "\n")
    whole = report["processes_at_the_end"] == SIZES and not report["ended_by_themselves"]
    sound = whole and not any(report["proof"].values())
    if not sound:
        print("\n".join(["the last complaints:", *complaints[-40:]]))
    return 0 if sound else 1
