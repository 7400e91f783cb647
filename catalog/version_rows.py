"""The rows of table versions: each function is one step inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.diff import TableDiff, diff_from_json
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.limits import refuse_beyond
from gluepot.catalog.model import Cause, Table
from gluepot.catalog.tables import table_versions
from gluepot.catalog.wire import from_wire

if TYPE_CHECKING:
    from datetime import datetime

    from gluepot.catalog.calls import Document
    from gluepot.catalog.table_rows import TableRow

_VERSION_DIGITS = 18
"""Longer numbers do not fit the column, so no version has them."""

_DESCRIPTION = frozenset({"CreateTime", "UpdateTime", "CreatedBy", "VersionId"})
"""What a definition does not hold: the store sets it."""


@dataclass(frozen=True, kw_only=True)
class TableVersion:
    """A table as it once was; ``diff`` says what changed since the version before, if one is."""

    table: Table
    version_id: str
    cause: Cause
    created_at: datetime
    diff: TableDiff | None


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A version as it is stored, of a table that may have newer ones."""

    row: TableRow
    cause: Cause
    diff: Document | None

    @cached_property
    def version(self) -> TableVersion:
        """Return the version as one of the model."""
        return TableVersion(
            table=self.row.table,
            version_id=str(self.row.version),
            cause=self.cause,
            created_at=self.row.update_time,
            diff=None if self.diff is None else diff_from_json(self.diff),
        )


def insert_row(
    connection: sa.Connection, row: TableRow, *, diff: Document | None, cause: Cause
) -> None:
    """Write the version that a table's row is at."""
    connection.execute(
        sa.insert(table_versions),
        {
            "table_id": row.id,
            "version": row.version,
            "definition": row.definition,
            "diff": diff,
            "cause_kind": cause.kind,
            "cause_id": cause.id,
            "created_at": row.update_time,
        },
    )


def kept_before(connection: sa.Connection, row: TableRow) -> Table | None:
    """Return the newest kept version older than the current one."""
    query = (
        sa.select(table_versions.c.definition)
        .where(table_versions.c.table_id == row.id, table_versions.c.version < row.version)
        .order_by(table_versions.c.version.desc())
        .limit(1)
    )
    found: Document | None = connection.scalar(query)
    if found is None:
        return None
    return from_wire(Table, found | {"DatabaseName": row.database_name, "Name": row.name})


def list_rows(
    connection: sa.Connection, row: TableRow, before: int, limit: int
) -> list[VersionRow]:
    """Return the next page of versions older than ``before``, newest first."""
    query = (
        sa.select(table_versions)
        .where(table_versions.c.table_id == row.id, table_versions.c.version < before)
        .order_by(table_versions.c.version.desc())
        .limit(limit)
    )
    return [_version(row, found) for found in connection.execute(query)]


def get_row(connection: sa.Connection, row: TableRow, version_id: str) -> VersionRow:
    """Return one version.

    Raises:
        InvalidInputError: ``version_id`` is not a number.
        EntityNotFoundError: The table has, or keeps, no such version.
    """
    number = version_number(version_id)
    found = None
    if number is not None:
        query = sa.select(table_versions).where(
            table_versions.c.table_id == row.id, table_versions.c.version == number
        )
        found = connection.execute(query).first()
    if found is None:
        raise _unknown(row, version_id)
    return _version(row, found)


def delete_row(connection: sa.Connection, row: TableRow, version_id: str) -> None:
    """Delete an archived version.

    Raises:
        InvalidInputError: ``version_id`` is not a number, or it is the current version.
        EntityNotFoundError: The table has, or keeps, no such version.
    """
    number = version_number(version_id)
    if number == row.version:
        raise InvalidInputError(
            f"Version {version_id} of {row.database_name}.{row.name} is the current one;"
            " only older versions can be deleted"
        )
    if number is None or not _delete(connection, row.id, number):
        raise _unknown(row, version_id)


def drop_current(connection: sa.Connection, row: TableRow) -> None:
    """Delete the version that an update replaces without keeping it."""
    _delete(connection, row.id, row.version)


def refuse_full(connection: sa.Connection, row: TableRow, limit: int) -> None:
    """Refuse one more version of a table that keeps ``limit``.

    Raises:
        ResourceNumberLimitExceededError: It does.
    """
    # Versions count from 0 and may have gaps, so only a high number is worth a count.
    if row.version + 1 < limit:
        return
    query = sa.select(sa.func.count()).where(table_versions.c.table_id == row.id)
    count = connection.scalar(query.select_from(table_versions)) or 0
    refuse_beyond(limit, count, resource="TABLE_VERSION", container="TABLE")


def version_number(version_id: str) -> int | None:
    """Return the number of a version, or None when no version can have it.

    Raises:
        InvalidInputError: ``version_id`` is not a number.
    """
    if not (version_id.isascii() and version_id.isdigit()):
        raise InvalidInputError(f"Version {version_id!r} is not a number; versions count from 0")
    return int(version_id) if len(version_id) <= _VERSION_DIGITS else None


def plain_definition(document: Document) -> Document:
    """Return a table's document without what the store itself sets."""
    return {key: value for key, value in document.items() if key not in _DESCRIPTION}


def _delete(connection: sa.Connection, table_id: int, version: int) -> bool:
    delete = sa.delete(table_versions).where(
        table_versions.c.table_id == table_id, table_versions.c.version == version
    )
    return connection.execute(delete).rowcount > 0


class UnknownVersionError(EntityNotFoundError):
    """A table has, or keeps, no such version."""

    @property
    def wire_message(self) -> str:
        """Return AWS's text."""
        return "Version not found."


def _unknown(row: TableRow, version_id: str) -> EntityNotFoundError:
    return UnknownVersionError("Version", f"{version_id} of {row.database_name}.{row.name}")


def _version(current: TableRow, row: Any) -> VersionRow:  # noqa: ANN401
    then = replace(
        current, version=row.version, definition=row.definition, update_time=row.created_at
    )
    return VersionRow(row=then, cause=Cause(kind=row.cause_kind, id=row.cause_id), diff=row.diff)
