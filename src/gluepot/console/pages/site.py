"""Every page and action of the console, and its navigation: one visible table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.console.pages import (
    catalog,
    home,
    jobs,
    labelling,
    matching,
    quality,
    quality_runs,
    rulesets,
    run,
    run_log,
    runs,
    sql,
    triggers,
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
    *jobs.PAGES,
    *catalog.PAGES,
    *labelling.PAGES,
    *matching.PAGES,
    *quality.PAGES,
    *quality_runs.PAGES,
    *rulesets.PAGES,
    *run.PAGES,
    *run_log.PAGES,
    *runs.PAGES,
    *triggers.PAGES,
    *sql.PAGES,
)
ACTIONS: tuple[Action, ...] = (
    *labelling.ACTIONS,
    *matching.ACTIONS,
    *quality.ACTIONS,
    *quality_runs.ACTIONS,
    *rulesets.ACTIONS,
    *run.ACTIONS,
    *jobs.ACTIONS,
    *triggers.ACTIONS,
    *sql.ACTIONS,
)
