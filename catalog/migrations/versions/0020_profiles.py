"""Profiles of tables, by partition."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0020_profiles"
down_revision = "0018_quality"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "profiles",
        sa.Column("number", BigId, nullable=False),
        sa.Column("id", BinaryText, nullable=False),
        sa.Column("subject", BinaryText, nullable=False),
        sa.Column("profiled_at", UtcDateTime, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("partitioned_by", sa.JSON, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_profiles"),
        sa.UniqueConstraint("id", name="uq_profiles_id"),
    )
    op.create_index("ix_profiles_subject_number", "profiles", ["subject", "number"])
    op.create_table(
        "profile_parts",
        sa.Column("profile_number", BigId, nullable=False),
        sa.Column("part", BinaryText, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("sketches", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("profile_number", "part", name="pk_profile_parts"),
        sa.ForeignKeyConstraint(
            ["profile_number"],
            ["profiles.number"],
            name="fk_profile_parts_profile_number_profiles",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop them; tables can be profiled again."""
    op.drop_table("profile_parts")
    op.drop_table("profiles")
