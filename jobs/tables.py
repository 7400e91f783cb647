"""The SQL tables of runs and triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

runs = sa.Table(
    "runs",
    metadata,
    # Grows with every run: the order of the queue, which times of several machines are not.
    sa.Column("number", BigId, primary_key=True),
    sa.Column("id", BinaryText, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", BinaryText, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("max_retries", sa.Integer, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("trigger_name", BinaryText),
    sa.Column("chain_id", BinaryText, nullable=False),
    sa.Column("unique_key", BinaryText),
    sa.Column("previous_run_id", BinaryText),
    sa.Column("queued_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("completed_at", UtcDateTime),
    sa.Column("error", sa.JSON(none_as_null=True)),
    sa.Column("metrics", sa.JSON, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("lease_expires_at", UtcDateTime),
    # True from the end of a run until the conditional triggers were asked about it.
    sa.Column("triggers_pending", sa.Boolean, nullable=False),
    # What a job run was started with: AWS Glue's members of a JobRun, such as Timeout.
    sa.Column("settings", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("id"),
    sa.UniqueConstraint("unique_key"),
    sa.Index("ix_runs_kind_name_number", "kind", "name", "number"),
    sa.Index("ix_runs_chain_id_kind_name_state", "chain_id", "kind", "name", "state"),
)

WAITING = runs.c.state == sa.literal_column("'WAITING'")
"""The queue; also the condition of its index, which both databases must see literally."""

for _name, _column, _condition in (
    ("ix_runs_waiting", runs.c.number, WAITING),
    ("ix_runs_leased", runs.c.lease_expires_at, runs.c.lease_expires_at.is_not(None)),
    ("ix_runs_pending", runs.c.number, runs.c.triggers_pending),
):
    sa.Index(_name, _column, sqlite_where=_condition, postgresql_where=_condition)

triggers = sa.Table(
    "triggers",
    metadata,
    sa.Column("name", BinaryText, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("definition", sa.JSON, nullable=False),
    # Set only while a scheduled trigger is activated, so that one index answers "what is due".
    sa.Column("next_fire_at", UtcDateTime),
)
sa.Index(
    "ix_triggers_due",
    triggers.c.next_fire_at,
    sqlite_where=triggers.c.next_fire_at.is_not(None),
    postgresql_where=triggers.c.next_fire_at.is_not(None),
)

trigger_conditions = sa.Table(
    "trigger_conditions",
    metadata,
    sa.Column(
        "trigger_name",
        BinaryText,
        sa.ForeignKey("triggers.name", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", BinaryText, primary_key=True),
    sa.Index("ix_trigger_conditions_kind_name", "kind", "name"),
)
"""Which triggers watch a job or crawler, so that the end of a run asks those alone."""


workflow_runs = sa.Table(
    "workflow_runs",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    # Also the chain of every run of a job or crawler that belongs to it.
    sa.Column("id", BinaryText, nullable=False),
    sa.Column("workflow_name", BinaryText, nullable=False),
    sa.Column("properties", sa.JSON, nullable=False),
    # The triggers as they were when it began, as AWS Glue's documents.
    sa.Column("triggers", sa.JSON, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("stopped_at", UtcDateTime),
    sa.Column("error", sa.Text),
    sa.UniqueConstraint("id"),
    sa.Index("ix_workflow_runs_workflow_name_number", "workflow_name", "number"),
)


def lock_name(connection: sa.Connection, name: str) -> None:
    """Let no other transaction pass here with the same name until this one ends."""
    # SQLite has one writer at a time anyway.
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(name, 0)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def insert_into(connection: sa.Connection, table: sa.Table) -> PostgresInsert | SqliteInsert:
    """Return an INSERT that can say what happens when a unique key is taken."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
