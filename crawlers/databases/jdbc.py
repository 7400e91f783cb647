"""JDBC targets: the tables and views of an SQL database, from its catalog, never from its rows."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.connection_login import logged_in, login_of
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.types import print_type
from gluepot.crawlers.databases.found import StoredTable, column_names, found_table, renamed
from gluepot.crawlers.databases.jdbc_metadata import (
    list_mysql_databases,
    list_postgresql_databases,
    read_tables,
)
from gluepot.crawlers.databases.jdbc_paths import ANYTHING, matches, read_path
from gluepot.crawlers.databases.jdbc_types import hive_type
from gluepot.crawlers.exclusions import compile_exclusions
from gluepot.crawlers.findings import FileProblem, Found, TargetSurvey
from gluepot.crawlers.grouping.column_merge import MergedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import sqlalchemy as sa

    from gluepot.catalog.connection_login import Login
    from gluepot.crawlers.access import Access
    from gluepot.crawlers.databases.jdbc_metadata import DatabaseColumn, DatabaseTable
    from gluepot.crawlers.databases.jdbc_paths import IncludePath
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import JdbcTarget

COMMENTS = "COMMENTS"
RAW_TYPES = "RAWTYPES"

_WITHOUT_SCHEMAS = frozenset({"mysql", "mariadb", "sqlite"})
_LISTS: Mapping[str, Callable[[sa.Connection], list[str]]] = {
    "postgresql": list_postgresql_databases,
    "mysql": list_mysql_databases,
    "mariadb": list_mysql_databases,
}
"""What tells the databases of a server; of other engines it is the login's one."""


def survey_jdbc(crawler: Crawler, target: JdbcTarget, access: Access) -> TargetSurvey:
    """Look at what a database says of its tables.

    Raises:
        EntityNotFoundError: There is no such connection.
        FederationSourceError: The database does not answer, or refuses the login.
        InvalidInputError: The path or an exclusion cannot be one, or the connection says not where.
        OperationNotSupportedError: The driver is not installed.
    """
    started = time.perf_counter()
    exclusions = (*crawler.exclusions, *target.exclusions)
    excluded = compile_exclusions(exclusions)
    opened = access.connection(target.connection_name)
    login = login_of(opened.type, opened.properties)
    path = _path(login, target.path)
    reading = _read(login, path)
    tables = reading.tables
    # A pattern such as HR* means the table's name; one with a slash what stands behind the path.
    kept = [
        table
        for table in tables
        if not (excluded(table.name) or excluded(path.behind(table.names)))
    ]
    found = [_found(login.engine, target, table) for table in kept if not table.problem]
    return TargetSurvey(
        roots=reading.roots,
        tables=tuple(Found(table=found_table(item), exclusions=exclusions) for item in found),
        locations=frozenset(item.location for item in found),
        problems=tuple(
            FileProblem(uri=".".join(table.names), reason=table.problem)
            for table in kept
            if table.problem
        ),
        skipped={"excluded": len(tables) - len(kept)} if len(kept) < len(tables) else {},
        objects=len(kept),
        objects_read=len(found),
        seconds={"list": time.perf_counter() - started},
    )


def _path(login: Login, text: str) -> IncludePath:
    """Return the path; SQLite's database may be called with or without the end of its file."""
    path = read_path(text, has_schemas=login.engine not in _WITHOUT_SCHEMAS)
    if login.engine != "sqlite":
        return path
    file = Path(login.database)
    named = matches(path.database, file.name) or matches(path.database, file.stem)
    return replace(path, database=file.stem if named else path.database)


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """The tables of databases, and what the location of each table of theirs begins with.

    A root begins with the name of a database that was read, never with a part of it: one such as
    ``s`` would be the root of what lies at ``s3://`` as well.
    """

    tables: tuple[DatabaseTable, ...]
    roots: tuple[str, ...]


def _read(login: Login, path: IncludePath) -> _Reading:
    if login.engine == "sqlite":
        return _read_databases(login, [Path(login.database).stem], path)
    if ANYTHING not in path.database:
        return _read_databases(login, [path.database], path)
    if login.engine in _LISTS:
        with logged_in(login) as connection:
            names = _LISTS[login.engine](connection)
    elif login.database:
        names = [login.database]
    else:
        raise InvalidInputError(
            f"Neither the path nor the connection names a database of {login.engine}"
        )
    return _read_databases(login, [name for name in names if matches(path.database, name)], path)


def _read_databases(login: Login, names: Sequence[str], path: IncludePath) -> _Reading:
    roots = tuple(replace(path, database=name).root for name in names)
    if login.engine in _WITHOUT_SCHEMAS:
        # One login reaches them all.
        with logged_in(login) as connection:
            tables = read_tables(connection, login.engine, names[0] if names else "", path)
        return _Reading(tables=tuple(tables), roots=roots)
    found: list[DatabaseTable] = []
    for name in names:
        # The path tells which database is meant; the connection's may be none, or another.
        with logged_in(replace(login, database=name)) as connection:
            found += read_tables(connection, login.engine, name, path)
    return _Reading(tables=tuple(found), roots=roots)


def _found(engine: str, target: JdbcTarget, table: DatabaseTable) -> StoredTable:
    originals = [column.name for column in table.columns]
    names = column_names(originals)
    parameters = {"connectionName": target.connection_name}
    if COMMENTS in target.additional_metadata and table.comment:
        parameters["comment"] = table.comment
    location = ".".join(table.names)
    return StoredTable(
        engine=engine,
        location=location,
        folder="_".join(table.names),
        kind="view" if table.is_view else "table",
        columns=tuple(
            _column(engine, name, column, target.additional_metadata)
            for name, column in zip(names, table.columns, strict=True)
        ),
        original_names=tuple(originals),
        parameters=parameters,
        records=table.records,
        size_bytes=table.size_bytes,
        reasons=(f"{engine} has a {'view' if table.is_view else 'table'} {location}",),
        warnings=renamed(location, originals, names),
    )


def _column(
    engine: str, name: str, column: DatabaseColumn, additional: Sequence[str]
) -> MergedColumn:
    found = hive_type(engine, column.base_type or column.raw_type)
    told = f"{column.name!r} is {column.raw_type or 'without a type'} in {engine}"
    if column.base_type:
        told += f", which is {column.base_type}"
    if found.note:
        told += f"; {found.note}, registered as {print_type(found.type)}"
    return MergedColumn(
        name=name,
        type=found.type,
        reason=told,
        comment=column.comment if COMMENTS in additional else None,
        parameters={"rawType": column.raw_type} if RAW_TYPES in additional else None,
    )
