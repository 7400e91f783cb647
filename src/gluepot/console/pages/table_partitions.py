"""The partitions of a table, those that an expression chooses, page by page."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, InvalidStateError
from gluepot.console.page import Page, href
from gluepot.console.tables.about import snippets_of, subject_of

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data, Snippets
    from gluepot.console.tables.about import Subject

PAGE = 100


def read_partitions(ask: Ask) -> Data:
    """Return a page of partitions; what is wrong with the expression is told beside it."""
    subject, expression = subject_of(ask), ask.option("expression").strip()
    data = {
        "title": f"{subject.database}.{subject.name}",
        "about": subject.about,
        "keys": [{"name": key["Name"], "type": key.get("Type")} for key in subject.keys],
        "expression": expression,
        "token": bool(ask.option("token")),
        "error": None,
        "partitions": [],
        "count": None,
        "next": None,
    }
    if not subject.keys:
        return data
    try:
        return data | _page(ask, subject, expression)
    except (InvalidInputError, InvalidStateError) as error:
        if not expression:
            raise
        return data | {"error": str(error)}


def _page(ask: Ask, subject: Subject, expression: str) -> dict[str, Any]:
    asked = subject.request | {"MaxResults": PAGE, "ExcludeColumnSchema": True}
    if expression:
        asked["Expression"] = expression
    if ask.option("token"):
        asked["NextToken"] = ask.option("token")
    reply = ask.call("GetPartitions", asked)
    token = reply.get("NextToken")
    store = ask.services.catalog.partitions
    return {
        "partitions": [
            {
                "values": each["Values"],
                "location": each.get("StorageDescriptor", {}).get("Location"),
                "created": each.get("CreationTime"),
                "parameters": each.get("Parameters", {}),
            }
            for each in reply["Partitions"]
        ],
        "count": store.count(subject.database, subject.name, expression=expression or None),
        "next": token
        and href(
            "table-partitions",
            database=subject.database,
            name=subject.name,
            expression=expression,
            token=token,
        ),
    }


def _snippets(ask: Ask) -> Snippets:
    expression = ask.option("expression")
    option = f" --expression {shlex.quote(expression)}" if expression else ""
    member = f", Expression={expression!r}" if expression else ""
    return snippets_of(
        ask,
        "gluepot catalog partitions {table}" + _braces(option),
        "glue.get_partitions(DatabaseName={database}, TableName={name}" + _braces(member) + ")",
    )


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


PAGES = (
    Page(
        path="table-partitions",
        title="Partitions",
        section="catalog",
        template="table-partitions.html.jinja",
        read=read_partitions,
        snippets=_snippets,
    ),
)
