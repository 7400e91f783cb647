"""The text of a view in the catalog, as Spark SQL whose tables are named in full.

Athena, Trino and Presto keep a view's text as JSON in base64 inside a comment; Spark and Hive keep
it as it was written.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING

from gluepot.jobs.errors import SourceError
from gluepot.jobs.spark_sql.text import CATALOG, Edit, load_sqlglot, quoted, splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from gluepot.catalog.model import Table

OWN_CATALOGS = {CATALOG, "awsdatacatalog", "glue_catalog", "hive", "spark_catalog"}
"""The names under which engines know this catalog in the views that they store."""

_PRESTO = re.compile(r"/\*\s*Presto View:\s*([A-Za-z0-9+/=\s]+?)\s*\*/")


def is_view(table: Table) -> bool:
    """Return whether a table is a query by name."""
    return (table.table_type or "").upper() == "VIRTUAL_VIEW"


def view_text(view: Table) -> str:
    """Return the query of a view in Spark SQL, its tables as ``gluepot.database.table``.

    Raises:
        SourceError: The view has no text, or one that is neither Spark's nor Presto's SQL.
    """
    name = f"{view.database_name}.{view.name}"
    original = view.view_original_text or view.view_expanded_text or ""
    found = _PRESTO.search(original)
    if found is not None:
        query, database = _presto_query(name, found[1], view.database_name)
        tree = _parse(name, query, "trino")
        for table in _tables(tree):
            catalog, schema, last = _place(name, table, database)
            table.set("catalog", catalog)
            table.set("db", schema)
            table.set("this", last)
        return str(tree.sql(dialect="spark"))
    text = view.view_expanded_text or original
    if not text.strip():
        raise SourceError(name, "the view has no text")
    edits = []
    for table in _tables(_parse(name, text, "spark")):
        parts = _place(name, table, view.database_name)
        edits.append(
            Edit(
                start=table.parts[0].meta["start"],
                end=table.parts[-1].meta["end"] + 1,
                text=".".join(quoted(part.name) for part in parts),
            )
        )
    return splice(text, edits)


def _presto_query(name: str, encoded: str, database: str) -> tuple[str, str]:
    try:
        stored = json.loads(base64.b64decode(encoded, validate=False))
        return str(stored["originalSql"]), str(stored.get("schema") or database)
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise SourceError(name, f"the view's Presto definition cannot be read: {error}") from error


def _parse(name: str, text: str, dialect: str) -> exp.Expr:
    sqlglot = load_sqlglot()
    try:
        tree: exp.Expr = sqlglot.parse_one(text, read=dialect)
    except sqlglot.errors.SqlglotError as error:
        said = str(error).splitlines()[0]
        raise SourceError(name, f"the view's text is not understood as SQL: {said}") from error
    return tree


def _tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Yield the tables that a query names, but not the names of its own CTEs."""
    ast = load_sqlglot().exp
    own = {item.alias.lower() for item in tree.find_all(ast.CTE)}
    for table in list(tree.find_all(ast.Table)):
        if isinstance(table.this, ast.Identifier) and (table.db or table.name.lower() not in own):
            yield table


def _place(
    view: str, table: exp.Table, database: str
) -> tuple[exp.Identifier, exp.Identifier, exp.Identifier]:
    ast = load_sqlglot().exp
    catalog = table.catalog.lower()
    if catalog and catalog not in OWN_CATALOGS:
        raise SourceError(view, f"the view reads from another catalog: {table.catalog}")
    names = (CATALOG, table.db or database, table.name)
    first, second, third = (ast.to_identifier(name.lower(), quoted=True) for name in names)
    return first, second, third
