"""Code for a table: statements that make it and programs that read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.console.page import Page
from gluepot.console.tables.about import snippets_of, subject_of
from gluepot.console.tables.code import code_of

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data, Snippets


def read_code(ask: Ask) -> Data:
    """Return code for a table in each language."""
    subject, server = subject_of(ask), ask.services.settings.server
    endpoint = f"http://{server.host}:{server.port}"
    return {
        "title": f"{subject.database}.{subject.name}",
        "about": subject.about,
        "pieces": code_of(subject.table, endpoint),
    }


def _snippets(ask: Ask) -> Snippets:
    return snippets_of(
        ask,
        "gluepot catalog ddl {table}\ngluepot catalog ddl {table} --dialect spark",
        "glue.get_table(DatabaseName={database}, Name={name})",
    )


PAGES = (
    Page(
        path="table-code",
        title="Code",
        section="catalog",
        template="table-code.html.jinja",
        read=read_code,
        snippets=_snippets,
    ),
)
