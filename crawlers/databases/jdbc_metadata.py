"""What an SQL engine says of its tables and views, each with its columns, in a few queries.

Only catalogs are read, never rows. PostgreSQL, MySQL and MariaDB answer one or two queries for
all tables; SQLite, which is a local file, one a table; other engines what their SQLAlchemy
dialect asks.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine.reflection import ObjectKind

from gluepot.crawlers.databases.jdbc_paths import ANYTHING, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy.engine.interfaces import ReflectedColumn

    from gluepot.crawlers.databases.jdbc_paths import IncludePath

DOMAIN_DEPTH = 16
"""How many domains over one another are followed."""


@dataclass(frozen=True, kw_only=True)
class DatabaseColumn:
    """A column and its type in the engine's own words; ``base_type`` is what a domain rests on."""

    name: str
    raw_type: str
    comment: str | None = None
    base_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseTable:
    """A table or view.

    Attributes:
        database: Its database; where an engine has no schemas, ``schema`` is None.
        schema: Its schema.
        name: Its name, as the engine spells it.
        is_view: It is a view, materialized or not.
        columns: In their order.
        comment: What people wrote of it.
        records: The engine's own estimate; 0 where it has none.
        size_bytes: The same of its size.
        problem: Why its columns cannot be told, or nothing.
    """

    database: str
    schema: str | None
    name: str
    is_view: bool = False
    columns: tuple[DatabaseColumn, ...] = ()
    comment: str | None = None
    records: int = 0
    size_bytes: int = 0
    problem: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What leads to it, the database first."""
        return tuple(part for part in (self.database, self.schema, self.name) if part is not None)


def read_tables(
    connection: sa.Connection, engine: str, database: str, path: IncludePath
) -> list[DatabaseTable]:
    """Return the tables and views of a database that a path names, by name.

    Args:
        connection: To the database.
        engine: Such as ``postgresql``.
        database: How the database is called; MySQL's may be several, by the path.
        path: What is looked for.

    Raises:
        sqlalchemy.exc.DBAPIError: The engine does not answer.
    """
    match engine:
        case "postgresql":
            found = _read_postgresql(connection, database, path)
        case "mysql" | "mariadb":
            found = _read_mysql(connection, path)
        case "sqlite":
            found = _read_sqlite(connection, database)
        case _:
            found = read_by_dialect(connection, database, path)
    # Engines compare by collations that fold case: the path means what it says.
    kept = [table for table in found if _is_wanted(table, path)]
    return sorted(kept, key=lambda table: table.names)


def list_postgresql_databases(connection: sa.Connection) -> list[str]:
    """Return the databases of a server that take connections, by name."""
    query = (
        "SELECT datname FROM pg_catalog.pg_database"
        " WHERE datallowconn AND NOT datistemplate AND has_database_privilege(datname, 'CONNECT')"
        " ORDER BY datname"
    )
    return list(connection.scalars(sa.text(query)))


def list_mysql_databases(connection: sa.Connection) -> list[str]:
    """Return the databases of a server that users make, by name."""
    query = (
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN"
        " ('information_schema', 'performance_schema', 'mysql', 'sys') ORDER BY schema_name"
    )
    return list(connection.scalars(sa.text(query)))


def _is_wanted(table: DatabaseTable, path: IncludePath) -> bool:
    if path.schema is not None and not matches(path.schema, table.schema or ""):
        return False
    return matches(path.database, table.database) and matches(path.table, table.name)


def _like(pattern: str) -> str:
    """Return a pattern of a path as SQL's LIKE has it, with ``!`` before what is plain."""
    return pattern.replace("!", "!!").replace("_", "!_")


