"""Stored databases, tables and versions as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.operations.scopes import catalog_id
from gluepot.catalog.shape_writers import Stored

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.database_rows import DatabaseRow
    from gluepot.catalog.table_rows import TableRow
    from gluepot.catalog.version_rows import VersionRow


def database_document(call: Call, row: DatabaseRow) -> Stored:
    """Return a database: what was given, and what the store sets."""
    return Stored(
        {
            **row.definition,
            "CreateTime": row.create_time.timestamp(),
            "CatalogId": catalog_id(call, row.catalog),
        }
    )


def table_document(call: Call, row: TableRow) -> Stored:
    """Return a table: what was given, and what the store sets.

    ``Retention`` alone is filled in: the service does, and Hive's client fails without it.
    """
    return Stored(
        {
            "Retention": 0,
            **row.definition,
            "Name": row.name,
            "DatabaseName": row.database_name,
            "CreateTime": row.create_time.timestamp(),
            "UpdateTime": row.update_time.timestamp(),
            "CreatedBy": row.created_by,
            "IsRegisteredWithLakeFormation": False,
            "IsMultiDialectView": "ViewDefinition" in row.definition,
            "CatalogId": catalog_id(call, row.catalog),
            "VersionId": str(row.version),
        }
    )


def version_document(call: Call, found: VersionRow) -> Document:
    """Return a version of a table."""
    return {"Table": table_document(call, found.row), "VersionId": str(found.row.version)}
