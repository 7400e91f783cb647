"""Named definitions and tags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BinaryText, UtcDateTime

revision = "0007_objects"
down_revision = "0006_catalogs"


def upgrade() -> None:
    """Create the tables of definitions and tags."""
    op.create_table(
        "definitions",
        sa.Column("kind", BinaryText, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_definitions"),
    )
    op.create_table(
        "resource_tags",
        sa.Column("arn", BinaryText, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("arn", name="pk_resource_tags"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("resource_tags", "definitions"):
        op.drop_table(name)
