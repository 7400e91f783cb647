"""SQL: a SELECT over tables of the catalog, run by DuckDB in a process of its own."""

from __future__ import annotations

import csv
import io
import re
import shlex
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from gluepot.catalog.errors import AccessDeniedError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.names import fold
from gluepot.catalog.scope import ROOT as ROOT_CATALOG
from gluepot.catalog.tables import databases
from gluepot.console.cells import cell
from gluepot.console.lake import readable_catalog, shown_stores
from gluepot.console.page import Action, Page, Sent, Shown, Snippets
from gluepot.sql.fetched import QueryError
from gluepot.sql.isolated import run_isolated, warm
from gluepot.sql.order import Bounds
from gluepot.sql.statement import StatementError

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.sql.order import Rows

SHOWN = Bounds()
KEPT = Bounds(seconds=60, rows=100_000, result=64 << 20)
"""What a result may be that is downloaded."""
SUGGESTED = 30
_NEAR = 8
"""Tables of a statement whose columns are suggested."""
_FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def read_sql(ask: Ask) -> Data:
    """Return the editor, with the statement that the address has; it is not run."""
    warm()
    return _page(ask.option("query"))


def run(ask: Ask) -> Shown | Sent:
    """Run a statement; ``as`` asks for its rows as a file."""
    query, wanted = ask.option("query"), ask.option("as")
    if wanted:
        return _file(_rows(ask, query, KEPT), wanted)
    try:
        found = _rows(ask, query, SHOWN)
    except (QueryError, EntityNotFoundError, AccessDeniedError, InvalidInputError) as error:
        return Shown(page=SQL, data=_page(query) | {"error": _error(query, error)})
    shown = {
        "columns": [{"name": name, "type": kind} for name, kind in found.columns],
        "rows": found.rows,
        "more": found.more,
        "seconds": found.seconds,
    }
    cells = [[cell(value) for value in row] for row in found.rows]
    return Shown(page=SQL, data=_page(query) | {"result": shown, "cells": cells})


def read_names(ask: Ask) -> Data:
    """Return names that go on from a word: databases, tables of one, columns of named tables."""
    word = fold(ask.option("word"))
    database, dot, prefix = word.partition(".")
    found = _tables(ask, database, prefix) if dot else _databases(ask, word)
    near = [each.strip().lower() for each in ask.option("near").split(",") if "." in each]
    if word and not dot:
        found += [name for each in near[:_NEAR] for name in _columns(ask, each, word)]
    return {"word": word, "names": list(dict.fromkeys(found))[:SUGGESTED]}


def _page(query: str) -> dict[str, Any]:
    limits = {"rows": SHOWN.rows, "seconds": SHOWN.seconds, "memory": SHOWN.memory}
    kept = {"rows": KEPT.rows, "seconds": KEPT.seconds, "bytes": KEPT.result}
    return {
        "query": query,
        "limits": limits,
        "kept": kept,
        "result": None,
        "cells": [],
        "error": None,
    }


def _rows(ask: Ask, query: str, bounds: Bounds) -> Rows:
    return run_isolated(readable_catalog(ask), shown_stores(ask.services), query, bounds)


def _error(query: str, error: Exception) -> dict[str, Any]:
    line = error.line if isinstance(error, StatementError) else 0
    column = error.column if isinstance(error, StatementError) else 0
    lines = query.splitlines()
    around = lines[line - 1][:500] if 0 < line <= len(lines) else None
    # DuckDB repeats the line; the page draws it once.
    sentence = str(error).partition("\n\nLINE ")[0]
    return {
        "sentence": sentence,
        "line": line,
        "column": column,
        "text": around,
        "caret": " " * (column - 1) + "^"
        if around is not None and 0 < column <= len(around) + 1
        else None,
    }


def _file(found: Rows, wanted: str) -> Sent:
    if wanted not in _FORMATS:
        raise InvalidInputError(f"Results are sent as csv or json, not as {wanted!r}")
    names = [name for name, _ in found.columns]
    if wanted == "json":
        rows = [dict(zip(names, row, strict=True)) for row in found.rows]
        content = orjson.dumps({"rows": rows, "more": found.more}, option=orjson.OPT_INDENT_2)
    else:
        content = _csv(names, found.rows).encode("utf-8", "replace")
    return Sent(content=content, media_type=_FORMATS[wanted], file_name=f"rows.{wanted}")


def _csv(names: list[str], rows: tuple[tuple[Any, ...], ...]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow(
            [
                orjson.dumps(value).decode() if isinstance(value, list | dict) else value
                for value in row
            ]
        )
    return out.getvalue()


def _databases(ask: Ask, word: str) -> list[str]:
    columns = databases.c
    query = (
        sa.select(columns.name)
        .where(columns.catalog == ROOT_CATALOG, columns.name.startswith(word, autoescape=True))
        .order_by(columns.name)
        .limit(SUGGESTED)
    )
    with ask.services.engine.connect() as connection:
        names = list(connection.scalars(query))
    return [f"{name}." for name in names if ask.may("GetDatabase", {"Name": name})]


def _tables(ask: Ask, database: str, prefix: str) -> list[str]:
    pattern = {"Expression": f"{re.escape(prefix)}.*"} if prefix else {}
    asked = {"DatabaseName": database, "MaxResults": SUGGESTED, "AttributesToGet": ["NAME"]}
    try:
        found = ask.call("GetTables", asked | pattern)["TableList"]
    except (EntityNotFoundError, AccessDeniedError, InvalidInputError):
        return []
    return [f"{database}.{each['Name']}" for each in found]


def _columns(ask: Ask, table: str, word: str) -> list[str]:
    database, _, name = table.partition(".")
    try:
        found = ask.call("GetTable", {"DatabaseName": database, "Name": name})["Table"]
    except (EntityNotFoundError, AccessDeniedError, InvalidInputError):
        return []
    columns = (
        *found.get("StorageDescriptor", {}).get("Columns", ()),
        *found.get("PartitionKeys", ()),
    )
    return [each["Name"] for each in columns if each["Name"].startswith(word)]


def _snippets(ask: Ask) -> Snippets:
    query = ask.option("query") or "SELECT * FROM database.table LIMIT 10"
    return Snippets(
        cli=f"gluepot query {shlex.quote(query)}",
        boto3=(
            "# Glue's API runs no SQL; the same query with the package itself\n"
            "from gluepot.services import open_services\n"
            "from gluepot.settings import load_settings\n"
            "from gluepot.sql.query import select\n\n"
            "with open_services(load_settings()) as services:\n"
            f"    columns, rows = select(services, {query!r})"
        ),
    )


SQL = Page(
    path="sql",
    title="SQL",
    section="sql",
    template="sql.html.jinja",
    read=read_sql,
    snippets=_snippets,
)
NAMES = Page(
    path="sql-names", title="Names", section="sql", template="sql-names.html.jinja", read=read_names
)
PAGES = (SQL, NAMES)
ACTIONS = (Action(path="sql", act=run),)
