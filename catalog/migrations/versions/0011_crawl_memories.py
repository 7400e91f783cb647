"""What crawls remember of their targets, and a count of changed partitions to tell by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BinaryText, UtcDateTime

revision = "0011_crawl_memories"
down_revision = "0010_runs"


def upgrade() -> None:
    """Add the table and the count."""
    changes = sa.Column(
        "partition_changes", sa.BigInteger, nullable=False, server_default=sa.text("0")
    )
    op.add_column("tables", changes)
    op.create_table(
        "crawl_memories",
        sa.Column("crawler_name", BinaryText, nullable=False),
        sa.Column("target", BinaryText, nullable=False),
        sa.Column("crawl_id", BinaryText, nullable=False),
        sa.Column("reading", BinaryText, nullable=False),
        sa.Column("definition", BinaryText, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
        sa.Column("folders", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("crawler_name", "target", name="pk_crawl_memories"),
    )


def downgrade() -> None:
    """Drop both; the next crawl looks at everything."""
    op.drop_table("crawl_memories")
    op.drop_column("tables", "partition_changes")
