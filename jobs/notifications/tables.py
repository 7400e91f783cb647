"""The SQL tables of what is told: announcements, deliveries, and each attempt at one."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    # What it is about, such as workflow; runs have events of their own.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", BinaryText, nullable=False),
    sa.Column("subject_id", BinaryText, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
"""What happened to other things than runs; a row goes when its deliveries are recorded."""

deliveries = sa.Table(
    "deliveries",
    metadata,
    # The order in which things are told.
    sa.Column("number", BigId, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    # Who is told: the name of a notification, or a word of gluepot's own with a colon.
    sa.Column("addressee", BinaryText, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    # When the next attempt is due; None when there is none.
    sa.Column("due_at", UtcDateTime),
    sa.Column("owner", sa.Text),
    sa.Column("lease_expires_at", UtcDateTime),
    sa.Column("completed_at", UtcDateTime),
    sa.UniqueConstraint("id"),
    sa.Index("ix_deliveries_addressee_number", "addressee", "number"),
)
"""The outbox: a row is written in the transaction that takes the event it tells of."""

_due = deliveries.c.due_at.is_not(None)
sa.Index("ix_deliveries_due", deliveries.c.due_at, sqlite_where=_due, postgresql_where=_due)

delivery_attempts = sa.Table(
    "delivery_attempts",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("succeeded", sa.Boolean, nullable=False),
    # The answer's status: of HTTP or SMTP.
    sa.Column("code", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Index("ix_delivery_attempts_delivery_id", "delivery_id", "number"),
)
"""Every attempt, for good: what was tried when, and what came back."""
