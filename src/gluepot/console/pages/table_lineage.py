"""Lineage around a table: what it comes from and what comes from it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.console.page import Page
from gluepot.console.tables.about import snippets_of, subject_of
from gluepot.console.tables.neighbours import laid_out, told_edges
from gluepot.lineage import lineage_graph

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data, Snippets
    from gluepot.jobs.lineage.graph import Lineage

MOST_STEPS = 4
COLUMNS = 200
"""Steps of columns that a page shows."""


def read_lineage(ask: Ask) -> Data:
    """Return what is some steps up and down of a table."""
    subject = subject_of(ask)
    up, down = ask.number("up", 2, most=MOST_STEPS), ask.number("down", 2, most=MOST_STEPS)
    name = f"{subject.database}.{subject.name}"
    data: dict[str, Any] = {
        "title": name,
        "about": subject.about,
        "up": up,
        "down": down,
        "most": MOST_STEPS,
        "drawing": None,
        "edges": [],
        "columns": [],
        "column_count": 0,
    }
    try:
        found = lineage_graph(ask.services).around(name, up=up, down=down, columns=True)
    except EntityNotFoundError:
        return data

    @cache
    def may_see(table: str) -> bool:
        database, _, other = table.partition(".")
        return ask.may("GetTable", {"DatabaseName": database, "Name": other})

    columns = _columns(found)
    seen = [
        each for each in columns if all(table is None or may_see(table) for table in each["tables"])
    ]
    return data | {
        "drawing": laid_out(found, may_see) if found.edges else None,
        "edges": told_edges(found, may_see),
        "columns": seen[:COLUMNS],
        "column_count": len(seen),
    }


def _columns(found: Lineage) -> list[dict[str, Any]]:
    """Return which columns this table's come from, and which come from its."""
    here = found.dataset.number
    return [
        {
            "source": f"{each.source.label}.{each.source_column}",
            "target": f"{each.target.label}.{each.target_column}",
            "kind": each.kind.lower(),
            "tables": [each.source.table, each.target.table],
        }
        for each in found.columns
        if here in {each.source.number, each.target.number}
    ]


def _snippets(ask: Ask) -> Snippets:
    return snippets_of(
        ask,
        "gluepot lineage show {table}",
        "# Glue's API tells no lineage; GetTable tells who wrote last\n"
        "glue.get_table(DatabaseName={database}, Name={name})",
    )


PAGES = (
    Page(
        path="table-lineage",
        title="Lineage",
        section="catalog",
        template="table-lineage.html.jinja",
        read=read_lineage,
        snippets=_snippets,
    ),
)
