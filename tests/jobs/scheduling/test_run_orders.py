"""Many runs recorded at once: as one by one, in as many statements for a hundred as for ten."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.jobs.runs.orders import RunOrder
from gluepot.jobs.runs.state import RunKind, RunRules, RunState, Target
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.runs.tables import run_events
from gluepot.jobs.runs.tables import runs as run_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from gluepot.jobs.runs.state import Run
    from tests.jobs.scheduling.conftest import Clock

NAMES = ("free", "single", "queued", "single", "free", "queued", "single", "queued")
RULES = {
    "free": RunRules(max_retries=3, settings={"Timeout": 5}),
    "single": RunRules(max_concurrent=1, max_retries=0),
    "queued": RunRules(max_concurrent=2, queues=True, settings={"GlueVersion": "5.0"}),
}


def rules_of(targets: Collection[Target]) -> dict[Target, RunRules]:
    return {target: RULES.get(target.name, RunRules()) for target in targets}


@pytest.fixture
def store(engine: sa.Engine, clock: Clock) -> RunStore:
    return RunStore(engine, clock, max_retries=lambda _kind, _name: 7, rules=rules_of)


def order(number: int, name: str = "free") -> RunOrder:
    return RunOrder(
        target=Target(kind=RunKind.JOB, name=name),
        trigger_name="t",
        chain_id=f"c{number}",
        unique_key=f"k{number}",
        arguments={"--n": str(number)},
        settings={"Timeout": 9} if number % 2 else {},
    )


def shown(run: Run) -> tuple[Any, ...]:
    told = (run.name, run.state, run.max_retries, run.arguments, run.settings, run.chain_id)
    return (*told, run.trigger_name, run.error and run.error.message)


def test_runs_are_those_that_one_by_one_would_be_recorded(
    store: RunStore, engine: sa.Engine
) -> None:
    orders = [order(number, name) for number, name in enumerate(NAMES)]

    at_once = {run.chain_id for run in store.enqueue_all(orders)}
    many = [shown(run) for run in store.list()]
    held = _held(engine)
    with engine.begin() as connection:
        connection.execute(sa.delete(run_rows))
        connection.execute(sa.delete(run_events))
    for one in orders:
        store.enqueue(
            one.target.kind,
            one.target.name,
            arguments=one.arguments,
            settings=one.settings,
            trigger_name=one.trigger_name,
            chain_id=one.chain_id,
            unique_key=one.unique_key,
        )

    assert many == [shown(run) for run in store.list()]
    assert held == _held(engine) == ["c7"]
    assert at_once == {one.chain_id for one in orders}
    states = [row[1] for row in many[::-1] if row[0] == "single"]
    assert states == [RunState.WAITING, RunState.FAILED, RunState.FAILED]


def _held(engine: sa.Engine) -> list[str]:
    query = sa.select(run_rows.c.chain_id).where(run_rows.c.held_below.is_not(None))
    with engine.connect() as connection:
        return list(connection.scalars(query))


def test_a_key_that_is_taken_is_there_already(store: RunStore) -> None:
    store.enqueue_all([order(1), order(2)])

    new = store.enqueue_all([order(2), order(3), order(3)])

    assert [run.chain_id for run in new] == ["c3"]
    assert sorted(run.chain_id for run in store.list()) == ["c1", "c2", "c3"]
    assert store.enqueue_all([]) == []


def test_a_hundred_take_no_more_statements_than_ten(store: RunStore, engine: sa.Engine) -> None:
    orders = [replace(order(n), target=Target(kind=RunKind.JOB, name="queued")) for n in range(110)]
    counts = []
    for some in (orders[:10], orders[10:]):
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)  # noqa: B023

        sa.event.listen(engine, "before_cursor_execute", note)
        store.enqueue_all(some)
        sa.event.remove(engine, "before_cursor_execute", note)
        counts.append(len(seen))

    assert counts[0] == counts[1]
