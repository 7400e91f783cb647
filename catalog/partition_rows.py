"""A partition's document taken apart into a row, and put together again.

A document is Glue's ``PartitionInput``. Whatever members it has come back as they were, absent
apart from empty; nothing here knows them all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from gluepot.catalog.insert import insert_new
from gluepot.catalog.keys import encode_values
from gluepot.catalog.partition_tables import (
    INDEXED_KEYS,
    KEY_COLUMNS,
    partition_storages,
    partitions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.catalog.calls import Document
    from gluepot.catalog.keys import KeyKind

_DIGEST_BYTES = 20
_IDENTITY_BYTES = 16
_OWN = frozenset({"Location", "Parameters"})
_APART = frozenset({"Values", "StorageDescriptor"})

STORED = (
    partitions.c.id,
    partitions.c.key_values,
    partitions.c.storage_id,
    partitions.c.location,
    partitions.c.details,
    partitions.c.creation_time,
)
"""The columns that ``joined`` needs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """A document without its values: what partitions share, and what is its own as JSON text."""

    storage: Document | None
    location: str | None
    details: str | None


def identity(table_id: int, values: Sequence[str]) -> bytes:
    """Return the key of a partition: the number of its table, then a digest of its value list.

    Both are in one column so that a database has one way only to look partitions up: PostgreSQL
    without statistics of a table that grows would rather read all of it.
    """
    # No stored value holds the character between them.
    text = "\0".join((str(len(values)), *values)).encode("utf-8", "surrogatepass")
    return table_prefix(table_id) + hashlib.blake2b(text, digest_size=_IDENTITY_BYTES).digest()


def table_prefix(table_id: int) -> bytes:
    """Return what the identities of all partitions of a table begin with."""
    return table_id.to_bytes(8, "big")


def take_apart(document: Mapping[str, Any]) -> Parts:
    """Return the parts of a document that its row and its shared storage hold."""
    details = {key: value for key, value in document.items() if key not in _APART}
    storage = document.get("StorageDescriptor")
    if storage is None:
        return Parts(storage=None, location=None, details=_text(details))
    shared = {key: value for key, value in storage.items() if key not in _OWN}
    if "Parameters" in storage:
        details["StorageDescriptor"] = {"Parameters": storage["Parameters"]}
    return Parts(
        storage=shared,
        location=storage.get("Location"),
        details=_text(details),
    )


def joined(row: Any, storages: Mapping[int, Document]) -> Document:  # noqa: ANN401
    """Return the document of a row; ``storages`` has at least the storage that it names."""
    document: Document = {"Values": orjson.loads(row.key_values)}
    if row.details is not None:
        document.update(orjson.loads(row.details))
    if row.storage_id is not None:
        storage = {**storages[row.storage_id], **document.get("StorageDescriptor", {})}
        if row.location is not None:
            storage["Location"] = row.location
        document["StorageDescriptor"] = storage
    return document


def count_within(limit: int, rows: Sequence[Any], storages: Mapping[int, Document]) -> int:
    """Return how many rows make documents of about ``limit`` bytes together; at least one."""
    sizes = {number: len(orjson.dumps(storage)) for number, storage in storages.items()}
    total = 0
    for count, row in enumerate(rows):
        total += sizes.get(row.storage_id, 0) + len(row.key_values) + len(row.details or "")
        if total > limit and count:
            return count
    return len(rows)


def key_columns(values: Sequence[str], kinds: Sequence[KeyKind]) -> dict[str, Any]:
    """Return the columns by which a row is found and ordered."""
    encoded = encode_values(values, kinds)
    codes = [*encoded.columns[:INDEXED_KEYS], *[""] * (INDEXED_KEYS - len(values))]
    return {**dict(zip(KEY_COLUMNS, codes, strict=True)), "exact": encoded.exact}


def value_columns(table_id: int, values: Sequence[str], kinds: Sequence[KeyKind]) -> dict[str, Any]:
    """Return every column that follows from the values."""
    return {
        "identity": identity(table_id, values),
        **key_columns(values, kinds),
        "key_values": orjson.dumps(values).decode(),
    }


def read_storages(connection: sa.Connection, rows: Iterable[Any]) -> dict[int, Document]:
    """Return the shared storages that rows name, by number."""
    wanted = {row.storage_id for row in rows} - {None}
    if not wanted:
        return {}
    query = sa.select(partition_storages.c.id, partition_storages.c.definition).where(
        partition_storages.c.id.in_(wanted)
    )
    return {row.id: orjson.loads(row.definition) for row in connection.execute(query)}


def storage_ids(
    connection: sa.Connection, table_id: int, storages: Sequence[Document | None]
) -> list[int | None]:
    """Return the number of each shared storage; those that are new are written."""
    texts: list[bytes | None] = []
    for place, storage in enumerate(storages):
        # Nearly all partitions of a batch have the same one, and that is seen at once.
        if place and storage == storages[place - 1]:
            texts.append(texts[-1])
        else:
            texts.append(None if storage is None else _canonical(storage))
    numbers = _numbers(connection, table_id, {text for text in texts if text is not None})
    return [None if text is None else numbers[text] for text in texts]


def _canonical(storage: Document) -> bytes:
    return orjson.dumps(storage, option=orjson.OPT_SORT_KEYS)


def _numbers(
    connection: sa.Connection, table_id: int, definitions: Iterable[bytes]
) -> dict[bytes, int]:
    wanted = {_digest(definition): definition for definition in definitions}
    found = _known_storages(connection, table_id, wanted)
    missing = [digest for digest in wanted if digest not in found]
    if missing:
        rows = [
            {"table_id": table_id, "digest": digest, "definition": wanted[digest].decode()}
            for digest in sorted(missing)
        ]
        insert_new(connection, partition_storages, rows, partition_storages.c.id)
        found = _known_storages(connection, table_id, wanted)
    return {definition: found[digest] for digest, definition in wanted.items()}


def drop_unused_storages(connection: sa.Connection, table_id: int, ids: Iterable[int]) -> None:
    """Delete those of a table's shared storages that no partition uses any more."""
    used = sa.select(partitions.c.id).where(
        partitions.c.table_id == table_id, partitions.c.storage_id == partition_storages.c.id
    )
    connection.execute(
        sa.delete(partition_storages).where(partition_storages.c.id.in_(ids), ~used.exists())
    )


def _known_storages(
    connection: sa.Connection, table_id: int, digests: Iterable[bytes]
) -> dict[bytes, int]:
    query = sa.select(partition_storages.c.digest, partition_storages.c.id).where(
        partition_storages.c.table_id == table_id, partition_storages.c.digest.in_(digests)
    )
    return {bytes(digest): number for digest, number in connection.execute(query)}


def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=_DIGEST_BYTES).digest()


def _text(details: Document) -> str | None:
    return orjson.dumps(details).decode() if details else None
