"""The versions of a table: who made them, what changed between any two, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.diff import Compatibility, describe, diff_tables
from gluepot.catalog.errors import ConcurrentModificationError
from gluepot.catalog.version_rows import version_number
from gluepot.console.page import Action, Done, Page, href
from gluepot.console.tables.about import cause_of, definition_of, snippets_of, subject_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.diff import ColumnsDiff, TableDiff
    from gluepot.catalog.model import Column, Table
    from gluepot.catalog.version_rows import TableVersion
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data, Snippets
    from gluepot.console.tables.about import Subject

PAGE = 50
FEW_LINES = 8
MEANS = {
    Compatibility.FULL: "Readers of either schema read data of both.",
    Compatibility.BACKWARD: "Readers of the new schema read old data, and not the other way round.",
    Compatibility.FORWARD: "Readers of the old schema read new data, and not the other way round.",
    Compatibility.NONE: "Neither reads the other's data.",
}


def read_versions(ask: Ask) -> Data:
    """Return the kept versions, the newest first, and the difference of two if they are named."""
    subject = subject_of(ask)
    ask.allow("GetTableVersions", subject.request)
    store = ask.services.catalog.tables
    before = ask.option("before")
    rows = store.versions_page(
        subject.database, subject.name, version_number(before) if before else None, PAGE + 1
    )
    shown = [_version(row.version) for row in rows[:PAGE]]
    pair = _pair(ask, [each["version"] for each in shown])
    return {
        "title": f"{subject.database}.{subject.name}",
        "about": subject.about,
        "versions": shown,
        "next": href(
            "table-versions",
            database=subject.database,
            name=subject.name,
            before=shown[-1]["version"],
        )
        if len(rows) > PAGE
        else None,
        "pair": pair,
        "diff": _difference(ask, subject, *pair) if pair else None,
    }


def restore_version(ask: Ask) -> Done:
    """Make a new version that equals an old one.

    Raises:
        ConcurrentModificationError: The table has changed since the page was read.
    """
    subject, wanted = subject_of(ask), ask.need("version")
    if ask.need("current") != subject.document["VersionId"]:
        raise ConcurrentModificationError(
            f"{subject.database}.{subject.name} is at version {subject.document['VersionId']} by"
            " now; look at what has changed, and restore then"
        )
    old = ask.call("GetTableVersion", subject.request | {"VersionId": wanted})
    ask.call(
        "UpdateTable",
        {
            "DatabaseName": subject.database,
            "TableInput": definition_of(old["TableVersion"]["Table"]),
            "VersionId": ask.need("current"),
        },
    )
    return Done(
        to=href("table-versions", database=subject.database, name=subject.name),
        message=f"There is a new version, which equals version {wanted}",
    )


def _pair(ask: Ask, shown: Sequence[str]) -> tuple[str, str] | None:
    old, new = ask.option("from"), ask.option("to")
    if old and new:
        return old, new
    return (shown[1], shown[0]) if len(shown) > 1 and not ask.option("before") else None


def _version(version: TableVersion) -> dict[str, Any]:
    lines = describe(version.diff).splitlines() if version.diff else []
    return {
        "version": version.version_id,
        "at": version.created_at.timestamp(),
        "cause": cause_of(version.cause.kind, version.cause.id),
        "compatibility": str(version.diff.compatibility) if version.diff else None,
        "changes": lines[:FEW_LINES],
        "more": max(len(lines) - FEW_LINES, 0),
    }


def _difference(ask: Ask, subject: Subject, old: str, new: str) -> dict[str, Any]:
    store = ask.services.catalog
    was, now = (
        store.get_version(subject.database, subject.name, each).table for each in (old, new)
    )
    diff = diff_tables(was, now)
    return {
        "compatibility": str(diff.compatibility),
        "means": MEANS[diff.compatibility],
        "columns": [
            *_rows(_columns(was), _columns(now), diff.columns, "column"),
            *_rows(was.partition_keys or (), now.partition_keys or (), diff.partition_keys, "key"),
        ],
        "settings": _settings(diff),
        "same": not diff,
        "text": describe(diff),
    }


def _rows(
    was: Sequence[Column], now: Sequence[Column], diff: ColumnsDiff, what: str
) -> list[dict[str, Any]]:
    """Return the columns of both versions side by side, in the new order."""
    old, new = ({each.name.lower(): each for each in side} for side in (was, now))
    moved = {each.name.lower(): each for each in diff.moved}
    retyped = {each.name.lower(): each for each in diff.retyped}
    commented = {name.lower() for name in diff.commented}
    names = [*new, *(name for name in old if name not in new)]
    found = []
    for name in names:
        before, after = old.get(name), new.get(name)
        change = (
            "added"
            if before is None
            else "removed"
            if after is None
            else "changed"
            if name in retyped
            else "moved"
            if name in moved
            else "commented"
            if name in commented
            else "same"
        )
        widened = name in retyped and retyped[name].widened
        narrowed = name in retyped and retyped[name].narrowed
        found.append(
            {
                "what": what,
                "name": (after or before or was[0]).name,
                "change": change,
                "old": _side(before),
                "new": _side(after),
                "verdict": "widened" if widened else "narrowed" if narrowed else None,
                "places": [moved[name].old, moved[name].new] if name in moved else None,
            }
        )
    return found


def _side(column: Column | None) -> dict[str, Any] | None:
    return None if column is None else {"type": column.type, "comment": column.comment}


def _columns(table: Table) -> Sequence[Column]:
    storage = table.storage_descriptor
    return (storage.columns or ()) if storage is not None else ()


def _settings(diff: TableDiff) -> list[dict[str, Any]]:
    changes = [
        *((each, "") for each in ([diff.location] if diff.location else [])),
        *((each, "") for each in diff.format),
        *((each, "parameter ") for each in diff.parameters),
        *((each, "") for each in diff.settings),
    ]
    return [
        {"name": f"{kind}{each.name}", "old": each.old, "new": each.new} for each, kind in changes
    ]


def _snippets(ask: Ask) -> Snippets:
    return snippets_of(
        ask,
        "gluepot catalog history {table}\ngluepot catalog diff {table}",
        "glue.get_table_versions(DatabaseName={database}, TableName={name}, MaxResults=50)",
    )


PAGES = (
    Page(
        path="table-versions",
        title="Versions",
        section="catalog",
        template="table-versions.html.jinja",
        read=read_versions,
        snippets=_snippets,
    ),
)
ACTIONS = (Action(path="table-restore", act=restore_version),)
