"""What the Glue API needs beside jobs, triggers and workflows."""

from __future__ import annotations

revision = "0010_runs"
down_revision = "0009_access"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
