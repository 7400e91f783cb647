"""What triggers keep beside their definitions: their workflow, their queue, their events."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0014_triggers"
down_revision = "0013_ml_transforms"

_TRIGGERS = sa.table(
    "triggers",
    sa.column("name", BinaryText),
    sa.column("definition", sa.JSON),
    sa.column("workflow_name", BinaryText),
)
_MEMBERS = (
    ("ix_triggers_workflow_name", "workflow_name", BinaryText),
    ("ix_triggers_event_queue", "event_queue", sa.Text),
)


def upgrade() -> None:
    """Add the columns, fill in the workflows of triggers, and add the table of events."""
    for index, name, kind in _MEMBERS:
        op.add_column("triggers", sa.Column(name, kind))
        _create_partial("triggers", index, [name], f"{name} IS NOT NULL")
    connection = op.get_bind()
    for name, definition in connection.execute(
        sa.select(_TRIGGERS.c.name, _TRIGGERS.c.definition)
    ).all():
        workflow: Any = definition.get("WorkflowName")
        if workflow is not None:
            update = sa.update(_TRIGGERS).where(_TRIGGERS.c.name == name)
            connection.execute(update.values(workflow_name=workflow))
    _create_events()
    op.add_column("workflow_runs", sa.Column("event_batch", sa.JSON))


def downgrade() -> None:
    """Drop them; events that had not fired yet are lost."""
    op.drop_column("workflow_runs", "event_batch")
    op.drop_table("trigger_events")
    for index, name, _ in reversed(_MEMBERS):
        op.drop_index(index, "triggers")
        op.drop_column("triggers", name)


def _create_events() -> None:
    op.create_table(
        "trigger_events",
        sa.Column("number", BigId, nullable=False),
        sa.Column("trigger_name", BinaryText, nullable=False),
        sa.Column("event_id", BinaryText, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("fire_key", BinaryText),
        sa.PrimaryKeyConstraint("number", name="pk_trigger_events"),
        sa.UniqueConstraint(
            "trigger_name", "event_id", name="uq_trigger_events_trigger_name_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["trigger_name"],
            ["triggers.name"],
            name="fk_trigger_events_trigger_name_triggers",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_trigger_events_received_at", "trigger_events", ["trigger_name", "received_at"]
    )
    waiting = ["trigger_name", "number"]
    _create_partial("trigger_events", "ix_trigger_events_waiting", waiting, "fire_key IS NULL")


def _create_partial(table: str, index: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(index, table, columns, sqlite_where=where, postgresql_where=where)
