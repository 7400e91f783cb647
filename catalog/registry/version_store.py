"""The versions of schemas: registered, checked, found again, deleted."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.registry import rows
from gluepot.catalog.registry.compatibility import Earlier, compared_with, refusals
from gluepot.catalog.registry.errors import (
    QuotaError,
    SchemaNotFoundError,
    SchemaVersionNotFoundError,
)
from gluepot.catalog.registry.formats import fingerprint, parse
from gluepot.catalog.registry.model import (
    MAX_VERSION,
    Compatibility,
    Schema,
    SchemaVersion,
    VersionStatus,
)
from gluepot.catalog.registry.tables import schemas, versions

if TYPE_CHECKING:
    from collections.abc import Collection

    from gluepot.catalog.errors import GluepotError
    from gluepot.catalog.limits import Limits
    from gluepot.catalog.registry.model import SchemaKey
    from gluepot.catalog.scope import Scope

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Check:
    """What a definition was compared with, and what came of it."""

    mode: Compatibility
    numbers: tuple[int, ...]
    refusals: tuple[str, ...]


class VersionStore:
    """Versions; ``RegistryStore.versions`` makes one."""

    def __init__(self, scope: Scope, limits: Limits) -> None:
        self._scope = scope
        self._limits = limits

    def register(self, key: SchemaKey, definition: str) -> SchemaVersion:
        """Add a version, or return the one that says the same.

        One that is not compatible is added as a FAILURE. One that failed before is compared
        anew; it gets a new number only when it is compatible now.

        Raises:
            SchemaNotFoundError: There is no such schema.
            InvalidDefinitionError: The definition is no schema of its format.
            InvalidInputError: The mode is DISABLED, or the numbers are used up.
            QuotaError: There are as many versions as the quota allows.
        """
        with self._scope.reading() as connection:
            schema = rows.get_schema(connection, key)
            print_ = fingerprint(parse(schema.data_format, definition))
            found = _same(connection, schema, print_)
            if found is not None and found.status is VersionStatus.AVAILABLE:
                return found
            _check_not_disabled(schema, key)
            # Comparing may take a while, so it is done before the lock is taken.
            check = _check(connection, schema, definition)
        with self._scope.writing() as connection:
            schema = rows.get_schema(connection, key, lock=True)
            if (check.mode, check.numbers) != _comparison(connection, schema):
                check = _check(connection, schema, definition)
            found = _same(connection, schema, print_)
            if found is not None and (found.status is VersionStatus.AVAILABLE or check.refusals):
                return found
            _check_not_disabled(schema, key)
            return self._insert(connection, schema, definition, print_, check.refusals)

    def get(self, version_id: str) -> SchemaVersion:
        """Return a version by its id.

        Raises:
            SchemaVersionNotFoundError: There is none.
        """
        with self._scope.reading() as connection:
            row = connection.execute(rows.VERSIONS.where(versions.c.id == version_id)).first()
        if row is None:
            raise SchemaVersionNotFoundError(f"SchemaVersionId: {version_id}")
        return rows.version(row)

    def get_number(self, key: SchemaKey, number: int | None) -> SchemaVersion:
        """Return a version by its number; None is the latest that is available.

        Raises:
            SchemaNotFoundError: There is no such schema.
            SchemaVersionNotFoundError: It has no such version.
        """
        with self._scope.reading() as connection:
            schema = rows.get_schema(connection, key)
            wanted = schema.latest if number is None else number
            query = rows.VERSIONS.where(
                versions.c.schema_id == schema.id, versions.c.number == wanted
            )
            row = connection.execute(query).first()
        if row is None:
            shown, latest = ("null", "true") if number is None else (number, "false")
            raise SchemaVersionNotFoundError(
                f"RegistryName: {key.registry}, SchemaName: {key.name},"
                f" SchemaArn: {key.arn or 'null'}, VersionNumber: {shown},"
                f" isLatestVersion: {latest}"
            )
        return rows.version(row)

    def find(self, key: SchemaKey, definition: str) -> SchemaVersion:
        """Return the version that says the same as a definition.

        Raises:
            SchemaNotFoundError: There is no such schema, or it has no such version.
            InvalidDefinitionError: The definition is no schema of its format.
        """
        with self._scope.reading() as connection:
            schema = rows.get_schema(connection, key)
            found = _same(connection, schema, fingerprint(parse(schema.data_format, definition)))
        if found is None:
            raise SchemaNotFoundError(key.registry, key.name, key.arn)
        return found

    def list(self, key: SchemaKey, after: int | None, limit: int) -> list[SchemaVersion]:
        """Return at most ``limit`` versions, the newest first, below a number.

        Raises:
            SchemaNotFoundError: There is no such schema.
        """
        with self._scope.reading() as connection:
            schema = rows.get_schema(connection, key)
            query = rows.VERSIONS.where(versions.c.schema_id == schema.id)
            if after is not None:
                query = query.where(versions.c.number < after)
            page = query.order_by(versions.c.number.desc()).limit(limit)
            return [rows.version(row) for row in connection.execute(page)]

    def delete(self, key: SchemaKey, first: int, last: int) -> dict[int, GluepotError]:
        """Delete the versions of a range, and return those that were not there or may not go.

        Raises:
            SchemaNotFoundError: There is no such schema.
            InvalidInputError: The checkpoint is in the range; nothing is deleted.
        """
        with self._scope.writing() as connection:
            schema = rows.get_schema(connection, key, lock=True)
            if schema.checkpoint is not None and first <= schema.checkpoint <= last:
                raise InvalidInputError(
                    f"Version {schema.checkpoint} is the checkpoint of the schema and cannot be"
                    " deleted; set another checkpoint with UpdateSchema first"
                )
            inside = versions.c.schema_id == schema.id, versions.c.number.between(first, last)
            there = set(connection.scalars(sa.select(versions.c.number).where(*inside)))
            connection.execute(sa.delete(versions).where(*inside, versions.c.number > 1))
        return _left(schema, there, first, last)

    def _insert(
        self,
        connection: sa.Connection,
        schema: Schema,
        definition: str,
        print_: str,
        refused: tuple[str, ...],
    ) -> SchemaVersion:
        count = connection.scalar(sa.select(sa.func.count()).select_from(versions)) or 0
        if count >= self._limits.schema_versions or schema.next_version > MAX_VERSION:
            raise QuotaError("schema versions", "")
        made = SchemaVersion(
            id=str(uuid.uuid4()),
            schema_id=schema.id,
            registry=schema.registry,
            schema=schema.name,
            data_format=schema.data_format,
            number=schema.next_version,
            status=VersionStatus.FAILURE if refused else VersionStatus.AVAILABLE,
            definition=definition,
            refusals=refused,
            created_at=self._scope.clock(),
        )
        connection.execute(sa.insert(versions).values(_row(made, print_)))
        changes = {"next_version": made.number + 1}
        if schema.checkpoint is None:
            changes["checkpoint"] = made.number
        connection.execute(sa.update(schemas).where(schemas.c.id == schema.id).values(changes))
        if refused:
            logger.info(
                "Version %s of schema %s/%s is not %s compatible: %s",
                made.number,
                made.registry,
                made.schema,
                schema.compatibility,
                refused[0],
                extra={"action": "schema_version_refused", "refusals": list(refused)},
            )
        return made


def _same(connection: sa.Connection, schema: Schema, print_: str) -> SchemaVersion | None:
    """Return the version with that fingerprint; one that is available before one that failed."""
    query = rows.VERSIONS.where(
        versions.c.schema_id == schema.id, versions.c.fingerprint == print_
    ).order_by(versions.c.status, versions.c.number.desc())
    row = connection.execute(query).first()
    return None if row is None else rows.version(row)


def _check_not_disabled(schema: Schema, key: SchemaKey) -> None:
    if schema.compatibility is Compatibility.DISABLED and schema.next_version > 1:
        name, registry = ("null", "null") if key.arn else (key.name, key.registry)
        raise InvalidInputError(
            "Compatibility DISABLED does not allow versioning. SchemaId:"
            f" SchemaId(schemaArn={key.arn or 'null'}, schemaName={name}, registryName={registry})"
        )


def _comparison(connection: sa.Connection, schema: Schema) -> tuple[Compatibility, tuple[int, ...]]:
    query = (
        sa.select(versions.c.number)
        .where(versions.c.schema_id == schema.id, versions.c.status == VersionStatus.AVAILABLE)
        .order_by(versions.c.number)
    )
    mode = schema.compatibility
    return mode, compared_with(mode, list(connection.scalars(query)), schema.checkpoint)


def _check(connection: sa.Connection, schema: Schema, definition: str) -> _Check:
    mode, numbers = _comparison(connection, schema)
    query = (
        sa.select(versions.c.number, versions.c.definition)
        .where(versions.c.schema_id == schema.id, versions.c.number.in_(numbers))
        .order_by(versions.c.number)
    )
    earlier = [
        Earlier(number=row.number, definition=row.definition) for row in connection.execute(query)
    ]
    refused = refusals(mode, schema.data_format, definition, earlier)
    return _Check(mode=mode, numbers=numbers, refusals=refused)


def _row(version: SchemaVersion, print_: str) -> dict[str, object]:
    return {
        "id": version.id,
        "schema_id": version.schema_id,
        "number": version.number,
        "status": version.status.value,
        "definition": version.definition,
        "fingerprint": print_,
        "refusals": list(version.refusals),
        "created_at": version.created_at,
    }


def _left(schema: Schema, there: Collection[int], first: int, last: int) -> dict[int, GluepotError]:
    """Return the numbers of a range that were not deleted; beyond the newest only the last."""
    left: dict[int, GluepotError] = {
        number: SchemaVersionNotFoundError(f"VersionNumber: {number}")
        for number in (*range(first, min(last + 1, schema.next_version)), last)
        if number not in there
    }
    if first <= 1 and 1 in there:
        left[1] = InvalidInputError(
            "The first version of a schema goes only with the schema, by DeleteSchema."
        )
    return left
