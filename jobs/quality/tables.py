"""The SQL tables of quality results and of what rules have measured."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

quality_results = sa.Table(
    "quality_results",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    sa.Column("run_id", BinaryText, nullable=False),
    sa.Column("job_name", BinaryText, nullable=False),
    sa.Column("gate", sa.Text, nullable=False),
    sa.Column("on_failure", sa.Text, nullable=False),
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("html_report", sa.Text, nullable=False),
    sa.Column("json_report", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("id", BinaryText, nullable=False, server_default=""),
    sa.Column("profile_id", BinaryText, nullable=False, server_default=""),
    # Of what the result is: a job's frame, a table, or files; ``job_name`` says which.
    sa.Column("subject", sa.Text, nullable=False, server_default="job"),
    sa.Column("table", BinaryText),
    sa.Column("ruleset", BinaryText),
    sa.Column("data_source", sa.JSON(none_as_null=True)),
    sa.Column("evaluated", sa.JSON(none_as_null=True)),
    sa.Column("started_at", UtcDateTime),
    sa.Column("completed_at", UtcDateTime),
    sa.Column("failing_rows", sa.BigInteger),
    sa.Column("failing_path", sa.Text),
    sa.Index("ix_quality_results_job_name_number", "job_name", "number"),
    sa.Index("ix_quality_results_run_id", "run_id"),
    sa.Index("ix_quality_results_id", "id", unique=True),
    sa.Index("ix_quality_results_profile_id", "profile_id", unique=True),
    sa.Index("ix_quality_results_table_number", "table", "number"),
)

quality_statistics = sa.Table(
    "quality_statistics",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    # A digest of whose it is and of what: the same in every run.
    sa.Column("statistic_id", BinaryText, nullable=False),
    sa.Column("profile_id", BinaryText, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    # INCLUDE or EXCLUDE, where somebody has said so.
    sa.Column("inclusion", sa.Text),
    sa.Column("annotated_at", UtcDateTime),
    sa.UniqueConstraint("profile_id", "statistic_id"),
    sa.Index("ix_quality_statistics_statistic_id_number", "statistic_id", "number"),
)
"""Each value of each run: what ``last()`` and the search for anomalies look back at."""
