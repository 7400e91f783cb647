"""The SQL tables of the schema registry."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

registries = sa.Table(
    "schema_registries",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", BinaryText, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("name"),
)

schemas = sa.Table(
    "schemas",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column(
        "registry_id",
        BigId,
        sa.ForeignKey("schema_registries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("name", BinaryText, nullable=False),
    sa.Column("data_format", sa.Text, nullable=False),
    sa.Column("compatibility", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("checkpoint", sa.BigInteger),
    sa.Column("next_version", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("registry_id", "name"),
)

versions = sa.Table(
    "schema_versions",
    metadata,
    sa.Column("id", BinaryText, primary_key=True),
    sa.Column("schema_id", BigId, sa.ForeignKey("schemas.id", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("fingerprint", BinaryText, nullable=False),
    sa.Column("refusals", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("schema_id", "number"),
    sa.Index(None, "schema_id", "fingerprint"),
)

version_metadata = sa.Table(
    "schema_version_metadata",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    sa.Column(
        "version_id",
        BinaryText,
        sa.ForeignKey("schema_versions.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("key", BinaryText, nullable=False),
    sa.Column("value", BinaryText, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("version_id", "key", "value"),
)
