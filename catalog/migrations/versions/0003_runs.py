"""Runs, triggers, and what conditional triggers watch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0003_runs"
down_revision = "0002_crawls"


def upgrade() -> None:
    """Create the tables of runs and triggers."""
    _create_runs()
    _create_run_indexes()
    _create_triggers()


def downgrade() -> None:
    """Drop them."""
    for name in ("trigger_conditions", "triggers", "runs"):
        op.drop_table(name)


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("number", BigId, nullable=False),
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
        sa.Column("error", sa.JSON),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("lease_expires_at", UtcDateTime),
        sa.Column("triggers_pending", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_runs"),
        sa.UniqueConstraint("id", name="uq_runs_id"),
        sa.UniqueConstraint("unique_key", name="uq_runs_unique_key"),
    )


def _create_run_indexes() -> None:
    op.create_index("ix_runs_kind_name_number", "runs", ["kind", "name", "number"])
    op.create_index(
        "ix_runs_chain_id_kind_name_state", "runs", ["chain_id", "kind", "name", "state"]
    )
    for name, column, condition in (
        ("ix_runs_waiting", "number", "state = 'WAITING'"),
        ("ix_runs_leased", "lease_expires_at", "lease_expires_at IS NOT NULL"),
        ("ix_runs_pending", "number", "triggers_pending"),
    ):
        where = sa.text(condition)
        op.create_index(name, "runs", [column], sqlite_where=where, postgresql_where=where)


def _create_triggers() -> None:
    op.create_table(
        "triggers",
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("next_fire_at", UtcDateTime),
        sa.PrimaryKeyConstraint("name", name="pk_triggers"),
    )
    where = sa.text("next_fire_at IS NOT NULL")
    op.create_index(
        "ix_triggers_due",
        "triggers",
        ["next_fire_at"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "trigger_conditions",
        sa.Column("trigger_name", BinaryText, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.PrimaryKeyConstraint("trigger_name", "kind", "name", name="pk_trigger_conditions"),
        sa.ForeignKeyConstraint(
            ["trigger_name"],
            ["triggers.name"],
            name="fk_trigger_conditions_trigger_name_triggers",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_trigger_conditions_kind_name", "trigger_conditions", ["kind", "name"])
