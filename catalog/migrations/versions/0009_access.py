"""Access keys, policies, the append-only audit log, and signatures that were seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0009_access"
down_revision = "0008_registry"


def upgrade() -> None:
    """Create the tables, and the triggers that keep the audit log as it was written."""
    _create_keys()
    _create_policies()
    _create_audit_log()
    if op.get_context().dialect.name == "postgresql":
        _create_seen_signatures()
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def downgrade() -> None:
    """Drop them."""
    for name in ("audit_log", "policy_attachments", "access_policies", "access_keys"):
        op.drop_table(name)
    if op.get_context().dialect.name == "postgresql":
        op.drop_table("seen_signatures")
        op.execute("DROP FUNCTION gluepot_guard_audit_log()")


def _create_keys() -> None:
    op.create_table(
        "access_keys",
        sa.Column("id", BinaryText, nullable=False),
        sa.Column("user_name", BinaryText, nullable=False),
        sa.Column("sealed_secret", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("revoked_at", UtcDateTime),
        sa.Column("last_used_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_access_keys"),
    )
    op.create_index("ix_access_keys_user_name", "access_keys", ["user_name"])


def _create_policies() -> None:
    op.create_table(
        "access_policies",
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_access_policies"),
    )
    op.create_table(
        "policy_attachments",
        sa.Column("holder", BinaryText, nullable=False),
        sa.Column("policy_name", BinaryText, nullable=False),
        sa.PrimaryKeyConstraint("holder", "policy_name", name="pk_policy_attachments"),
    )


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("principal", sa.Text),
        sa.Column("key_id", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("resources", sa.JSON, nullable=False),
        sa.Column("allowed", sa.Boolean, nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("pruned_below", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    where = sa.text("pruned_below IS NOT NULL")
    op.create_index(
        "ix_audit_log_pruned_below",
        "audit_log",
        ["pruned_below"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _create_seen_signatures() -> None:
    op.create_table(
        "seen_signatures",
        sa.Column("signature", BinaryText, nullable=False),
        sa.Column("invocation", BinaryText, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("signature", "invocation", name="pk_seen_signatures"),
    )
    op.create_index("ix_seen_signatures_expires_at", "seen_signatures", ["expires_at"])


_PRUNED_BELOW = (
    "COALESCE((SELECT MAX(pruned_below) FROM audit_log WHERE pruned_below IS NOT NULL), 0)"
)


def _guard_on_sqlite() -> None:
    op.execute(
        "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    )
    op.execute(
        f"CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log WHEN OLD.id >="
        f" {_PRUNED_BELOW} BEGIN SELECT RAISE(ABORT, 'the audit log is append-only;"
        " gluepot auth audit prune removes old entries'); END"
    )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION gluepot_guard_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF TG_OP = 'DELETE' THEN IF OLD.id < {_PRUNED_BELOW} THEN RETURN OLD; END IF;"
        " END IF; RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_log_guard BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION gluepot_guard_audit_log()"
    )
    op.execute(
        "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION gluepot_guard_audit_log()"
    )