# Partitions of a partitioned table are left out: the table itself has all their rows.
_POSTGRESQL_COLUMNS = r"""
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'),
       greatest(c.reltuples, 0)::bigint,
       c.relpages::bigint * current_setting('block_size')::bigint,
       pg_catalog.obj_description(c.oid, 'pg_class'),
       a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attndims,
       pg_catalog.col_description(c.oid, a.attnum)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a
       ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!' AND n.nspname <> 'information_schema'
  AND n.nspname LIKE :schema ESCAPE '!' AND c.relname LIKE :table ESCAPE '!'
ORDER BY n.nspname, c.relname, a.attnum
"""
_POSTGRESQL_DOMAINS = """
SELECT pg_catalog.format_type(oid, NULL), pg_catalog.format_type(typbasetype, typtypmod)
FROM pg_catalog.pg_type WHERE typtype = 'd'
"""


def _read_postgresql(
    connection: sa.Connection, database: str, path: IncludePath
) -> list[DatabaseTable]:
    wanted = {"schema": _like(path.schema or ANYTHING), "table": _like(path.table)}
    rows = connection.execute(sa.text(_POSTGRESQL_COLUMNS), wanted).all()
    domains = {row[0]: row[1] for row in connection.execute(sa.text(_POSTGRESQL_DOMAINS))}
    columns: dict[tuple[str, str], list[DatabaseColumn]] = defaultdict(list)
    tables: dict[tuple[str, str], DatabaseTable] = {}
    for schema, name, is_view, records, size, comment, column, type_, dimensions, told in rows:
        tables.setdefault(
            (schema, name),
            DatabaseTable(
                database=database,
                schema=schema,
                name=name,
                is_view=is_view,
                comment=comment,
                records=records,
                size_bytes=size,
            ),
        )
        if column is None:
            continue
        raw = type_ + "[]" * max(dimensions - type_.count("[]"), 0)
        columns[schema, name].append(
            DatabaseColumn(
                name=column, raw_type=raw, comment=told, base_type=_base_type(raw, domains)
            )
        )
    return [replace(table, columns=tuple(columns[key])) for key, table in tables.items()]


def _base_type(raw: str, domains: Mapping[str, str]) -> str | None:
    """Return what a domain, or an array of one, rests on in the end; None for other types."""
    base = raw
    for _ in range(DOMAIN_DEPTH):
        element = base.rstrip("[]")
        if element not in domains:
            break
        base = domains[element] + base.removeprefix(element)
    return None if base == raw else base


_MYSQL_TABLES = """
SELECT table_schema, table_name, table_type, table_rows, data_length, table_comment
FROM information_schema.tables
WHERE table_schema NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')
  AND table_schema LIKE :database ESCAPE '!' AND table_name LIKE :table ESCAPE '!'
  AND table_type <> 'SEQUENCE'
"""
_MYSQL_COLUMNS = """
SELECT table_schema, table_name, column_name, column_type, column_comment
FROM information_schema.columns
WHERE table_schema NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')
  AND table_schema LIKE :database ESCAPE '!' AND table_name LIKE :table ESCAPE '!'
ORDER BY table_schema, table_name, ordinal_position
"""


def _read_mysql(connection: sa.Connection, path: IncludePath) -> list[DatabaseTable]:
    wanted = {"database": _like(path.database), "table": _like(path.table)}
    columns: dict[tuple[str, str], list[DatabaseColumn]] = defaultdict(list)
    for database, name, column, type_, comment in connection.execute(
        sa.text(_MYSQL_COLUMNS), wanted
    ):
        columns[database, name].append(
            DatabaseColumn(name=column, raw_type=_text(type_), comment=_text(comment) or None)
        )
    return [
        DatabaseTable(
            database=database,
            schema=None,
            name=name,
            is_view="VIEW" in kind,
            columns=tuple(columns[database, name]),
            # A view has the word VIEW there.
            comment=None if "VIEW" in kind else comment or None,
            records=rows or 0,
            size_bytes=size or 0,
        )
        for database, name, kind, rows, size, comment in connection.execute(
            sa.text(_MYSQL_TABLES), wanted
        )
    ]


