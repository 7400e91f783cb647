"""What a table holds: some of its rows, its last profile, how good its data was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError, GluepotError
from gluepot.catalog.profile_store import ProfileStore
from gluepot.console.cells import cell
from gluepot.console.lake import readable_catalog, shown_stores
from gluepot.console.page import Page, href
from gluepot.console.tables.about import sample_statement, snippets_of, subject_of
from gluepot.console.tables.drawing import bars, score_line
from gluepot.jobs.quality.tables import quality_results
from gluepot.sql.isolated import run_isolated, warm
from gluepot.sql.order import Bounds
from gluepot.transforms.quality.profiling.keeping import kept_profile, table_subject
from gluepot.transforms.quality.profiling.telling import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.console.asking import Ask
    from gluepot.console.page import Data, Snippets

SAMPLE = Bounds(seconds=20, rows=100, result=2 << 20)
FILES = 5
"""Of a table, that a sample comes from."""
PROFILED = 30
"""Columns of a profile on one page."""
RESULTS = 50
MOST = 100_000
STRONG = 0.9


def read_rows(ask: Ask) -> Data:
    """Return some rows, once ``show`` asks for them: until then the page is there at once."""
    subject = subject_of(ask)
    data: dict[str, Any] = {
        "title": f"{subject.database}.{subject.name}",
        "about": subject.about,
        "limits": {"rows": SAMPLE.rows, "seconds": SAMPLE.seconds, "files": FILES},
        "load": href("table-rows", database=subject.database, name=subject.name, show="yes"),
        "shown": ask.option("show") == "yes",
        "columns": [],
        "rows": [],
        "cells": [],
        "more": False,
        "seconds": None,
        "error": None,
    }
    if not data["shown"]:
        warm()
        return data
    statement = sample_statement(subject.database, subject.name)
    try:
        found = run_isolated(
            readable_catalog(ask),
            shown_stores(ask.services),
            statement,
            SAMPLE,
            first_files=FILES,
        )
    except GluepotError as error:
        return data | {"error": str(error)}
    return data | {
        "columns": [{"name": name, "type": kind} for name, kind in found.columns],
        "rows": found.rows,
        "cells": [[cell(value) for value in row] for row in found.rows],
        "more": found.more,
        "seconds": found.seconds,
    }


def read_profile(ask: Ask) -> Data:
    """Return the last stored profile, columns by pages."""
    subject = subject_of(ask)
    ask.allow("GetColumnStatisticsForTable", subject.request | {"ColumnNames": []})
    start = ask.number("start", 0, most=MOST)
    data: dict[str, Any] = {
        "title": f"{subject.database}.{subject.name}",
        "about": subject.about,
        "profile": None,
        "columns": [],
        "count": 0,
        "start": start,
        "next": None,
    }
    store = ProfileStore(ask.services.engine, ask.services.clock)
    try:
        record = store.newest(table_subject("", subject.database, subject.name))
    except EntityNotFoundError:
        return data
    profile = told(kept_profile(store, record))
    columns = profile.pop("columns")
    more = len(columns) > start + PROFILED
    profile["partitions"] = len(profile["partitions"])
    profile["correlations"] = [
        each for each in profile["correlations"] if abs(each["correlation"]) >= STRONG
    ]
    return data | {
        "profile": profile,
        "columns": [each | {"drawn": _drawn(each)} for each in columns[start : start + PROFILED]],
        "count": len(columns),
        "next": href(
            "table-profile",
            database=subject.database,
            name=subject.name,
            start=start + PROFILED,
        )
        if more
        else None,
    }


def read_quality(ask: Ask) -> Data:
    """Return the newest quality results of a table, and the line of their scores."""
    subject = subject_of(ask)
    ask.allow("ListDataQualityResults")
    columns = quality_results.c
    query = (
        sa.select(
            columns.id,
            columns.gate,
            columns.job_name,
            columns.subject,
            columns.ruleset,
            columns.created_at,
            columns.failing_rows,
            columns.result["verdict"].as_string().label("verdict"),
            columns.result["score"].as_float().label("score"),
        )
        .where(columns.table == f"{subject.database}.{subject.name}")
        .order_by(columns.number.desc())
        .limit(RESULTS)
    )
    with ask.services.engine.connect() as connection:
        found = [
            {
                "id": row.id,
                "gate": row.gate,
                "job": row.job_name if row.subject == "job" else None,
                "ruleset": row.ruleset,
                "verdict": row.verdict,
                "score": row.score,
                "at": row.created_at.timestamp(),
                "failing_rows": row.failing_rows,
            }
            for row in connection.execute(query)
        ]
    lines: dict[tuple[str | None, str], list[Mapping[str, Any]]] = {}
    for each in reversed(found):
        lines.setdefault((each["job"], each["gate"]), []).append(each)
    return {
        "title": f"{subject.database}.{subject.name}",
        "about": subject.about,
        "results": found,
        "limit": RESULTS,
        "trends": [
            {"gate": gate, "job": job, "line": score_line(scores)}
            for (job, gate), scores in lines.items()
        ],
    }


def _drawn(column: Mapping[str, Any]) -> dict[str, Any] | None:
    if column.get("histogram"):
        named = [(f"{each['from']} to {each['to']}", each["rows"]) for each in column["histogram"]]
        return bars(named)
    return None


def _rows_snippets(ask: Ask) -> Snippets:
    return snippets_of(
        ask,
        "gluepot query 'SELECT * FROM '{table}' LIMIT 100'",
        "# Glue's API knows no rows: awswrangler reads them\nimport awswrangler as wr\n\n"
        "rows = wr.s3.read_parquet_table(database={database}, table={name})",
    )


def _profile_snippets(ask: Ask) -> Snippets:
    return snippets_of(
        ask,
        "gluepot quality profile {table} --stored",
        "glue.get_column_statistics_for_table(\n"
        "    DatabaseName={database}, TableName={name}, ColumnNames=[...])",
    )


def _quality_snippets(ask: Ask) -> Snippets:
    return snippets_of(
        ask,
        "gluepot quality results",
        "glue.list_data_quality_results(Filter={{'DataSource': {{'GlueTable': {{\n"
        "    'DatabaseName': {database}, 'TableName': {name}}}}}}})",
    )


PAGES = (
    Page(
        path="table-rows",
        title="Rows",
        section="catalog",
        template="table-rows.html.jinja",
        read=read_rows,
        snippets=_rows_snippets,
    ),
    Page(
        path="table-profile",
        title="Profile",
        section="catalog",
        template="table-profile.html.jinja",
        read=read_profile,
        snippets=_profile_snippets,
    ),
    Page(
        path="table-quality",
        title="Quality",
        section="catalog",
        template="table-quality.html.jinja",
        read=read_quality,
        snippets=_quality_snippets,
    ),
)
