"""Every page and action of the console, and its navigation: one visible table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.console.pages import home

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

PAGES: tuple[Page, ...] = (*home.PAGES,)
ACTIONS: tuple[Action, ...] = ()
