"""The SQL tables of lineage: datasets, runs, and which dataset or column came from which."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

noted_datasets = sa.Table(
    "run_datasets",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    # A run of gluepot's own.
    sa.Column("run_id", BinaryText, nullable=False),
    # What it was to the run: input or output.
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("dataset", sa.JSON, nullable=False),
    sa.Index("ix_run_datasets_run_id_number", "run_id", "number"),
)
"""What a run says of what it reads and writes, before its events are made of it."""

datasets = sa.Table(
    "lineage_datasets",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    # A digest of namespace and name, which may be longer than a row of an index may be.
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("namespace", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # database.table where the catalog knows it under one.
    sa.Column("table_name", BinaryText),
    sa.Column("facets", sa.JSON, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("key"),
    sa.Index("ix_lineage_datasets_table_name", "table_name"),
)

lineage_runs = sa.Table(
    "lineage_runs",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    # OpenLineage's UUID of the run.
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("job_key", sa.Text, nullable=False),
    sa.Column("job_namespace", sa.Text, nullable=False),
    sa.Column("job_name", sa.Text, nullable=False),
    # START, RUNNING, COMPLETE, ABORT, FAIL or OTHER: the last that counts.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("facets", sa.JSON, nullable=False),
    sa.UniqueConstraint("run_id"),
    sa.Index("ix_lineage_runs_job_key_number", "job_key", "number"),
)

_dataset = "lineage_datasets.number"

edges = sa.Table(
    "lineage_edges",
    metadata,
    sa.Column("target", BigId, sa.ForeignKey(_dataset, ondelete="CASCADE"), primary_key=True),
    sa.Column("job_key", sa.Text, primary_key=True),
    sa.Column("source", BigId, sa.ForeignKey(_dataset, ondelete="CASCADE"), primary_key=True),
    sa.Column("job_namespace", sa.Text, nullable=False),
    sa.Column("job_name", sa.Text, nullable=False),
    # The last run that wrote the target from the source.
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_lineage_edges_source", "source"),
)
"""What a job writes from what, as its last run that completed says."""

column_edges = sa.Table(
    "lineage_columns",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    sa.Column("target", BigId, sa.ForeignKey(_dataset, ondelete="CASCADE"), nullable=False),
    sa.Column("target_column", sa.Text, nullable=False),
    sa.Column("source", BigId, sa.ForeignKey(_dataset, ondelete="CASCADE"), nullable=False),
    sa.Column("source_column", sa.Text, nullable=False),
    sa.Column("job_key", sa.Text, nullable=False),
    # DIRECT: the value comes from it; INDIRECT: it decides about the value.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Index("ix_lineage_columns_target_job_key", "target", "job_key"),
    sa.Index("ix_lineage_columns_source", "source"),
)
