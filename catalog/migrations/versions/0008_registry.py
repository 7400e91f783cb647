"""The schema registry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0008_registry"
down_revision = "0007_objects"


def upgrade() -> None:
    """Make the tables."""
    _create_registries()
    _create_schemas()
    _create_versions()
    _create_metadata()


def downgrade() -> None:
    """Drop them."""
    for name in ("schema_version_metadata", "schema_versions", "schemas", "schema_registries"):
        op.drop_table(name)


def _create_registries() -> None:
    op.create_table(
        "schema_registries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schema_registries"),
        sa.UniqueConstraint("name", name="uq_schema_registries_name"),
    )


def _create_schemas() -> None:
    op.create_table(
        "schemas",
        sa.Column("id", BigId, nullable=False),
        sa.Column("registry_id", BigId, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("data_format", sa.Text, nullable=False),
        sa.Column("compatibility", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("checkpoint", sa.BigInteger),
        sa.Column("next_version", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schemas"),
        sa.ForeignKeyConstraint(
            ["registry_id"],
            ["schema_registries.id"],
            name="fk_schemas_registry_id_schema_registries",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("registry_id", "name", name="uq_schemas_registry_id_name"),
    )


def _create_versions() -> None:
    op.create_table(
        "schema_versions",
        sa.Column("id", BinaryText, nullable=False),
        sa.Column("schema_id", BigId, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("fingerprint", BinaryText, nullable=False),
        sa.Column("refusals", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schema_versions"),
        sa.ForeignKeyConstraint(
            ["schema_id"],
            ["schemas.id"],
            name="fk_schema_versions_schema_id_schemas",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("schema_id", "number", name="uq_schema_versions_schema_id_number"),
    )
    op.create_index(
        "ix_schema_versions_schema_id_fingerprint", "schema_versions", ["schema_id", "fingerprint"]
    )


def _create_metadata() -> None:
    op.create_table(
        "schema_version_metadata",
        sa.Column("number", BigId, nullable=False),
        sa.Column("version_id", BinaryText, nullable=False),
        sa.Column("key", BinaryText, nullable=False),
        sa.Column("value", BinaryText, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_schema_version_metadata"),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["schema_versions.id"],
            name="fk_schema_version_metadata_version_id_schema_versions",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "version_id", "key", "value", name="uq_schema_version_metadata_version_id_key_value"
        ),
    )
