"""The SQL tables of partitions and of what hangs on them: indexes, statistics, functions."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

INDEXED_KEYS = 8
"""How many partition keys have a column of their own; later ones are compared in Python."""

KEY_COLUMNS = tuple(f"k{number}" for number in range(INDEXED_KEYS))

ORDERED_KEYS = 4
"""How many keys an index orders by; the row's number comes after them."""


def order_columns(lead: int) -> tuple[str, ...]:
    """Return the columns of the index that begins with a key: the key, the first four, the row."""
    first = KEY_COLUMNS[lead]
    others = [name for name in KEY_COLUMNS[:ORDERED_KEYS] if name != first]
    return (first, *others, "id")


def _of_table(*, primary_key: bool = False) -> sa.Column[int]:
    """Return a column that names a table; what hangs on the table is deleted with it."""
    of_table = sa.ForeignKey("tables.id", ondelete="CASCADE")
    return sa.Column("table_id", BigId, of_table, nullable=False, primary_key=primary_key)


# What storage descriptors of a table's partitions have in common: all but location and parameters.
# A table with a million partitions has a few of these, where each partition would repeat columns.
partition_storages = sa.Table(
    "partition_storages",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    _of_table(),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.UniqueConstraint("table_id", "digest"),
)

partitions = sa.Table(
    "partitions",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    _of_table(),
    # The table and a digest of the value list, which itself may be too long for an index.
    sa.Column("identity", sa.LargeBinary, nullable=False),
    *(sa.Column(name, BinaryText, nullable=False) for name in KEY_COLUMNS),
    # False where a key column cannot stand for its value: not of the key's type, or cut off.
    sa.Column("exact", sa.Boolean, nullable=False),
    sa.Column("key_values", sa.Text, nullable=False),
    # Without a foreign key, which would cost a look-up a row: writers that create hold the table
    # against writers that delete, and only those remove storages that nobody uses any more.
    sa.Column("storage_id", sa.BigInteger),
    sa.Column("location", sa.Text),
    sa.Column("details", sa.Text),
    sa.Column("creation_time", UtcDateTime, nullable=False),
    sa.UniqueConstraint("identity"),
    sa.Index("ix_partitions_order", "table_id", *order_columns(0)),
    sa.Index("ix_partitions_storage", "table_id", "storage_id"),
)
sa.Index(
    "ix_partitions_inexact",
    partitions.c.table_id,
    sqlite_where=sa.not_(partitions.c.exact),
    postgresql_where=sa.not_(partitions.c.exact),
)
for _lead in range(1, INDEXED_KEYS):
    # Keys that a table does not have hold the empty text, and cost nothing here.
    _used = partitions.c[KEY_COLUMNS[_lead]] != sa.literal_column("''")
    sa.Index(
        f"ix_partitions_{KEY_COLUMNS[_lead]}",
        partitions.c.table_id,
        *(partitions.c[name] for name in order_columns(_lead)),
        sqlite_where=_used,
        postgresql_where=_used,
    )

partition_indexes = sa.Table(
    "partition_indexes",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    _of_table(),
    sa.Column("name", BinaryText, nullable=False),
    sa.Column("key_names", sa.JSON, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("backfill_errors", sa.JSON, nullable=False),
    sa.UniqueConstraint("table_id", "name"),
)

table_statistics = sa.Table(
    "table_statistics",
    metadata,
    _of_table(primary_key=True),
    sa.Column("column_name", BinaryText, primary_key=True),
    sa.Column("definition", sa.JSON, nullable=False),
)

partition_statistics = sa.Table(
    "partition_statistics",
    metadata,
    sa.Column(
        "partition_id", BigId, sa.ForeignKey("partitions.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("column_name", BinaryText, primary_key=True),
    sa.Column("definition", sa.JSON, nullable=False),
)

functions = sa.Table(
    "functions",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column(
        "database_id", BigId, sa.ForeignKey("databases.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("name", BinaryText, nullable=False),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.UniqueConstraint("database_id", "name"),
)
