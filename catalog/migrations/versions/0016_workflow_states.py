"""How far runs of workflows are."""

from __future__ import annotations

revision = "0016_workflow_states"
down_revision = "0015_run_progress"


def upgrade() -> None:
    """Change nothing yet."""


def downgrade() -> None:
    """Change nothing yet."""
