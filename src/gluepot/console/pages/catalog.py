"""The catalog: tables of all databases, by words and by facets."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import AccessDeniedError, InvalidInputError
from gluepot.catalog.scope import ROOT
from gluepot.catalog.tables import databases, tables
from gluepot.console.page import Page, Snippets, href
from gluepot.console.tables.finding import (
    FACETS,
    MANY,
    PAGE,
    Wanted,
    find_tables,
    format_of,
    marks,
    verdicts,
    wanted_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.table_rows import TableRow
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data

LABELS = {
    "database": "Database",
    "classification": "Format",
    "partitioned": "Partitioned",
    "quality": "Quality checked",
    "updated": "Updated within",
    "by": "Kept by",
}
_MATCHED = 6
"""Columns of a table that are shown because a word is in them."""
_SHORT = 200


def read_catalog(ask: Ask) -> Data:
    """Return a page of the tables that are looked for, with how many have each facet."""
    words = wanted_words(ask.option("q"))
    given = {name: ask.option(name) for name in FACETS if ask.option(name)}
    wanted = Wanted(words=words, facets=given, within=_seen(ask), now=ask.now)
    with ask.services.engine.connect() as connection:
        found = find_tables(connection, wanted, _place(ask.option("after")))
        rows = found.rows
        results = verdicts(connection, [f"{row.database_name}.{row.name}" for row in rows[:PAGE]])
    shown = [_listed(row, words, results) for row in rows[:PAGE]]
    last = shown[-1] if len(rows) > PAGE else None
    asked = {"q": ask.option("q"), **given}
    return {
        "q": ask.option("q"),
        "count": found.count,
        "tables": shown,
        "facets": [_facet(name, found.facets[name], asked) for name in FACETS],
        "filters": [_filter(name, value, asked) for name, value in given.items()],
        "next": last and href("catalog", **asked, after=f"{last['database']}\n{last['name']}"),
        "after": ask.option("after") or None,
    }


def read_databases(ask: Ask) -> Data:
    """Return a page of databases with how many tables each has."""
    ask.allow("GetDatabases", {})
    query = (
        sa.select(
            databases.c.name,
            databases.c.definition,
            databases.c.create_time,
            sa.select(sa.func.count())
            .where(tables.c.database_id == databases.c.id)
            .scalar_subquery()
            .label("tables"),
        )
        .where(databases.c.catalog == ROOT, databases.c.name > ask.option("after"))
        .order_by(databases.c.name)
        .limit(PAGE + 1)
    )
    with ask.services.engine.connect() as connection:
        rows = connection.execute(query).all()
    return {
        "databases": [
            {
                "name": row.name,
                "description": row.definition.get("Description"),
                "location": row.definition.get("LocationUri"),
                "created": row.create_time.timestamp(),
                "tables": row.tables,
            }
            for row in rows[:PAGE]
        ],
        "next": href("databases", after=rows[PAGE - 1].name) if len(rows) > PAGE else None,
    }


def _seen(ask: Ask) -> frozenset[str] | None:
    """Return the databases whose tables the caller may see; None for all.

    Raises:
        AccessDeniedError: There are none.
    """
    if ask.may("SearchTables", {}):
        return None
    query = sa.select(databases.c.name).where(databases.c.catalog == ROOT)
    with ask.services.engine.connect() as connection:
        names = connection.scalars(query.order_by(databases.c.name)).all()
    found = frozenset(name for name in names if ask.may("GetTables", {"DatabaseName": name}))
    if not found:
        ask.allow("SearchTables", {})
        raise AccessDeniedError("You may see the tables of no database")
    return found


def _place(after: str) -> tuple[str, str] | None:
    if not after:
        return None
    database, line, name = after.partition("\n")
    if not line:
        raise InvalidInputError("The address of the page is damaged; begin at its first one")
    return database, name


def _listed(
    row: TableRow, words: Sequence[str], results: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    storage = row.definition.get("StorageDescriptor", {})
    keys = [key["Name"] for key in row.definition.get("PartitionKeys", ())]
    columns = storage.get("Columns", ())
    result = results.get(f"{row.database_name}.{row.name}")
    return {
        "database": row.database_name,
        "name": row.name,
        "marked": marks(row.name, words),
        "description": _short(row.definition.get("Description", "")),
        "format": format_of(row.definition),
        "columns": len(columns) + len(keys),
        "keys": keys[:_MATCHED],
        "matched": _matched([*columns, *row.definition.get("PartitionKeys", ())], words),
        "location": _short(storage.get("Location", "")),
        "version": row.version,
        "updated": row.update_time.timestamp(),
        "link": "TargetTable" in row.definition,
        "quality": None if result is None else {"id": result[0], "verdict": result[1]},
    }


def _matched(columns: Sequence[Mapping[str, Any]], words: Sequence[str]) -> list[dict[str, Any]]:
    found = [
        {"marked": marks(column["Name"], words), "comment": _short(column.get("Comment", ""))}
        for column in columns
        if any(
            word in column["Name"].lower() or word in column.get("Comment", "").lower()
            for word in words
        )
    ]
    return found[:_MATCHED]


def _facet(name: str, counts: Mapping[str, int], asked: Mapping[str, str]) -> dict[str, Any]:
    values = [
        {
            "value": value,
            "count": count,
            "href": href("catalog", **{**asked, name: value}),
            "chosen": asked.get(name) == value,
        }
        for value, count in list(counts.items())[:MANY]
    ]
    return {"name": name, "label": LABELS[name], "values": values, "more": len(counts) > MANY}


def _filter(name: str, value: str, asked: Mapping[str, str]) -> dict[str, str]:
    rest = {key: each for key, each in asked.items() if key != name}
    return {"label": LABELS[name], "value": value, "href": href("catalog", **rest)}


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _snippets(ask: Ask) -> Snippets:
    text, database = ask.option("q"), ask.option("database")
    filters = f", Filters=[{{'Key': 'DatabaseName', 'Value': {database!r}}}]" if database else ""
    return Snippets(
        cli=f"gluepot catalog ls {shlex.quote(database)}" if database else "gluepot catalog ls",
        boto3=f"glue.search_tables(SearchText={text!r}{filters}, MaxResults=100)"
        if text
        else f"glue.search_tables(MaxResults=100{filters})",
    )


PAGES = (
    Page(
        path="catalog",
        title="Catalog",
        section="catalog",
        template="catalog.html.jinja",
        read=read_catalog,
        snippets=_snippets,
    ),
    Page(
        path="databases",
        title="Databases",
        section="catalog",
        template="databases.html.jinja",
        read=read_databases,
        snippets=lambda _ask: Snippets(cli="gluepot catalog ls", boto3="glue.get_databases()"),
    ),
)
