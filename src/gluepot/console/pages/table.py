"""A table: its columns as a tree, and what one does to it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.console.page import Action, Done, Page, href
from gluepot.console.tables.about import definition_of, snippets_of, subject_of
from gluepot.console.tables.statistics import statistics_of
from gluepot.console.tables.tree import type_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.calls import Document
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data, Snippets

PAGE = 200
MOST = 100_000
_COMMENT = "comment:"


def read_table(ask: Ask) -> Data:
    """Return the columns of a table, its partition keys last, and its parameters."""
    subject = subject_of(ask)
    start = ask.number("start", 0, most=MOST)
    whole = [*((each, False) for each in subject.columns), *((each, True) for each in subject.keys)]
    shown = whole[start : start + PAGE]
    known = statistics_of(ask, subject, [column["Name"] for column, _ in shown])
    parameters = subject.document.get("Parameters", {})
    return {
        "title": f"{subject.database}.{subject.name}",
        "about": subject.about,
        "columns": [_column(column, known, is_key=is_key) for column, is_key in shown],
        "start": start,
        "count": len(whole),
        "next": href("table", database=subject.database, name=subject.name, start=start + PAGE)
        if len(whole) > start + PAGE
        else None,
        "parameters": dict(sorted(parameters.items())),
        "editable": ask.may(
            "UpdateTable", {"DatabaseName": subject.database, "TableInput": {"Name": subject.name}}
        ),
    }


def describe_table(ask: Ask) -> Done:
    """Change the description and comments; refused if the table has changed since it was read."""
    subject = subject_of(ask)
    definition = deepcopy(definition_of(subject.document))
    _set(definition, "Description", ask.option("description"))
    storage = definition.get("StorageDescriptor", {})
    for column in (*storage.get("Columns", ()), *definition.get("PartitionKeys", ())):
        given = ask.form.get(_COMMENT + column["Name"])
        if given is not None:
            _set(column, "Comment", given)
    to = href("table", database=subject.database, name=subject.name)
    if definition == definition_of(subject.document):
        return Done(to=to, message="Nothing was changed")
    change = {"TableInput": definition, "VersionId": ask.need("version")}
    ask.call("UpdateTable", {"DatabaseName": subject.database, **change})
    return Done(to=to, message="Saved as a new version")


def delete_table(ask: Ask) -> Done:
    """Delete a table whose name was typed again.

    Raises:
        InvalidInputError: Another name was typed.
    """
    subject = subject_of(ask)
    if ask.option("typed").strip() != subject.name:
        raise InvalidInputError(
            f"Nothing was deleted: type the table's name, {subject.name}, to delete it"
        )
    ask.call("DeleteTable", {"DatabaseName": subject.database, "Name": subject.name})
    return Done(
        to=href("catalog", database=subject.database),
        message=f"{subject.database}.{subject.name} is deleted; its data stays where it is",
    )


def _set(document: dict[str, Any], member: str, text: str) -> None:
    # Browsers send line ends as two characters.
    plain = text.replace("\r\n", "\n").strip()
    if plain:
        document[member] = plain
    else:
        document.pop(member, None)


def _column(column: Document, known: Mapping[str, Any], *, is_key: bool) -> dict[str, Any]:
    return {
        "name": column["Name"],
        "type": column.get("Type"),
        "tree": type_tree(column.get("Type")),
        "comment": column.get("Comment"),
        "key": is_key,
        "statistics": known.get(column["Name"]),
    }


def _snippets(ask: Ask) -> Snippets:
    return snippets_of(
        ask, "gluepot catalog show {table}", "glue.get_table(DatabaseName={database}, Name={name})"
    )


PAGES = (
    Page(
        path="table",
        title="Table",
        section="catalog",
        template="table.html.jinja",
        read=read_table,
        snippets=_snippets,
    ),
)
ACTIONS = (
    Action(path="table-describe", act=describe_table),
    Action(path="table-delete", act=delete_table),
)
