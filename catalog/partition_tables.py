"""The SQL tables of partitions and of what hangs on them."""

from __future__ import annotations

import sqlalchemy as sa

from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime, metadata

INDEXED_KEYS = 8
"""How many partition keys have a column of their own; later ones are compared in Python."""

KEY_COLUMNS = tuple(f"k{number}" for number in range(INDEXED_KEYS))

ORDER_COLUMNS = (*KEY_COLUMNS[:4], "id")
"""The order of listed partitions, and the columns of the index that serves it."""

partitions = sa.Table(
    "partitions",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("table_id", BigId, sa.ForeignKey("tables.id", ondelete="CASCADE"), nullable=False),
    # A digest of the value list: the values themselves may be longer than an index row may be.
    sa.Column("identity", sa.Text, nullable=False),
    *(sa.Column(name, BinaryText, nullable=False) for name in KEY_COLUMNS),
    # False where a key column cannot stand for its value: not of the key's type, or cut off.
    sa.Column("exact", sa.Boolean, nullable=False),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("creation_time", UtcDateTime, nullable=False),
    sa.UniqueConstraint("table_id", "identity"),
    sa.Index("ix_partitions_order", "table_id", *ORDER_COLUMNS),
)
sa.Index(
    "ix_partitions_inexact",
    partitions.c.table_id,
    sqlite_where=sa.not_(partitions.c.exact),
    postgresql_where=sa.not_(partitions.c.exact),
)
