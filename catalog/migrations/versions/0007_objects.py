"""Definitions, tags, policies and connections."""

from __future__ import annotations

revision = "0007_objects"
down_revision = "0006_catalogs"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
