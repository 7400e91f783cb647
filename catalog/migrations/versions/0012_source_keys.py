"""How far jobs have read tables of databases: the last keys of each source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BinaryText

revision = "0012_source_keys"
down_revision = "0011_crawl_memories"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "job_source_keys",
        sa.Column("job_name", BinaryText, nullable=False),
        sa.Column("source", BinaryText, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("names", sa.JSON, nullable=False),
        sa.Column("descending", sa.Boolean, nullable=False),
        sa.Column("last", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("job_name", "source", "version", name="pk_job_source_keys"),
        sa.ForeignKeyConstraint(
            ["job_name"],
            ["job_bookmarks.job_name"],
            name="fk_job_source_keys_job_name_job_bookmarks",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop the table; tables are then read from their first row again."""
    op.drop_table("job_source_keys")
