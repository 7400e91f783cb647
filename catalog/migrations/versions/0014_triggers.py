"""What triggers keep beside their definitions."""

from __future__ import annotations

revision = "0014_triggers"
down_revision = "0013_ml_transforms"


def upgrade() -> None:
    """Change nothing yet."""


def downgrade() -> None:
    """Change nothing yet."""
