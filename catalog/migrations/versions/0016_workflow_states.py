"""How far runs of workflows are, what happened in them, and which run they resume."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0016_workflow_states"
down_revision = "0015_run_progress"

_MEMBERS = (("previous_run_id", BinaryText), ("kept_runs", sa.JSON))


def upgrade() -> None:
    """Add the tables, and to the runs what a resumed one remembers."""
    for name, kind in _MEMBERS:
        op.add_column("workflow_runs", sa.Column(name, kind))
    op.create_table(
        "workflow_executions",
        sa.Column("run_id", BinaryText, nullable=False),
        sa.Column("machine", sa.JSON, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("due_at", UtcDateTime),
        sa.PrimaryKeyConstraint("run_id", name="pk_workflow_executions"),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["workflow_runs.id"],
            name="fk_workflow_executions_run_id_workflow_runs",
            ondelete="CASCADE",
        ),
    )
    where = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_workflow_executions_due",
        "workflow_executions",
        ["due_at"],
        sqlite_where=where,
        postgresql_where=where,
    )
    _create_events()


def downgrade() -> None:
    """Drop them; executions under way are lost."""
    op.drop_table("workflow_events")
    op.drop_table("workflow_executions")
    for name, _ in reversed(_MEMBERS):
        op.drop_column("workflow_runs", name)


def _create_events() -> None:
    op.create_table(
        "workflow_events",
        sa.Column("number", BigId, nullable=False),
        sa.Column("run_id", BinaryText, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_workflow_events"),
    )
    op.create_index("ix_workflow_events_run_id_number", "workflow_events", ["run_id", "number"])
