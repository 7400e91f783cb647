"""The schema registry."""

from __future__ import annotations

revision = "0008_registry"
down_revision = "0007_objects"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
