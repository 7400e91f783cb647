"""The SQL tables of runs and triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    # A retry waits until then, however many workers are free.
    sa.Column("not_before", UtcDateTime),
    # Held back until fewer than so many other runs of the name are under way.
    sa.Column("held_below", sa.Integer),
    # When somebody is to hear that the run has been in its state for long.
    sa.Column("delay_at", UtcDateTime),
    # What is done of the work at hand: stages and tasks.
    sa.Column("progress", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("id"),
    sa.UniqueConstraint("unique_key"),
    sa.Index("ix_runs_kind_name_number", "kind", "name", "number"),
    sa.Index("ix_runs_chain_id_kind_name_state", "chain_id", "kind", "name", "state"),
)

# Counting what is under way must not cost more with each run that has ended.
sa.Index(
    "ix_runs_open",
    runs.c.kind,
    runs.c.name,
    sqlite_where=runs.c.completed_at.is_(None),
    postgresql_where=runs.c.completed_at.is_(None),
)

run_events = sa.Table(
    "run_events",
    metadata,
    # The order in which things happened to a run.
    sa.Column("number", BigId, primary_key=True),
    sa.Column("run_id", BinaryText, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", BinaryText, nullable=False),
    # A state that the run came into, or DELAYED.
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON(none_as_null=True)),
    sa.Column("at", UtcDateTime, nullable=False),
    # True until somebody has taken it to tell the world.
    sa.Column("pending", sa.Boolean, nullable=False),
    sa.Index("ix_run_events_run_id_number", "run_id", "number"),
)
"""What happened to runs; written in the transaction in which it happens."""

sa.Index(
    "ix_run_events_pending",
    run_events.c.number,
    sqlite_where=run_events.c.pending,
    postgresql_where=run_events.c.pending,
)

WAITING = runs.c.state == sa.literal_column("'WAITING'")
"""The queue; also the condition of its index, which both databases must see literally."""

for _name, _column, _condition in (
    ("ix_runs_waiting", runs.c.number, WAITING),
    ("ix_runs_leased", runs.c.lease_expires_at, runs.c.lease_expires_at.is_not(None)),
    ("ix_runs_pending", runs.c.number, runs.c.triggers_pending),
    ("ix_runs_delay", runs.c.delay_at, runs.c.delay_at.is_not(None)),
):
    sa.Index(_name, _column, sqlite_where=_condition, postgresql_where=_condition)
sa.Index(
    "ix_runs_trigger_name_number",
    runs.c.trigger_name,
    runs.c.number,
    sqlite_where=runs.c.trigger_name.is_not(None),
    postgresql_where=runs.c.trigger_name.is_not(None),
)

triggers = sa.Table(
    "triggers",
    metadata,
    sa.Column("name", BinaryText, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("definition", sa.JSON, nullable=False),
    # When an activated trigger fires by the clock, or for the events it has: one index answers
    # "what is due".
    sa.Column("next_fire_at", UtcDateTime),
    # Members of the definition that triggers are looked for by.
    sa.Column("workflow_name", BinaryText),
    sa.Column("event_queue", sa.Text),
)
for _index, _member in (
    ("ix_triggers_due", triggers.c.next_fire_at),
    ("ix_triggers_workflow_name", triggers.c.workflow_name),
    ("ix_triggers_event_queue", triggers.c.event_queue),
):
    _is_set = _member.is_not(None)
    sa.Index(_index, _member, sqlite_where=_is_set, postgresql_where=_is_set)

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

trigger_events = sa.Table(
    "trigger_events",
    metadata,
    # The order in which events fire.
    sa.Column("number", BigId, primary_key=True),
    sa.Column(
        "trigger_name",
        BinaryText,
        sa.ForeignKey("triggers.name", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("event_id", BinaryText, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    # The fire that the event was part of; None while it waits for one.
    sa.Column("fire_key", BinaryText),
    sa.UniqueConstraint("trigger_name", "event_id"),
    sa.Index("ix_trigger_events_received_at", "trigger_name", "received_at"),
)
"""The events of triggers: those that wait for a fire, and for a while those that had theirs."""

sa.Index(
    "ix_trigger_events_waiting",
    trigger_events.c.trigger_name,
    trigger_events.c.number,
    sqlite_where=trigger_events.c.fire_key.is_(None),
    postgresql_where=trigger_events.c.fire_key.is_(None),
)


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
    sa.Column("event_batch", sa.JSON(none_as_null=True)),
    # Of a run that resumes another: that one, and the runs of it whose ends still count.
    sa.Column("previous_run_id", BinaryText),
    sa.Column("kept_runs", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("id"),
    sa.Index("ix_workflow_runs_workflow_name_number", "workflow_name", "number"),
)

workflow_executions = sa.Table(
    "workflow_executions",
    metadata,
    sa.Column(
        "run_id",
        BinaryText,
        sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # The state machine as it was when the run began, and how far it is.
    sa.Column("machine", sa.JSON, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    # Why it failed.
    sa.Column("error", sa.Text),
    sa.Column("ended_at", UtcDateTime),
    # When something is to be done in it; now, when a run that it waits for has ended.
    sa.Column("due_at", UtcDateTime),
)
"""Runs of workflows that are state machines."""

sa.Index(
    "ix_workflow_executions_due",
    workflow_executions.c.due_at,
    sqlite_where=workflow_executions.c.due_at.is_not(None),
    postgresql_where=workflow_executions.c.due_at.is_not(None),
)

workflow_events = sa.Table(
    "workflow_events",
    metadata,
    # The order in which things happened in a run.
    sa.Column("number", BigId, primary_key=True),
    sa.Column("run_id", BinaryText, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    # Of a state machine: the state, and in which of its branches.
    sa.Column("state", sa.Text),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_workflow_events_run_id_number", "run_id", "number"),
)
"""What happened in runs of workflows, beside what happened to the runs of their jobs."""


def lock_name(connection: sa.Connection, name: str) -> None:
    """Let no other transaction pass here with the same name until this one ends."""
    # SQLite has one writer at a time anyway.
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(name, 0)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def lock_names(connection: sa.Connection, names: Sequence[str]) -> None:
    """Do the same with many names, one after another in the order given."""
    if names and connection.dialect.name == "postgresql":
        lock = sa.text(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))"
            " FROM unnest(CAST(:names AS text[])) AS name"
        )
        connection.execute(lock, {"names": list(names)})
