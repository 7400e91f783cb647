"""The SQL tables of crawlers and their crawls."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

crawlers = sa.Table(
    "crawlers",
    metadata,
    sa.Column("name", BinaryText, primary_key=True),
    # AWS Glue's document of the crawler, its Schedule included.
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("1")),
    # Set while the schedule is in force, so that one index answers "what is due".
    sa.Column("next_crawl_at", UtcDateTime),
)
sa.Index(
    "ix_crawlers_due",
    crawlers.c.next_crawl_at,
    sqlite_where=crawlers.c.next_crawl_at.is_not(None),
    postgresql_where=crawlers.c.next_crawl_at.is_not(None),
)

crawls = sa.Table(
    "crawls",
    metadata,
    # Grows with every crawl: their order, which times of several machines are not.
    sa.Column("number", BigId, primary_key=True),
    sa.Column("id", BinaryText, nullable=False),
    sa.Column("crawler_name", BinaryText, nullable=False),
    sa.Column("database_name", BinaryText, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("completed_at", UtcDateTime),
    sa.Column("error", sa.Text),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("warnings", sa.JSON, nullable=False),
    sa.UniqueConstraint("id"),
    sa.Index("ix_crawls_crawler_name_number", "crawler_name", "number"),
)

crawl_tables = sa.Table(
    "crawl_tables",
    metadata,
    # What a crawl decided about one table: a row of its own, so that explaining finds it by name.
    sa.Column("number", BigId, primary_key=True),
    sa.Column(
        "crawl_id", BinaryText, sa.ForeignKey("crawls.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("database_name", BinaryText, nullable=False),
    sa.Column("table_name", BinaryText, nullable=False),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Index(
        "ix_crawl_tables_database_name_table_name_number", "database_name", "table_name", "number"
    ),
    sa.Index("ix_crawl_tables_crawl_id", "crawl_id"),
)

crawl_memories = sa.Table(
    "crawl_memories",
    metadata,
    sa.Column("crawler_name", BinaryText, primary_key=True),
    sa.Column("target", BinaryText, primary_key=True),
    sa.Column("crawl_id", BinaryText, nullable=False),
    # Fingerprints: of what decided how the target was read, without which nothing here counts, and
    # of the crawler as a whole.
    sa.Column("reading", BinaryText, nullable=False),
    sa.Column("definition", BinaryText, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    # How each table stood when the crawl had written it.
    sa.Column("marks", sa.JSON, nullable=False),
    sa.Column("folders", sa.LargeBinary, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)
