"""Many runs recorded at once: what the fires of one moment ask for, in a few statements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.insert import insert_into
from gluepot.jobs.runs.rows import event_values, run_of_row
from gluepot.jobs.runs.state import Run, RunRules, RunState, Target, new_run_id
from gluepot.jobs.runs.tables import lock_names, run_events, runs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class RunOrder:
    """A run that a fire of a trigger asks for; ``unique_key`` makes that it is there once."""

    target: Target
    trigger_name: str
    chain_id: str
    unique_key: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Runs that are new, and those of them that are one too many and do not wait for a turn."""

    runs: tuple[Run, ...]
    too_many: tuple[Run, ...]


def record_orders(
    connection: sa.Connection,
    orders: Sequence[RunOrder],
    rules: Mapping[Target, RunRules],
    now: datetime,
) -> Recorded:
    """Record the runs of orders in their order; one whose key is taken is there already."""
    limited = {order.target for order in orders if rules[order.target].max_concurrent is not None}
    under_way = _count_under_way(connection, limited)
    rows = [_row(order, rules[order.target], under_way, now) for order in orders]
    found = _insert(connection, rows)
    failing = {row["id"] for row in rows if row["too_many"]}
    new = tuple(found[row["id"]] for row in rows if row["id"] in found)
    return Recorded(runs=new, too_many=tuple(run for run in new if run.id in failing))


def _row(
    order: RunOrder, rules: RunRules, under_way: Counter[Target], now: datetime
) -> dict[str, Any]:
    most = rules.max_concurrent
    over = most is not None and under_way[order.target] >= most
    if not over:
        under_way[order.target] += 1
    return {
        "id": (run_id := new_run_id(order.target.kind)),
        "kind": order.target.kind,
        "name": order.target.name,
        "attempt": 0,
        "max_retries": rules.max_retries or 0,
        "arguments": dict(order.arguments),
        "trigger_name": order.trigger_name,
        "chain_id": order.chain_id or run_id,
        "unique_key": order.unique_key,
        "settings": {**rules.settings, **order.settings} or None,
        "held_below": most if over and rules.queues else None,
        "state": RunState.WAITING,
        "queued_at": now,
        "metrics": {},
        "triggers_pending": False,
        "too_many": over and not rules.queues,
    }


def _insert(connection: sa.Connection, rows: Iterable[dict[str, Any]]) -> dict[str, Run]:
    """Return the runs that are new by their ids, each with its event on record."""
    values = [{key: row[key] for key in row if key != "too_many"} for row in rows]
    if not values:
        return {}
    insert = insert_into(connection, runs).on_conflict_do_nothing(index_elements=["unique_key"])
    found = connection.execute(insert.returning(runs), values).all()
    made = {row.id: run_of_row(row) for row in found}
    if made:
        events = [event_values(run, run.state, None, run.queued_at) for run in made.values()]
        connection.execute(sa.insert(run_events), events)
    return made


def _count_under_way(connection: sa.Connection, targets: Collection[Target]) -> Counter[Target]:
    """Return how many runs of each have not ended and are not held back.

    No other transaction counts the same until this one ends; in one order, so that no two of them
    wait for each other.
    """
    found: Counter[Target] = Counter()
    lock_names(connection, sorted(f"{target.kind}:{target.name}" for target in targets))
    for kind in {target.kind for target in targets}:
        names = [target.name for target in targets if target.kind is kind]
        query = sa.select(runs.c.name, sa.func.count()).where(
            runs.c.kind == kind,
            runs.c.name.in_(names),
            runs.c.completed_at.is_(None),
            runs.c.held_below.is_(None),
        )
        for name, count in connection.execute(query.group_by(runs.c.name)):
            found[Target(kind=kind, name=name)] = count
    return found
