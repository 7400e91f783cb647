"""Every page and action of the console, and its navigation: one visible table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.console.pages import (
    home,
    quality,
    quality_runs,
    rulesets,
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
    *quality.PAGES,
    *quality_runs.PAGES,
    *rulesets.PAGES,
)
ACTIONS: tuple[Action, ...] = (
    *quality.ACTIONS,
    *quality_runs.ACTIONS,
    *rulesets.ACTIONS,
)
