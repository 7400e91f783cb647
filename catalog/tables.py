"""The SQL tables of the catalog, and the column types that every package's tables share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the one database; crawlers and jobs hang theirs on it."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A point in time: aware in, aware UTC out, microseconds, on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn to UTC; SQLite stores the bare digits, whose text order is the order in time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; stored times are aware")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ANN401
        """Give back an aware time in UTC."""
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if dialect.name == "sqlite" else found.astimezone(UTC)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A 64-bit number; on SQLite the spelling that makes it the row's own number."""

BinaryText = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that compares by its bytes on both databases, as Python compares strings."""

catalogs = sa.Table(
    "catalogs",
    metadata,
    # Empty for the account's own catalog, which has a row only once something is known of it.
    sa.Column("name", BinaryText, primary_key=True),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Column("update_time", UtcDateTime, nullable=False),
    sa.Column("import_time", UtcDateTime),
    sa.Column("imported_by", sa.Text),
)

databases = sa.Table(
    "databases",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", BinaryText, nullable=False),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Column("catalog", BinaryText, nullable=False, server_default=""),
    sa.UniqueConstraint("catalog", "name"),
)

tables = sa.Table(
    "tables",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column(
        "database_id", BigId, sa.ForeignKey("databases.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("name", BinaryText, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Column("update_time", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text),
    # The words that a search finds the table by; see ``search_text``.
    sa.Column("search", BinaryText, nullable=False, server_default=""),
    # Grows with every change of a partition; those that come and go are told by their numbers.
    sa.Column("partition_changes", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.UniqueConstraint("database_id", "name"),
)

table_versions = sa.Table(
    "table_versions",
    metadata,
    sa.Column("table_id", BigId, sa.ForeignKey("tables.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("diff", sa.JSON(none_as_null=True)),
    sa.Column("cause_kind", sa.Text, nullable=False),
    sa.Column("cause_id", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)
