"""Every page and action of the console, and its navigation: one visible table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.console.pages import (
    catalog,
    crawl,
    crawlers,
    home,
    jobs,
    labelling,
    matching,
    quality,
    quality_runs,
    recipes,
    rulesets,
    run,
    run_log,
    runs,
    settings,
    sql,
    table,
    table_code,
    table_data,
    table_lineage,
    table_partitions,
    table_versions,
    triggers,
    workflow_run,
    workflows,
)

if TYPE_CHECKING:
    from gluepot.console.page import Action, Page

NAVIGATION: tuple[tuple[str, str, str], ...] = (
    ("home", "", "Home"),
    ("catalog", "catalog", "Catalog"),
    ("crawlers", "crawlers", "Crawlers"),
    ("jobs", "jobs", "Jobs"),
    ("runs", "runs", "Runs"),
    ("workflows", "workflows", "Workflows"),
    ("triggers", "triggers", "Triggers"),
    ("quality", "quality", "Quality"),
    ("matching", "matching", "Matching"),
    ("recipes", "recipes", "Recipes"),
    ("sql", "sql", "SQL"),
    ("settings", "settings", "Settings"),
)
"""Section, path, and what it is called."""

PAGES: tuple[Page, ...] = (
    *home.PAGES,
    *crawl.PAGES,
    *crawlers.PAGES,
    *jobs.PAGES,
    *catalog.PAGES,
    *labelling.PAGES,
    *matching.PAGES,
    *quality.PAGES,
    *quality_runs.PAGES,
    *recipes.PAGES,
    *rulesets.PAGES,
    *run.PAGES,
    *run_log.PAGES,
    *runs.PAGES,
    *triggers.PAGES,
    *workflow_run.PAGES,
    *workflows.PAGES,
    *sql.PAGES,
    *table.PAGES,
    *table_code.PAGES,
    *table_data.PAGES,
    *table_lineage.PAGES,
    *table_partitions.PAGES,
    *table_versions.PAGES,
    *settings.PAGES,
)
ACTIONS: tuple[Action, ...] = (
    *labelling.ACTIONS,
    *matching.ACTIONS,
    *quality.ACTIONS,
    *quality_runs.ACTIONS,
    *recipes.ACTIONS,
    *rulesets.ACTIONS,
    *run.ACTIONS,
    *crawlers.ACTIONS,
    *jobs.ACTIONS,
    *triggers.ACTIONS,
    *workflow_run.ACTIONS,
    *workflows.ACTIONS,
    *sql.ACTIONS,
    *table.ACTIONS,
    *table_versions.ACTIONS,
    *settings.ACTIONS,
)
