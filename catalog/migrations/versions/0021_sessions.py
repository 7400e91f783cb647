"""Sessions of the console that were ended, and the runs of a trigger by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BinaryText, UtcDateTime

revision = "0021_sessions"
down_revision = "0020_profiles"

_STARTED = sa.text("trigger_name IS NOT NULL")


def upgrade() -> None:
    """Add the table and the index."""
    op.create_table(
        "ended_sessions",
        sa.Column("digest", BinaryText, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ended_sessions"),
    )
    op.create_index("ix_ended_sessions_expires_at", "ended_sessions", ["expires_at"])
    op.create_index(
        "ix_runs_trigger_name_number",
        "runs",
        ["trigger_name", "number"],
        sqlite_where=_STARTED,
        postgresql_where=_STARTED,
    )


def downgrade() -> None:
    """Drop them; sessions that were ended live on until their time is over."""
    op.drop_index("ix_runs_trigger_name_number", "runs")
    op.drop_table("ended_sessions")
