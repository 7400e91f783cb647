"""What the Glue API needs of crawlers and runs: whole documents, versions, schedules, settings."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0010_runs"
down_revision = "0009_access"

_CRAWLERS = sa.table("crawlers", sa.column("name", BinaryText), sa.column("definition", sa.JSON))


def upgrade() -> None:
    """Add the columns, and turn crawlers into AWS Glue's documents."""
    op.add_column("runs", sa.Column("settings", sa.JSON))
    _create_workflow_runs()
    version = sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("1"))
    op.add_column("crawlers", version)
    op.add_column("crawlers", sa.Column("next_crawl_at", UtcDateTime))
    where = sa.text("next_crawl_at IS NOT NULL")
    op.create_index(
        "ix_crawlers_due",
        "crawlers",
        ["next_crawl_at"],
        sqlite_where=where,
        postgresql_where=where,
    )
    connection = op.get_bind()
    for name, definition in connection.execute(sa.select(_CRAWLERS)).all():
        update = sa.update(_CRAWLERS).where(_CRAWLERS.c.name == name)
        connection.execute(update.values(definition=_document(definition)))


def downgrade() -> None:
    """Drop the columns; crawlers stay in AWS Glue's documents."""
    op.drop_index("ix_crawlers_due", "crawlers")
    op.drop_column("crawlers", "next_crawl_at")
    op.drop_column("crawlers", "version")
    op.drop_table("workflow_runs")
    op.drop_column("runs", "settings")


def _create_workflow_runs() -> None:
    op.create_table(
        "workflow_runs",
        sa.Column("number", BigId, nullable=False),
        sa.Column("id", BinaryText, nullable=False),
        sa.Column("workflow_name", BinaryText, nullable=False),
        sa.Column("properties", sa.JSON, nullable=False),
        sa.Column("triggers", sa.JSON, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("stopped_at", UtcDateTime),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_workflow_runs"),
        sa.UniqueConstraint("id", name="uq_workflow_runs_id"),
    )
    op.create_index(
        "ix_workflow_runs_workflow_name_number", "workflow_runs", ["workflow_name", "number"]
    )


def _document(crawler: dict[str, Any]) -> dict[str, Any]:
    document = {
        "Name": crawler["name"],
        "Description": crawler.get("description"),
        "DatabaseName": crawler["database"],
        "Targets": {"S3Targets": [_target(crawler, target) for target in crawler["targets"]]},
        "TablePrefix": crawler.get("table_prefix") or None,
        "SchemaChangePolicy": {
            "UpdateBehavior": crawler["update_behavior"],
            "DeleteBehavior": crawler["delete_behavior"],
        },
        "Configuration": _configuration(crawler),
    }
    return {member: value for member, value in document.items() if value is not None}


def _target(crawler: dict[str, Any], target: dict[str, Any]) -> dict[str, Any]:
    found = {
        "Path": target["uri"],
        "Exclusions": [*(crawler.get("exclusions") or ()), *(target.get("exclusions") or ())],
        "SampleSize": crawler.get("files_per_folder"),
    }
    return {member: value for member, value in found.items() if value not in (None, [])}


def _configuration(crawler: dict[str, Any]) -> str | None:
    grouping: dict[str, Any] = {}
    if crawler.get("combine_compatible_schemas"):
        grouping["TableGroupingPolicy"] = "CombineCompatibleSchemas"
    if crawler.get("table_level") is not None:
        grouping["TableLevelConfiguration"] = crawler["table_level"]
    return json.dumps({"Version": 1.0, "Grouping": grouping}) if grouping else None
