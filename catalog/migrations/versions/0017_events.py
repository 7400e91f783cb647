"""What is told of runs: notifications, and lineage; and which run moved a bookmark where."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0017_events"
down_revision = "0016_workflow_states"

_TABLES = (
    "job_bookmark_versions",
    "lineage_columns",
    "lineage_edges",
    "lineage_runs",
    "lineage_datasets",
    "run_datasets",
    "delivery_attempts",
    "deliveries",
    "announcements",
)


def upgrade() -> None:
    """Add the tables; a bookmark's present version is that of its last run."""
    _create_deliveries()
    _create_attempts()
    _create_lineage()
    _create_edges()
    _create_bookmark_versions()


def downgrade() -> None:
    """Drop them; what was not told yet is not told."""
    for name in _TABLES:
        op.drop_table(name)


def _create_deliveries() -> None:
    op.create_table(
        "announcements",
        sa.Column("number", BigId, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("subject_id", BinaryText, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_announcements"),
    )
    op.create_table(
        "deliveries",
        sa.Column("number", BigId, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("addressee", BinaryText, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("owner", sa.Text),
        sa.Column("lease_expires_at", UtcDateTime),
        sa.Column("completed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("number", name="pk_deliveries"),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
    )
    op.create_index("ix_deliveries_addressee_number", "deliveries", ["addressee", "number"])
    where = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_due", "deliveries", ["due_at"], sqlite_where=where, postgresql_where=where
    )


def _create_attempts() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("number", BigId, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.Column("code", sa.Integer),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_delivery_attempts"),
    )
    op.create_index(
        "ix_delivery_attempts_delivery_id", "delivery_attempts", ["delivery_id", "number"]
    )


def _create_lineage() -> None:
    op.create_table(
        "run_datasets",
        sa.Column("number", BigId, nullable=False),
        sa.Column("run_id", BinaryText, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("dataset", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_run_datasets"),
    )
    op.create_index("ix_run_datasets_run_id_number", "run_datasets", ["run_id", "number"])
    op.create_table(
        "lineage_datasets",
        sa.Column("number", BigId, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("table_name", BinaryText),
        sa.Column("facets", sa.JSON, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_lineage_datasets"),
        sa.UniqueConstraint("key", name="uq_lineage_datasets_key"),
    )
    op.create_index("ix_lineage_datasets_table_name", "lineage_datasets", ["table_name"])
    op.create_table(
        "lineage_runs",
        sa.Column("number", BigId, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("job_key", sa.Text, nullable=False),
        sa.Column("job_namespace", sa.Text, nullable=False),
        sa.Column("job_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("facets", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_lineage_runs"),
        sa.UniqueConstraint("run_id", name="uq_lineage_runs_run_id"),
    )
    op.create_index("ix_lineage_runs_job_key_number", "lineage_runs", ["job_key", "number"])


def _create_edges() -> None:
    op.create_table(
        "lineage_edges",
        sa.Column("target", BigId, nullable=False),
        sa.Column("job_key", sa.Text, nullable=False),
        sa.Column("source", BigId, nullable=False),
        sa.Column("job_namespace", sa.Text, nullable=False),
        sa.Column("job_name", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("target", "job_key", "source", name="pk_lineage_edges"),
        *(_of_dataset("lineage_edges", column) for column in ("target", "source")),
    )
    op.create_index("ix_lineage_edges_source", "lineage_edges", ["source"])
    op.create_table(
        "lineage_columns",
        sa.Column("number", BigId, nullable=False),
        sa.Column("target", BigId, nullable=False),
        sa.Column("target_column", sa.Text, nullable=False),
        sa.Column("source", BigId, nullable=False),
        sa.Column("source_column", sa.Text, nullable=False),
        sa.Column("job_key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_lineage_columns"),
        *(_of_dataset("lineage_columns", column) for column in ("target", "source")),
    )
    op.create_index("ix_lineage_columns_target_job_key", "lineage_columns", ["target", "job_key"])
    op.create_index("ix_lineage_columns_source", "lineage_columns", ["source"])


def _of_dataset(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        ["lineage_datasets.number"],
        name=f"fk_{table}_{column}_lineage_datasets",
        ondelete="CASCADE",
    )


def _create_bookmark_versions() -> None:
    op.create_table(
        "job_bookmark_versions",
        sa.Column("job_name", BinaryText, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("run_id", BinaryText, nullable=False),
        sa.Column("moved_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("job_name", "version", name="pk_job_bookmark_versions"),
        sa.ForeignKeyConstraint(
            ["job_name"],
            ["job_bookmarks.job_name"],
            name="fk_job_bookmark_versions_job_name_job_bookmarks",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_job_bookmark_versions_run_id", "job_bookmark_versions", ["job_name", "run_id"]
    )
    op.execute(
        "INSERT INTO job_bookmark_versions (job_name, version, run_id, moved_at)"
        " SELECT job_name, version, run_id, updated_at FROM job_bookmarks"
        " WHERE run_id IS NOT NULL"
    )
