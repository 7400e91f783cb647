"""The proof in SQL: what was due, what ran, how it ended, and what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from soaking.plan import Plan

TABLES = (
    "CREATE TABLE soak_outputs (run_id text, trigger_name text, chain_id text, name text)",
    "CREATE TABLE soak_dues (trigger_name text, due_key text)",
    "CREATE TABLE soak_follows (trigger_name text, watched text)",
    "CREATE TABLE soak_states (run_id text, before text, after text)",
    """
    CREATE FUNCTION soak_note() RETURNS trigger AS $$
    BEGIN
        INSERT INTO soak_states VALUES (NEW.id, OLD.state, NEW.state);
        RETURN NEW;
    END $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER soak_note AFTER UPDATE ON runs FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION soak_note()
    """,
)
"""Beside gluepot's own: what runs write, what was due, and every change of a run's state."""

PROOF = """
WITH firsts AS (SELECT * FROM runs WHERE attempt = 0),
ended AS (
    SELECT * FROM runs WHERE state = 'SUCCEEDED'
),
joined AS (
    SELECT chain_id FROM ended WHERE name LIKE 'flow% left'
    INTERSECT
    SELECT chain_id FROM ended WHERE name LIKE 'flow% right'
)
SELECT 'due fires without their run', count(*) FROM soak_dues
    WHERE NOT EXISTS (SELECT FROM firsts WHERE unique_key = due_key || '#0')
UNION ALL
SELECT 'due fires with more than one run', count(*) FROM (
    SELECT split_part(unique_key, '#', 1) FROM firsts WHERE unique_key LIKE '%@%'
    GROUP BY 1 HAVING count(*) > 1) AS doubled
UNION ALL
SELECT 'runs by the clock that were not due', count(*) FROM firsts
    WHERE trigger_name IN (SELECT trigger_name FROM soak_dues)
    AND NOT EXISTS (SELECT FROM soak_dues WHERE unique_key = due_key || '#0')
UNION ALL
SELECT 'ends that no run or several followed', count(*) FROM (
    SELECT ended.id FROM ended JOIN soak_follows ON ended.name = watched
    LEFT JOIN firsts ON firsts.trigger_name = soak_follows.trigger_name
        AND firsts.chain_id = ended.chain_id
    GROUP BY ended.id, soak_follows.trigger_name
    HAVING count(DISTINCT firsts.name) <> count(firsts.id) OR count(firsts.id) = 0) AS odd
UNION ALL
SELECT 'workflow runs whose halves no report or several followed', count(*) FROM (
    SELECT joined.chain_id FROM joined
    LEFT JOIN firsts ON firsts.chain_id = joined.chain_id AND firsts.name LIKE 'flow% report'
    GROUP BY joined.chain_id HAVING count(firsts.id) <> 1) AS odd
UNION ALL
SELECT 'runs that have not ended', count(*) FROM runs
    WHERE state NOT IN ('SUCCEEDED', 'FAILED')
UNION ALL
SELECT 'runs with no final state or several', count(*) FROM (
    SELECT runs.id FROM runs LEFT JOIN soak_states ON run_id = runs.id
        AND after IN ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED')
    GROUP BY runs.id HAVING count(run_id) <> 1) AS odd
UNION ALL
SELECT 'runs that left a final state', count(*) FROM soak_states
    WHERE before IN ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED')
UNION ALL
SELECT 'pieces of work without exactly one success', count(*) FROM (
    SELECT chain_id, trigger_name, name FROM runs GROUP BY chain_id, trigger_name, name
    HAVING count(*) FILTER (WHERE state = 'SUCCEEDED') <> 1) AS odd
UNION ALL
SELECT 'pieces of work without exactly one row', count(*) FROM (
    SELECT firsts.chain_id, firsts.trigger_name, firsts.name, count(soak_outputs.run_id)
    FROM firsts LEFT JOIN soak_outputs USING (chain_id, trigger_name, name)
    GROUP BY firsts.chain_id, firsts.trigger_name, firsts.name
    HAVING count(soak_outputs.run_id) <> 1) AS odd
UNION ALL
SELECT 'rows that no successful run wrote', count(*) FROM soak_outputs
    WHERE NOT EXISTS (SELECT FROM ended WHERE id = run_id)
"""
"""Each line counts what must not be: all of them are 0."""

FIGURES = """
SELECT (SELECT count(*) FROM soak_dues) AS due_fires,
    (SELECT count(*) FROM runs) AS runs,
    (SELECT count(*) FROM runs WHERE attempt > 0) AS retries,
    (SELECT count(*) FROM workflow_runs) AS workflow_runs,
    (SELECT count(*) FROM soak_outputs) AS rows_written,
    (SELECT count(*) FROM runs WHERE state = 'FAILED' AND error->>'message' LIKE 'The worker%')
        AS attempts_lost_to_kills
"""

DELAYS = """
SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM
    queued_at - split_part(due_key, '@', 2)::timestamptz))
FROM soak_dues JOIN runs ON unique_key = due_key || '#0'
"""
"""From due to recorded, in seconds of the clock."""


def prepare(connection: sa.Connection, plan: Plan) -> None:
    """Make the tables, and note what follows what."""
    for statement in TABLES:
        connection.execute(sa.text(statement))
    rows = [
        {"t": trigger.name, "w": condition.outcome.target.name}
        for trigger in plan.conditional
        if len(trigger.conditions) == 1
        for condition in trigger.conditions
    ]
    connection.execute(sa.text("INSERT INTO soak_follows VALUES (:t, :w)"), rows)


def any_due(connection: sa.Connection, end: datetime) -> bool:
    """Return whether a trigger that was due before ``end`` has not fired yet."""
    query = sa.text("SELECT EXISTS (SELECT FROM triggers WHERE next_fire_at < :end)")
    return bool(connection.scalar(query, {"end": end}))


def count_changes(connection: sa.Connection) -> int:
    """Return how many runs and changes of a run's state there have been."""
    query = "SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM soak_states)"
    return int(connection.scalar(sa.text(query)) or 0)


def stop_clocks(connection: sa.Connection, plan: Plan, end: datetime) -> None:
    """Let nothing fire by the clock any more, and note all that was due: at least until ``end``."""
    following: Mapping[str, datetime] = {
        row.name: row.next_fire_at
        for row in connection.execute(
            sa.text(
                "SELECT name, next_fire_at FROM triggers WHERE next_fire_at IS NOT NULL FOR UPDATE"
            ).columns(next_fire_at=sa.DateTime(timezone=True))
        )
    }
    rows = list(_dues(plan, following, end))
    connection.execute(sa.text("INSERT INTO soak_dues VALUES (:t, :k)"), rows)
    connection.execute(
        sa.text(
            "UPDATE triggers SET next_fire_at = NULL, state = 'DEACTIVATED'"
            " WHERE next_fire_at IS NOT NULL"
        )
    )


def _dues(plan: Plan, following: Mapping[str, datetime], end: datetime) -> Iterable[dict[str, str]]:
    for item in plan.clocked:
        name = item.trigger.name
        for due in item.dues(max(following[name], end)):
            yield {"t": name, "k": f"{name}@{due.isoformat()}"}
