"""What is known of runs while they run, why they wait, and what has happened to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0015_run_progress"
down_revision = "0014_triggers"

_COLUMNS = ("not_before", "held_below", "delay_at", "progress")


def upgrade() -> None:
    """Add the columns of runs, and the table of what happened to them."""
    op.add_column("runs", sa.Column("not_before", UtcDateTime))
    op.add_column("runs", sa.Column("held_below", sa.Integer))
    op.add_column("runs", sa.Column("delay_at", UtcDateTime))
    op.add_column("runs", sa.Column("progress", sa.JSON))
    _create_partial("runs", "ix_runs_delay", ["delay_at"], "delay_at IS NOT NULL")
    _create_partial("runs", "ix_runs_open", ["kind", "name"], "completed_at IS NULL")
    op.create_table(
        "run_events",
        sa.Column("number", BigId, nullable=False),
        sa.Column("run_id", BinaryText, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True)),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("pending", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_run_events"),
    )
    op.create_index("ix_run_events_run_id_number", "run_events", ["run_id", "number"])
    _create_partial("run_events", "ix_run_events_pending", ["number"], "pending")


def downgrade() -> None:
    """Drop them; what happened to runs is forgotten."""
    op.drop_table("run_events")
    op.drop_index("ix_runs_open", "runs")
    op.drop_index("ix_runs_delay", "runs")
    for name in _COLUMNS:
        op.drop_column("runs", name)


def _create_partial(table: str, index: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(index, table, columns, sqlite_where=where, postgresql_where=where)
