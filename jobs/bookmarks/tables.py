"""The SQL tables of bookmarks."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BinaryText, UtcDateTime, metadata

bookmarks = sa.Table(
    "job_bookmarks",
    metadata,
    sa.Column("job_name", BinaryText, primary_key=True),
    # Part of each sink's transaction name: a bookmark made anew must not meet old transactions.
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("run_id", BinaryText),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

intents = sa.Table(
    "job_intents",
    metadata,
    sa.Column(
        "job_name",
        BinaryText,
        sa.ForeignKey("job_bookmarks.job_name", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("run_id", BinaryText, nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("published", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)
"""What a run is about to write, from before the first sink until the bookmark moves."""

input_files = sa.Table(
    "job_input_files",
    metadata,
    sa.Column(
        "job_name",
        BinaryText,
        sa.ForeignKey("job_bookmarks.job_name", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("source", BinaryText, primary_key=True),
    # A digest of the address: addresses may be longer than an index row may be.
    sa.Column("address", sa.Text, primary_key=True),
    # Read up to the bookmark's version; meant to be read where it is one higher.
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("modified", UtcDateTime, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("partition_values", sa.JSON(none_as_null=True)),
    sa.Index("ix_job_input_files_version", "job_name", "version"),
)
"""Every file that a job has read, by source: what makes late and same-second files plain."""

source_keys = sa.Table(
    "job_source_keys",
    metadata,
    sa.Column(
        "job_name",
        BinaryText,
        sa.ForeignKey("job_bookmarks.job_name", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("source", BinaryText, primary_key=True),
    # Read up to the bookmark's version; meant to be read where it is one higher.
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("names", sa.JSON, nullable=False),
    sa.Column("descending", sa.Boolean, nullable=False),
    sa.Column("last", sa.JSON(none_as_null=True)),
)
"""The last keys that a job has read of each table of a database, version by version."""

bookmark_versions = sa.Table(
    "job_bookmark_versions",
    metadata,
    sa.Column(
        "job_name",
        BinaryText,
        sa.ForeignKey("job_bookmarks.job_name", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("run_id", BinaryText, nullable=False),
    sa.Column("moved_at", UtcDateTime, nullable=False),
    sa.Index("ix_job_bookmark_versions_run_id", "job_name", "run_id"),
)
"""Which run moved a bookmark to which version: what rewinding to a run goes by."""
