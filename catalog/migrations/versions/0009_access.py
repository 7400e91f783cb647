"""Access keys, policies, the audit log and the secrets of the service."""

from __future__ import annotations

revision = "0009_access"
down_revision = "0008_registry"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
