"""The SQL tables of access: keys, policies and what they are attached to, the audit log."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

access_keys = sa.Table(
    "access_keys",
    metadata,
    sa.Column("id", BinaryText, primary_key=True),
    sa.Column("user_name", BinaryText, nullable=False),
    sa.Column("sealed_secret", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("revoked_at", UtcDateTime),
    sa.Column("last_used_at", UtcDateTime),
    sa.Index("ix_access_keys_user_name", "user_name"),
)

access_policies = sa.Table(
    "access_policies",
    metadata,
    sa.Column("name", BinaryText, primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

# A holder is a user's name or a key's id. Policies may be gluepot's own, which have no row.
policy_attachments = sa.Table(
    "policy_attachments",
    metadata,
    sa.Column("holder", BinaryText, primary_key=True),
    sa.Column("policy_name", BinaryText, primary_key=True),
)

# Triggers in the database keep this append-only; the migration makes them.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("principal", sa.Text),
    sa.Column("key_id", sa.Text),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("resources", sa.JSON, nullable=False),
    sa.Column("allowed", sa.Boolean, nullable=False),
    sa.Column("error_code", sa.Text),
    sa.Column("request_id", sa.Text, nullable=False),
    # Only an entry that tells of a pruning has it: older rows than this may be deleted.
    sa.Column("pruned_below", sa.BigInteger),
    sa.Index("ix_audit_log_at", "at"),
)
sa.Index(
    "ix_audit_log_pruned_below",
    audit_log.c.pruned_below,
    sqlite_where=audit_log.c.pruned_below.is_not(None),
    postgresql_where=audit_log.c.pruned_below.is_not(None),
)

# Digests of sessions' ids, each until the session would have ended by itself.
ended_sessions = sa.Table(
    "ended_sessions",
    metadata,
    sa.Column("digest", BinaryText, primary_key=True),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Index("ix_ended_sessions_expires_at", "expires_at"),
)

volatile = sa.MetaData()
"""What lives for minutes: on SQLite it has a file of its own, away from the catalog's writers."""

seen_signatures = sa.Table(
    "seen_signatures",
    volatile,
    sa.Column("signature", BinaryText, nullable=False),
    # What tells two requests of one second apart that are otherwise the same; may be empty.
    sa.Column("invocation", BinaryText, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),  # milliseconds since 1970
    sa.Column("expires_at", sa.BigInteger, nullable=False),  # milliseconds since 1970
    sa.PrimaryKeyConstraint("signature", "invocation", name="pk_seen_signatures"),
    sa.Index("ix_seen_signatures_expires_at", "expires_at"),
)
