"""Bookmarks, intents and quality results of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0004_jobs"
down_revision = "0003_runs"


def upgrade() -> None:
    """Create the tables of jobs."""
    _create_bookmarks()
    _create_input_files()
    _create_quality_results()


def downgrade() -> None:
    """Drop them."""
    for name in ("quality_results", "job_input_files", "job_intents", "job_bookmarks"):
        op.drop_table(name)


def _create_bookmarks() -> None:
    op.create_table(
        "job_bookmarks",
        sa.Column("job_name", BinaryText, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("run_id", BinaryText),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("job_name", name="pk_job_bookmarks"),
    )
    op.create_table(
        "job_intents",
        sa.Column("job_name", BinaryText, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("run_id", BinaryText, nullable=False),
        sa.Column("sources", sa.JSON, nullable=False),
        sa.Column("published", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("job_name", name="pk_job_intents"),
        sa.ForeignKeyConstraint(
            ["job_name"],
            ["job_bookmarks.job_name"],
            name="fk_job_intents_job_name_job_bookmarks",
            ondelete="CASCADE",
        ),
    )


def _create_input_files() -> None:
    op.create_table(
        "job_input_files",
        sa.Column("job_name", BinaryText, nullable=False),
        sa.Column("source", BinaryText, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified", UtcDateTime, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("partition_values", sa.JSON),
        sa.PrimaryKeyConstraint(
            "job_name", "source", "address", "version", name="pk_job_input_files"
        ),
        sa.ForeignKeyConstraint(
            ["job_name"],
            ["job_bookmarks.job_name"],
            name="fk_job_input_files_job_name_job_bookmarks",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_job_input_files_version", "job_input_files", ["job_name", "version"])


def _create_quality_results() -> None:
    op.create_table(
        "quality_results",
        sa.Column("number", BigId, nullable=False),
        sa.Column("run_id", BinaryText, nullable=False),
        sa.Column("job_name", BinaryText, nullable=False),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("on_failure", sa.Text, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("html_report", sa.Text, nullable=False),
        sa.Column("json_report", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_quality_results"),
    )
    op.create_index("ix_quality_results_job_name_number", "quality_results", ["job_name", "number"])
    op.create_index("ix_quality_results_run_id", "quality_results", ["run_id"])
