"""Partitions share what they have in common; indexes, statistics and functions."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from gluepot.catalog.keys import encode_values, key_kind
from gluepot.catalog.model import Column
from gluepot.catalog.tables import BigId, BinaryText, UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

revision = "0005_partitions"
down_revision = "0004_jobs"

_KEYS = tuple(f"k{number}" for number in range(8))
_PAGE_ROWS = 1000


def upgrade() -> None:
    """Make the tables, and bring the partitions over."""
    _set_aside()
    _create_storages()
    _create_partitions()
    _copy(op.get_bind())
    op.drop_table("old_partitions")
    _create_indexes_and_statistics()
    _create_functions()


def downgrade() -> None:
    """Drop them. Older code cannot read the partitions' keys, so it starts without partitions."""
    for name in ("functions", "partition_statistics", "table_statistics", "partition_indexes"):
        op.drop_table(name)
    op.drop_table("partitions")
    op.drop_table("partition_storages")
    op.create_table(
        "partitions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("table_id", BigId, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        *(sa.Column(key, BinaryText, nullable=False) for key in _KEYS),
        sa.Column("exact", sa.Boolean, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("creation_time", UtcDateTime, nullable=False),
        *_partition_constraints("table_id", "identity"),
    )
    _create_order_and_inexact()


def _set_aside() -> None:
    """Rename the old table, and what keeps its name where PostgreSQL has one space of names."""
    op.drop_index("ix_partitions_order", "partitions")
    op.drop_index("ix_partitions_inexact", "partitions")
    op.rename_table("partitions", "old_partitions")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER SEQUENCE partitions_id_seq RENAME TO old_partitions_id_seq")
        for name in ("pk_partitions", "uq_partitions_table_id_identity"):
            op.execute(f"ALTER TABLE old_partitions RENAME CONSTRAINT {name} TO old_{name}")


def _create_storages() -> None:
    op.create_table(
        "partition_storages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("table_id", BigId, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partition_storages"),
        _of_table("partition_storages"),
        sa.UniqueConstraint("table_id", "digest", name="uq_partition_storages_table_id_digest"),
    )


def _create_partitions() -> None:
    op.create_table(
        "partitions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("table_id", BigId, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        *(sa.Column(key, BinaryText, nullable=False) for key in _KEYS),
        sa.Column("exact", sa.Boolean, nullable=False),
        sa.Column("key_values", sa.Text, nullable=False),
        sa.Column("storage_id", sa.BigInteger),
        sa.Column("location", sa.Text),
        sa.Column("details", sa.Text),
        sa.Column("creation_time", UtcDateTime, nullable=False),
        *_partition_constraints("identity"),
    )
    _create_order_and_inexact()
    op.create_index("ix_partitions_storage", "partitions", ["table_id", "storage_id"])
    for key in _KEYS[1:]:
        others = [name for name in _KEYS[:4] if name != key]
        used = sa.text(f"{key} != ''")
        op.create_index(
            f"ix_partitions_{key}",
            "partitions",
            ["table_id", key, *others, "id"],
            sqlite_where=used,
            postgresql_where=used,
        )


def _partition_constraints(*unique: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name="pk_partitions"),
        _of_table("partitions"),
        sa.UniqueConstraint(*unique, name=f"uq_partitions_{'_'.join(unique)}"),
    ]


def _create_order_and_inexact() -> None:
    op.create_index("ix_partitions_order", "partitions", ["table_id", *_KEYS[:4], "id"])
    op.create_index(
        "ix_partitions_inexact",
        "partitions",
        ["table_id"],
        sqlite_where=sa.text("exact = 0"),
        postgresql_where=sa.text("NOT exact"),
    )


def _create_indexes_and_statistics() -> None:
    op.create_table(
        "partition_indexes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("table_id", BigId, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("key_names", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("backfill_errors", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partition_indexes"),
        _of_table("partition_indexes"),
        sa.UniqueConstraint("table_id", "name", name="uq_partition_indexes_table_id_name"),
    )
    for name, owner in (("table_statistics", "table"), ("partition_statistics", "partition")):
        column = f"{owner}_id"
        op.create_table(
            name,
            sa.Column(column, BigId, nullable=False),
            sa.Column("column_name", BinaryText, nullable=False),
            sa.Column("definition", sa.JSON, nullable=False),
            sa.PrimaryKeyConstraint(column, "column_name", name=f"pk_{name}"),
            sa.ForeignKeyConstraint(
                [column],
                [f"{owner}s.id"],
                name=f"fk_{name}_{column}_{owner}s",
                ondelete="CASCADE",
            ),
        )


