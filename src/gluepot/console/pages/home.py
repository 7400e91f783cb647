"""The first page: what is there, what fails, what is stale, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.console.page import Page, Snippets

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data


def read_home(ask: Ask) -> Data:
    """Return the health of the installation."""
    databases = ask.call("GetDatabases", {"MaxResults": 100})["DatabaseList"]
    return {"databases": [each["Name"] for each in databases]}


def _snippets(_ask: Ask) -> Snippets:
    return Snippets(cli="gluepot catalog databases", boto3="glue.get_databases()")


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
