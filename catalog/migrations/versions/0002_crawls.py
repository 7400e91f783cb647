"""Crawlers, crawls, and what each crawl decided about each table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0002_crawls"
down_revision = "0001_catalog"


def upgrade() -> None:
    """Create the crawlers' tables."""
    op.create_table(
        "crawlers",
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_crawlers"),
    )
    _create_crawls()
    _create_crawl_tables()


def downgrade() -> None:
    """Drop them."""
    for name in ("crawl_tables", "crawls", "crawlers"):
        op.drop_table(name)


def _create_crawls() -> None:
    op.create_table(
        "crawls",
        sa.Column("number", BigId, nullable=False),
        sa.Column("id", BinaryText, nullable=False),
        sa.Column("crawler_name", BinaryText, nullable=False),
        sa.Column("database_name", BinaryText, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("completed_at", UtcDateTime),
        sa.Column("error", sa.Text),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_crawls"),
        sa.UniqueConstraint("id", name="uq_crawls_id"),
    )
    op.create_index("ix_crawls_crawler_name_number", "crawls", ["crawler_name", "number"])


def _create_crawl_tables() -> None:
    op.create_table(
        "crawl_tables",
        sa.Column("number", BigId, nullable=False),
        sa.Column("crawl_id", BinaryText, nullable=False),
        sa.Column("database_name", BinaryText, nullable=False),
        sa.Column("table_name", BinaryText, nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_crawl_tables"),
        sa.ForeignKeyConstraint(
            ["crawl_id"],
            ["crawls.id"],
            name="fk_crawl_tables_crawl_id_crawls",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_crawl_tables_database_name_table_name_number",
        "crawl_tables",
        ["database_name", "table_name", "number"],
    )
    op.create_index("ix_crawl_tables_crawl_id", "crawl_tables", ["crawl_id"])
