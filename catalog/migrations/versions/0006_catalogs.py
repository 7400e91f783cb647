"""Databases belong to a catalog; what searching and resource links need."""

from __future__ import annotations

revision = "0006_catalogs"
down_revision = "0005_partitions"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
