"""What is known of runs while and after they run."""

from __future__ import annotations

revision = "0015_run_progress"
down_revision = "0014_triggers"


def upgrade() -> None:
    """Change nothing yet."""


def downgrade() -> None:
    """Change nothing yet."""
