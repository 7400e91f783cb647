"""Partitions share what they have in common; indexes, statistics and functions."""

from __future__ import annotations

revision = "0005_partitions"
down_revision = "0004_jobs"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