def _create_functions() -> None:
    op.create_table(
        "functions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("database_id", BigId, nullable=False),
        sa.Column("name", BinaryText, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_functions"),
        sa.ForeignKeyConstraint(
            ["database_id"],
            ["databases.id"],
            name="fk_functions_database_id_databases",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("database_id", "name", name="uq_functions_database_id_name"),
    )


def _of_table(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["table_id"], ["tables.id"], name=f"fk_{name}_table_id_tables", ondelete="CASCADE"
    )


_STORAGES = sa.table(
    "partition_storages",
    sa.column("id"),
    sa.column("table_id"),
    sa.column("digest", sa.LargeBinary),
    sa.column("definition"),
)
_OLD = sa.table(
    "old_partitions",
    sa.column("id"),
    sa.column("table_id"),
    sa.column("definition", sa.JSON),
    sa.column("creation_time", UtcDateTime),
)
_NEW = sa.table(
    "partitions",
    sa.column("table_id"),
    sa.column("identity", sa.LargeBinary),
    *(sa.column(key) for key in _KEYS),
    sa.column("exact", sa.Boolean),
    sa.column("key_values"),
    sa.column("storage_id"),
    sa.column("location"),
    sa.column("details"),
    sa.column("creation_time", UtcDateTime),
)


def _copy(connection: sa.Connection) -> None:
    keys = cache(lambda table_id: _keys_of(connection, table_id))
    storage = cache(lambda table_id, text: _insert_storage(connection, table_id, text))
    last = 0
    while True:
        query = sa.select(_OLD).where(_OLD.c.id > last).order_by(_OLD.c.id).limit(_PAGE_ROWS)
        page = connection.execute(query).all()
        if not page:
            return
        rows = [_new_row(old, keys(old.table_id), storage) for old in page]
        connection.execute(sa.insert(_NEW), rows)
        last = page[-1].id


def _keys_of(connection: sa.Connection, table_id: int) -> list[Column]:
    query = sa.text(
        "SELECT v.definition FROM table_versions v JOIN tables t"
        " ON t.id = v.table_id AND t.version = v.version WHERE t.id = :id"
    ).columns(sa.column("definition", sa.JSON))
    definition = connection.scalar(query, {"id": table_id}) or {}
    return [
        Column(name=key["Name"], type=key.get("Type"))
        for key in definition.get("PartitionKeys") or ()
    ]


def _insert_storage(connection: sa.Connection, table_id: int, text: str) -> int:
    row = {"table_id": table_id, "digest": _digest(text.encode()), "definition": text}
    insert = sa.insert(_STORAGES).values(row).returning(_STORAGES.c.id)
    number: int = connection.execute(insert).scalar_one()
    return number


def _new_row(
    old: Any,  # noqa: ANN401
    keys: Sequence[Column],
    storage_of: Callable[[int, str], int],
) -> dict[str, Any]:
    document = dict(old.definition)
    values = document.pop("Values")
    storage = document.pop("StorageDescriptor", None)
    shared = None
    if storage is not None:
        shared = _text({key: storage[key] for key in storage if key not in _OWN})
        if "Parameters" in storage:
            document["StorageDescriptor"] = {"Parameters": storage["Parameters"]}
    encoded = encode_values(values, [key_kind(key) for key in keys])
    codes = [*encoded.columns[: len(_KEYS)], *[""] * (len(_KEYS) - len(values))]
    return {
        "table_id": old.table_id,
        "identity": _identity(old.table_id, values),
        **dict(zip(_KEYS, codes, strict=True)),
        "exact": encoded.exact,
        "key_values": _text(values),
        "storage_id": None if shared is None else storage_of(old.table_id, shared),
        "location": None if storage is None else storage.get("Location"),
        "details": _text(document) if document else None,
        "creation_time": old.creation_time,
    }


_OWN = ("Location", "Parameters")


def _identity(table_id: int, values: Sequence[str]) -> bytes:
    text = "\0".join((str(len(values)), *values))
    return table_id.to_bytes(8, "big") + hashlib.blake2b(text.encode(), digest_size=16).digest()


def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=20).digest()


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
