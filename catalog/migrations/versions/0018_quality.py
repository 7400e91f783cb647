"""Quality results with ids of their own, and what was measured, value by value."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0018_quality"
down_revision = "0017_events"

_INDEXES = ((("id",), True), (("profile_id",), True), (("table", "number"), False))


def upgrade() -> None:
    """Add columns and the table; earlier results get ids, and their values a history."""
    for column in _columns():
        op.add_column("quality_results", column)
    op.create_table(
        "quality_statistics",
        sa.Column("number", BigId, nullable=False),
        sa.Column("statistic_id", BinaryText, nullable=False),
        sa.Column("profile_id", BinaryText, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("inclusion", sa.Text),
        sa.Column("annotated_at", UtcDateTime),
        sa.PrimaryKeyConstraint("number", name="pk_quality_statistics"),
        sa.UniqueConstraint(
            "profile_id", "statistic_id", name="uq_quality_statistics_profile_id_statistic_id"
        ),
    )
    op.create_index(
        "ix_quality_statistics_statistic_id_number",
        "quality_statistics",
        ["statistic_id", "number"],
    )
    _carry_over()
    for columns, unique in _INDEXES:
        name = f"ix_quality_results_{'_'.join(columns)}"
        op.create_index(name, "quality_results", list(columns), unique=unique)


def downgrade() -> None:
    """Drop them; the results stay."""
    op.drop_table("quality_statistics")
    for columns, _ in _INDEXES:
        op.drop_index(f"ix_quality_results_{'_'.join(columns)}", "quality_results")
    for column in _columns():
        op.drop_column("quality_results", column.name)


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", BinaryText, nullable=False, server_default=""),
        sa.Column("profile_id", BinaryText, nullable=False, server_default=""),
        sa.Column("subject", sa.Text, nullable=False, server_default="job"),
        sa.Column("table", BinaryText),
        sa.Column("ruleset", BinaryText),
        sa.Column("data_source", sa.JSON(none_as_null=True)),
        sa.Column("evaluated", sa.JSON(none_as_null=True)),
        sa.Column("started_at", UtcDateTime),
        sa.Column("completed_at", UtcDateTime),
        sa.Column("failing_rows", sa.BigInteger),
        sa.Column("failing_path", sa.Text),
    )


def _carry_over() -> None:
    results = sa.table(
        "quality_results",
        sa.column("number", sa.BigInteger),
        sa.column("job_name", sa.Text),
        sa.column("gate", sa.Text),
        sa.column("result", sa.JSON),
        sa.column("created_at", UtcDateTime),
        sa.column("id", sa.Text),
        sa.column("profile_id", sa.Text),
    )
    statistics = sa.table(
        "quality_statistics",
        sa.column("statistic_id", sa.Text),
        sa.column("profile_id", sa.Text),
        sa.column("key", sa.Text),
        sa.column("value", sa.Float),
        sa.column("recorded_at", UtcDateTime),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(results).order_by(results.c.number)).all():
        profile_id = f"dqprofile-{secrets.token_hex(20)}"
        ids = {"id": f"dqresult-{secrets.token_hex(20)}", "profile_id": profile_id}
        connection.execute(sa.update(results).where(results.c.number == row.number).values(ids))
        values = [
            {
                "statistic_id": _statistic_id(row.job_name, row.gate, key),
                "profile_id": profile_id,
                "key": key,
                "value": value,
                "recorded_at": row.created_at,
            }
            for key, value in row.result.get("statistics", {}).items()
        ]
        if values:
            connection.execute(sa.insert(statistics), values)


def _statistic_id(job_name: str, gate: str, key: str) -> str:
    text = json.dumps(["job", job_name, gate, key])
    return f"dqstat-{hashlib.sha256(text.encode()).hexdigest()[:40]}"
