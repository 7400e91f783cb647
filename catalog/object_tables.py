"""The SQL tables of named definitions and of tags."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BinaryText, UtcDateTime, metadata

definitions = sa.Table(
    "definitions",
    metadata,
    sa.Column("kind", BinaryText, primary_key=True),
    sa.Column("name", BinaryText, primary_key=True),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

# One row a resource: its lock is what keeps two callers from passing the limit together.
resource_tags = sa.Table(
    "resource_tags",
    metadata,
    sa.Column("arn", BinaryText, primary_key=True),
    sa.Column("tags", sa.JSON, nullable=False),
)