def _text(value: str | bytes) -> str:
    """Return the text of a long one, which MySQL's catalog may hand out as bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _read_sqlite(connection: sa.Connection, database: str) -> list[DatabaseTable]:
    query = (
        "SELECT name, type = 'view' FROM pragma_table_list"
        " WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    return [
        _read_sqlite_table(connection, database, name, is_view=bool(is_view))
        for name, is_view in connection.execute(sa.text(query)).all()
    ]


def _read_sqlite_table(
    connection: sa.Connection, database: str, name: str, *, is_view: bool
) -> DatabaseTable:
    table = DatabaseTable(database=database, schema=None, name=name, is_view=is_view)
    # Columns that a virtual table hides are 1; generated ones are 2 and 3.
    query = sa.text("SELECT name, type FROM pragma_table_xinfo(:table) WHERE hidden <> 1")
    try:
        rows = connection.execute(query, {"table": name}).all()
    except exc.DBAPIError as error:
        # A view over a table that is gone, or a virtual table whose module is not there.
        return replace(table, problem=str(error.orig))
    columns = (DatabaseColumn(name=column, raw_type=type_) for column, type_ in rows)
    return replace(table, columns=tuple(columns))


_SYSTEM_SCHEMAS = frozenset(
    {
        *("information_schema", "pg_catalog", "pg_internal", "pg_automv", "sys", "guest"),
        *("db_owner", "db_accessadmin", "db_securityadmin", "db_ddladmin", "db_backupoperator"),
        *("db_datareader", "db_datawriter", "db_denydatareader", "db_denydatawriter"),
    }
)


def read_by_dialect(
    connection: sa.Connection, database: str, path: IncludePath
) -> list[DatabaseTable]:
    """Return the tables that an engine's SQLAlchemy dialect knows of, in schemas of a path."""
    inspector = sa.inspect(connection)
    spell = _speller(connection.dialect)
    found: list[DatabaseTable] = []
    for schema in _schemas(inspector, path, spell):
        columns = inspector.get_multi_columns(schema=schema, kind=ObjectKind.ANY)
        views = {
            *inspector.get_view_names(schema),
            *_if_known(inspector.get_materialized_view_names, schema),
        }
        comments = _comments(inspector, schema)
        found += [
            DatabaseTable(
                database=database,
                schema=None if path.schema is None else spell(schema or ""),
                name=spell(name),
                is_view=name in views,
                columns=tuple(_reflected(connection.dialect, spell, item) for item in items),
                comment=comments.get(name),
            )
            for (_, name), items in columns.items()
        ]
    return found


def _schemas(
    inspector: sa.Inspector, path: IncludePath, spell: Callable[[str], str]
) -> list[str | None]:
    if path.schema is None:
        return [None]
    names = [name for name in inspector.get_schema_names() if name.lower() not in _SYSTEM_SCHEMAS]
    return [name for name in names if matches(path.schema, spell(name))]


def _speller(dialect: sa.Dialect) -> Callable[[str], str]:
    """Return what gives a name as the engine has it; some dialects hand upper case out as lower."""

    def spell(name: str) -> str:
        if not dialect.requires_name_normalize:
            return str(name)
        return str(dialect.denormalize_name(name))

    return spell


def _reflected(
    dialect: sa.Dialect, spell: Callable[[str], str], column: ReflectedColumn
) -> DatabaseColumn:
    try:
        raw = column["type"].compile(dialect)
    except exc.CompileError:
        # The dialect does not know the type.
        raw = ""
    return DatabaseColumn(
        name=spell(column["name"]), raw_type=raw, comment=column.get("comment") or None
    )


def _comments(inspector: sa.Inspector, schema: str | None) -> dict[str, str]:
    found: Mapping[Any, Any] = _if_known(
        lambda name: inspector.get_multi_table_comment(name, kind=ObjectKind.ANY), schema, {}
    )
    return {name: told["text"] for (_, name), told in found.items() if told.get("text")}


def _if_known(
    ask: Callable[[str | None], Any], schema: str | None, otherwise: Iterable[Any] = ()
) -> Any:  # noqa: ANN401 - whatever is asked for
    """Return what a dialect answers, or something empty where it cannot be asked that."""
    try:
        return ask(schema)
    except NotImplementedError:
        return otherwise
