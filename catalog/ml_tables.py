"""The SQL tables of ML transforms: how far each is taught, its labels and its models."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

# A transform's definition is among the definitions. Its row here comes and goes with that, and its
# lock is what keeps two imports of labels apart.
ml_transforms = sa.Table(
    "ml_transforms",
    metadata,
    sa.Column("id", BinaryText, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("label_count", sa.BigInteger, nullable=False),
    # AWS Glue's EvaluationMetrics of the last evaluation.
    sa.Column("metrics", sa.JSON(none_as_null=True)),
    # The model in use; none where nothing was learnt that fits the definition.
    sa.Column("model_version", sa.BigInteger),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

ml_labels = sa.Table(
    "ml_labels",
    metadata,
    # The order in which files were imported.
    sa.Column("number", BigId, primary_key=True),
    sa.Column(
        "transform_id",
        BinaryText,
        sa.ForeignKey("ml_transforms.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("label_count", sa.BigInteger, nullable=False),
    sa.Column("imported_by", BinaryText, nullable=False),
    sa.Column("imported_at", UtcDateTime, nullable=False),
    sa.Index("ix_ml_labels_transform_id_number", "transform_id", "number"),
)

ml_models = sa.Table(
    "ml_models",
    metadata,
    sa.Column(
        "transform_id",
        BinaryText,
        sa.ForeignKey("ml_transforms.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    # What made it, such as the id of a task run.
    sa.Column("cause", BinaryText, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)
