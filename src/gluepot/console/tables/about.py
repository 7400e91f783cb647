"""One table as its pages know it: asked for as the caller may, and told at the top of each."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.model import Table
from gluepot.catalog.wire import from_wire
from gluepot.console.page import Snippets, href
from gluepot.console.tables.finding import format_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.calls import Document
    from gluepot.console.asking import Ask

INPUT = (
    *("Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention"),
    *("StorageDescriptor", "PartitionKeys", "ViewOriginalText", "ViewExpandedText"),
    *("TableType", "Parameters", "TargetTable", "ViewDefinition"),
)
"""The members of a reply that are a definition: Glue's TableInput."""

_CRAWL, _RUN = "crawl:", "job_run:"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The table that a page is about; ``document`` is what GetTable replies."""

    database: str
    name: str
    document: Document

    @property
    def table(self) -> Table:
        """Return it as one of the model."""
        known = {key: value for key, value in self.document.items() if key in INPUT}
        return from_wire(Table, {**known, "DatabaseName": self.database})

    @property
    def request(self) -> dict[str, str]:
        """Return how operations on parts of the table name it."""
        return {"DatabaseName": self.database, "TableName": self.name}

    @property
    def columns(self) -> list[Document]:
        """Return its columns without partition keys, as documents."""
        found: list[Document] = self.document.get("StorageDescriptor", {}).get("Columns", [])
        return found

    @property
    def keys(self) -> list[Document]:
        """Return its partition keys, as documents."""
        found: list[Document] = self.document.get("PartitionKeys", [])
        return found

    @property
    def about(self) -> dict[str, Any]:
        """Return what is told at the top of each page."""
        storage = self.document.get("StorageDescriptor", {})
        return {
            "database": self.database,
            "name": self.name,
            "description": self.document.get("Description"),
            "format": format_of(self.document),
            "location": storage.get("Location"),
            "owner": self.document.get("Owner"),
            "version": self.document["VersionId"],
            "created": self.document.get("CreateTime"),
            "updated": self.document.get("UpdateTime"),
            "created_by": cause_of(*_split(self.document.get("CreatedBy") or "")),
            "partitioned": bool(self.keys),
            "link_to": self.document.get("TargetTable"),
            "view": self.document.get("ViewOriginalText"),
            "query": href("sql", query=sample_statement(self.database, self.name)),
        }


def subject_of(ask: Ask) -> Subject:
    """Return the table that the address names.

    Raises:
        EntityNotFoundError: There is none.
        AccessDeniedError: The caller may not get it.
    """
    database, name = ask.need("database"), ask.need("name")
    found = ask.call("GetTable", {"DatabaseName": database, "Name": name})["Table"]
    return Subject(database=found["DatabaseName"], name=found["Name"], document=found)


def definition_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition in a table's document, as UpdateTable takes it."""
    return {key: value for key, value in document.items() if key in INPUT}


def cause_of(kind: str, name: str) -> dict[str, Any]:
    """Return who or what made a version, in words and with where that is looked at.

    >>> cause_of("crawl", "c-1")["href"]
    '/console/crawl?id=c-1'
    """
    if kind == "crawl":
        return {"kind": kind, "words": f"crawl {name}", "href": href("crawl", id=name)}
    if kind == "job_run":
        return {"kind": kind, "words": f"run {name}", "href": href("run", id=name)}
    words = {"cli": "command of ", "api": ""}.get(kind, f"{kind} ") + name
    return {"kind": kind, "words": words.strip() or "-", "href": None}


def sample_statement(database: str, name: str) -> str:
    """Return the statement that shows some rows of a table."""
    quoted = (f'"{each.replace(chr(34), chr(34) * 2)}"' for each in (database, name))
    return f"SELECT * FROM {'.'.join(quoted)} LIMIT 100"  # noqa: S608 - quoted


def snippets_of(ask: Ask, cli: str, boto3: str) -> Snippets:
    """Return how a page of a table is had elsewhere.

    Args:
        ask: Names the table.
        cli: With ``{table}`` for it.
        boto3: With ``{database}`` and ``{name}`` for what names it.
    """
    database, name = ask.option("database"), ask.option("name")
    return Snippets(
        cli=cli.format(table=shlex.quote(f"{database}.{name}")),
        boto3=boto3.format(database=repr(database), name=repr(name)),
    )


def _split(created_by: str) -> tuple[str, str]:
    if created_by.startswith((_CRAWL, _RUN, "cli:")):
        kind, _, name = created_by.partition(":")
        return kind, name
    return "api", created_by
