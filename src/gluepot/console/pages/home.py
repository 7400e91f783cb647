"""The first page: what is there, what fails, what is stale, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.console.health.recent import failing_runs, last_day, open_runs
from gluepot.console.health.staleness import stale_tables
from gluepot.console.health.standing import coming, failing_rules, figures, warnings
from gluepot.console.page import Page, Snippets

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data


def read_home(ask: Ask) -> Data:
    """Return the health of the installation, as far as the one who asks may see it."""
    held = figures(ask)
    failing, rules = failing_runs(ask), failing_rules(ask)
    day, at_work = last_day(ask), open_runs(ask)
    is_empty = held is not None and not held["tables"] and not day["strip"] and not at_work
    return {
        "figures": held,
        "failing_runs": failing,
        "failing_rules": rules,
        "stale": stale_tables(ask),
        "coming": coming(ask),
        "open": at_work,
        "day": day,
        "warnings": warnings(ask),
        "is_empty": is_empty and not failing,
    }


def _snippets(_ask: Ask) -> Snippets:
    return Snippets(
        cli="gluepot run ls\ngluepot quality results\ngluepot doctor",
        boto3='glue.get_databases()\nglue.list_triggers()\nglue.list_crawls(CrawlerName="NAME")',
    )


PAGES = (
    Page(
        path="",
        title="Home",
        section="home",
        template="home.html.jinja",
        read=read_home,
        snippets=_snippets,
    ),
)
