"""What ML transforms have learnt: their state, labels and models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

revision = "0013_ml_transforms"
down_revision = "0012_source_keys"


def upgrade() -> None:
    """Create the tables, with the state of each transform that is defined already."""
    op.create_table(
        "ml_transforms",
        sa.Column("id", BinaryText, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("label_count", sa.BigInteger, nullable=False),
        sa.Column("metrics", sa.JSON(none_as_null=True)),
        sa.Column("model_version", sa.BigInteger),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ml_transforms"),
    )
    op.create_table(
        "ml_labels",
        sa.Column("number", BigId, nullable=False),
        sa.Column("transform_id", BinaryText, nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("label_count", sa.BigInteger, nullable=False),
        sa.Column("imported_by", BinaryText, nullable=False),
        sa.Column("imported_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ml_labels"),
        _of_transform("ml_labels"),
    )
    op.create_index("ix_ml_labels_transform_id_number", "ml_labels", ["transform_id", "number"])
    op.create_table(
        "ml_models",
        sa.Column("transform_id", BinaryText, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("cause", BinaryText, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("transform_id", "version", name="pk_ml_models"),
        _of_transform("ml_models"),
    )
    op.execute(
        "INSERT INTO ml_transforms (id, status, label_count, updated_at)"
        " SELECT name, 'NOT_READY', 0, updated_at FROM definitions WHERE kind = 'MLTransform'"
    )


def downgrade() -> None:
    """Drop them; the definitions stay."""
    for name in ("ml_models", "ml_labels", "ml_transforms"):
        op.drop_table(name)


def _of_transform(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["transform_id"],
        ["ml_transforms.id"],
        name=f"fk_{table}_transform_id_ml_transforms",
        ondelete="CASCADE",
    )
