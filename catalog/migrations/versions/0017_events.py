"""What is told of runs: notifications, and lineage."""

from __future__ import annotations

revision = "0017_events"
down_revision = "0016_workflow_states"


def upgrade() -> None:
    """Change nothing yet."""


def downgrade() -> None:
    """Change nothing yet."""
