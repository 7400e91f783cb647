"""The SQL tables of profiles: what tables and files were found to hold, by partition."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("number", BigId, primary_key=True),
    sa.Column("id", BinaryText, nullable=False),
    # A table as catalog/database/table, or the address of files.
    sa.Column("subject", BinaryText, nullable=False),
    sa.Column("profiled_at", UtcDateTime, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    # The columns that tell parts apart; none where the profile has one part.
    sa.Column("partitioned_by", sa.JSON, nullable=False),
    # What was counted of all rows together, and so of no part.
    sa.Column("detail", sa.JSON, nullable=False),
    sa.UniqueConstraint("id"),
    sa.Index("ix_profiles_subject_number", "subject", "number"),
)

profile_parts = sa.Table(
    "profile_parts",
    metadata,
    sa.Column(
        "profile_number",
        BigId,
        sa.ForeignKey("profiles.number", ondelete="CASCADE"),
        primary_key=True,
    ),
    # The values of a partition as JSON text, in the order of the profile's columns.
    sa.Column("part", BinaryText, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    # Compressed JSON: sketches, which no query looks into.
    sa.Column("sketches", sa.LargeBinary, nullable=False),
)
