"""Pairs of key and value that users hang on versions of schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.errors import ResourceNumberLimitExceededError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.registry import rows
from gluepot.catalog.registry.errors import MetadataExistsError, SchemaVersionNotFoundError
from gluepot.catalog.registry.model import MAX_PAIRS
from gluepot.catalog.registry.tables import version_metadata, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.registry.model import MetadataPair, SchemaVersion
    from gluepot.catalog.scope import Scope


class MetadataStore:
    """The pairs of versions; ``RegistryStore.metadata`` makes one."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def put(self, version: SchemaVersion, key: str, value: str) -> None:
        """Hang a pair on a version.

        Raises:
            SchemaVersionNotFoundError: The version is gone.
            MetadataExistsError: It has that pair.
            ResourceNumberLimitExceededError: It has as many pairs as the quota allows.
        """
        pairs = version_metadata.c.version_id == version.id
        row = {
            "version_id": version.id,
            "key": key,
            "value": value,
            "created_at": self._scope.clock(),
        }
        with self._scope.writing() as connection:
            lock = sa.select(versions.c.id).where(versions.c.id == version.id).with_for_update()
            if connection.scalar(lock) is None:
                raise SchemaVersionNotFoundError(f"SchemaVersionId: {version.id}")
            count = connection.scalar(sa.select(sa.func.count()).where(pairs)) or 0
            same = pairs, version_metadata.c.key == key, version_metadata.c.value == value
            if connection.scalar(sa.select(sa.func.count()).where(*same)):
                raise MetadataExistsError(version.id, key, value)
            if count >= MAX_PAIRS:
                raise ResourceNumberLimitExceededError(
                    "Your resource limits for Schema Version Metadata have been exceeded."
                )
            insert_new(connection, version_metadata, [row], version_metadata.c.number)

    def remove(self, version: SchemaVersion, key: str, value: str) -> bool:
        """Take a pair off a version; return whether it was there."""
        same = (
            version_metadata.c.version_id == version.id,
            version_metadata.c.key == key,
            version_metadata.c.value == value,
        )
        with self._scope.writing() as connection:
            return connection.execute(sa.delete(version_metadata).where(*same)).rowcount > 0

    def list(
        self,
        version: SchemaVersion,
        wanted: Sequence[tuple[str | None, str | None]],
        after: int | None,
        limit: int,
    ) -> list[MetadataPair]:
        """Return at most ``limit`` pairs of a version, in the order they came, after one.

        Args:
            version: Whose pairs.
            wanted: Keys and values that a pair must have one of; None fits every one.
            after: The number of the last pair that was given.
            limit: How many at most.
        """
        table = version_metadata
        query = sa.select(table).where(table.c.version_id == version.id)
        if wanted:
            query = query.where(
                sa.or_(*(_fits(key, value) for key, value in wanted)),
            )
        if after is not None:
            query = query.where(table.c.number > after)
        with self._scope.reading() as connection:
            found = connection.execute(query.order_by(table.c.number).limit(limit))
            return [rows.metadata_pair(row) for row in found]


def _fits(key: str | None, value: str | None) -> sa.ColumnElement[bool]:
    table = version_metadata
    parts = [
        column == wanted
        for column, wanted in ((table.c.key, key), (table.c.value, value))
        if wanted is not None
    ]
    return sa.and_(sa.true(), *parts)
