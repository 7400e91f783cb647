"""Databases, tables with their versions, partitions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0001_catalog"
down_revision = None


def upgrade() -> None:
    """Create the catalog's own tables."""
    _create_databases_and_tables()
    _create_versions()
    _create_partitions()


def downgrade() -> None:
    """Drop them."""
    for name in ("partitions", "table_versions", "tables", "databases"):
        op.drop_table(name)


def _create_databases_and_tables() -> None:
    op.create_table(
        "databases",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_databases"),
        sa.UniqueConstraint("name", name="uq_databases_name"),
    )
    op.create_table(
        "tables",
        sa.Column("id", BigId, nullable=False),
        sa.Column("database_id", BigId, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_tables"),
        sa.ForeignKeyConstraint(
            ["database_id"],
            ["databases.id"],
            name="fk_tables_database_id_databases",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("database_id", "name", name="uq_tables_database_id_name"),
    )


def _create_versions() -> None:
    op.create_table(
        "table_versions",
        sa.Column("table_id", BigId, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("diff", sa.JSON),
        sa.Column("cause_kind", sa.Text, nullable=False),
        sa.Column("cause_id", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("table_id", "version", name="pk_table_versions"),
        sa.ForeignKeyConstraint(
            ["table_id"],
            ["tables.id"],
            name="fk_table_versions_table_id_tables",
            ondelete="CASCADE",
        ),
    )


def _create_partitions() -> None:
    keys = [f"k{number}" for number in range(8)]
    op.create_table(
        "partitions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("table_id", BigId, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        *(sa.Column(key, BinaryText, nullable=False) for key in keys),
        sa.Column("exact", sa.Boolean, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("creation_time", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partitions"),
        sa.ForeignKeyConstraint(
            ["table_id"], ["tables.id"], name="fk_partitions_table_id_tables", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("table_id", "identity", name="uq_partitions_table_id_identity"),
    )
    op.create_index("ix_partitions_order", "partitions", ["table_id", *keys[:4], "id"])
    op.create_index(
        "ix_partitions_inexact",
        "partitions",
        ["table_id"],
        sqlite_where=sa.text("exact = 0"),
        postgresql_where=sa.text("NOT exact"),
    )
