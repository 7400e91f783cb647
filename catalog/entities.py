"""What a database behind a connection holds: schemas, tables, columns, and a few rows."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine.interfaces import ReflectedColumn

_SYSTEM_SCHEMAS = frozenset({"information_schema", "performance_schema", "mysql", "sys"})

_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.Boolean, "BOOLEAN"),
    (sa.SmallInteger, "SMALLINT"),
    (sa.BigInteger, "BIGINT"),
    (sa.Integer, "INT"),
    (sa.Double, "DOUBLE"),
    (sa.Float, "DOUBLE"),
    (sa.Numeric, "DECIMAL"),
    (sa.DateTime, "TIMESTAMP"),
    (sa.Date, "DATE"),
    (sa.LargeBinary, "BINARY"),
    (sa.ARRAY, "ARRAY"),
    (sa.JSON, "STRUCT"),
)
"""The first that fits; everything else is a STRING."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """A schema, a table or a view; ``name`` is its whole path, such as ``public.orders``."""

    name: str
    label: str
    category: Literal["SCHEMA", "TABLE", "VIEW"]


def list_schemas(connection: sa.Connection) -> list[Entity]:
    """Return the schemas that users make."""
    names = sa.inspect(connection).get_schema_names()
    return [
        Entity(name=name, label=name, category="SCHEMA")
        for name in sorted(names)
        if name not in _SYSTEM_SCHEMAS and not name.startswith("pg_")
    ]


def list_tables(connection: sa.Connection, schema: str) -> list[Entity]:
    """Return the tables and views of a schema by name.

    Raises:
        EntityNotFoundError: There is no such schema.
    """
    inspector = sa.inspect(connection)
    if schema not in inspector.get_schema_names():
        raise EntityNotFoundError("Entity", schema)
    tables = dict.fromkeys(inspector.get_table_names(schema), "TABLE")
    views = dict.fromkeys(inspector.get_view_names(schema), "VIEW")
    return [
        Entity(
            name=f"{schema}.{name}",
            label=name,
            category="VIEW" if kind == "VIEW" else "TABLE",
        )
        for name, kind in sorted({**tables, **views}.items())
    ]


def describe(connection: sa.Connection, entity: str) -> list[dict[str, Any]]:
    """Return the columns of a table or view, as the service model's fields.

    Raises:
        EntityNotFoundError: There is no such table.
    """
    schema, table = _split(connection, entity)
    inspector = sa.inspect(connection)
    keys = set(inspector.get_pk_constraint(table, schema)["constrained_columns"])
    return [_field(column, keys) for column in inspector.get_columns(table, schema)]


def read(
    connection: sa.Connection,
    entity: str,
    *,
    fields: Sequence[str] | None,
    order_by: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Return rows as JSON data: numbers, texts, and texts of dates, decimals and bytes.

    Args:
        connection: To the database.
        entity: Such as ``public.orders``.
        fields: The columns; None is all.
        order_by: A column, or a column and ``ASC`` or ``DESC``.
        limit: How many rows at most.

    Raises:
        EntityNotFoundError: There is no such table.
        InvalidInputError: There is no such column, or the order is not of this form.
    """
    schema, table = _split(connection, entity)
    columns = {
        column["name"]: sa.column(column["name"], column["type"])
        for column in sa.inspect(connection).get_columns(table, schema)
    }
    chosen = [_column(columns, name) for name in (columns if fields is None else fields)]
    query = sa.select(*chosen).select_from(sa.table(table, schema=schema)).limit(limit)
    if order_by is not None:
        query = query.order_by(_order(columns, order_by))
    rows = connection.execute(query).mappings()
    return [{name: _json(value) for name, value in row.items()} for row in rows]


def _split(connection: sa.Connection, entity: str) -> tuple[str, str]:
    """Return schema and table; either may have a point in its name."""
    inspector = sa.inspect(connection)
    for schema in inspector.get_schema_names():
        table = entity.removeprefix(f"{schema}.")
        if table != entity and (
            inspector.has_table(table, schema) or table in inspector.get_view_names(schema)
        ):
            return schema, table
    raise EntityNotFoundError("Entity", entity)


def _field(column: ReflectedColumn, keys: set[str]) -> dict[str, Any]:
    type_ = column["type"]
    return {
        "FieldName": column["name"],
        "Label": column["name"],
        "Description": column.get("comment"),
        "FieldType": next((word for kind, word in _TYPES if isinstance(type_, kind)), "STRING"),
        "NativeDataType": str(type_),
        "IsPrimaryKey": column["name"] in keys,
        "IsNullable": column["nullable"],
        "IsRetrievable": True,
    }


def _column(columns: dict[str, sa.ColumnClause[Any]], name: str) -> sa.ColumnClause[Any]:
    if name not in columns:
        raise InvalidInputError(f"There is no field {name}; there are {', '.join(columns)}")
    return columns[name]


def _order(columns: dict[str, sa.ColumnClause[Any]], text: str) -> sa.ColumnElement[Any]:
    if text in columns:
        return columns[text].asc()
    name, _, direction = text.strip().rpartition(" ")
    if direction.upper() not in {"ASC", "DESC"}:
        name, direction = text, "ASC"
    column = _column(columns, name.strip())
    return column.desc() if direction.upper() == "DESC" else column.asc()


def _json(value: object) -> Any:  # noqa: ANN401
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
        case datetime() | date() | time():
            return value.isoformat()
        case list() | tuple():
            return [_json(item) for item in value]
        case dict():
            return {str(key): _json(item) for key, item in value.items()}
        case _:
            return str(value)
