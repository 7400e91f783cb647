"""Rulesets, what they found, and what was measured."""

from __future__ import annotations

revision = "0018_quality"
down_revision = "0017_events"


def upgrade() -> None:
    """Change nothing yet."""


def downgrade() -> None:
    """Change nothing yet."""
