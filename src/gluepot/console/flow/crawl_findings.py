"""What crawls and plans found: tables with their evidence, warnings apart by their kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gluepot.console.page import href
from gluepot.crawlers.model import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.model import TableReport

MOST_WARNINGS = 200
MOST_COLUMNS = 300
_SKIPPED = " is in no table: "
_CONFLICT = re.compile(
    r"(?s)(?P<where>.*?)column (?P<column>.+?): (?P<first>.+) has (?P<first_type>\S+),"
    r" (?P<other>.+) has (?P<other_type>\S+); it is registered as (?P<type>.+)"
)
_WORDS = {
    ChangeKind.ADD: "add",
    ChangeKind.UPDATE: "change",
    ChangeKind.DEPRECATE: "deprecate",
    ChangeKind.DELETE: "delete",
    ChangeKind.NONE: "as it was",
}


def shown_report(report: TableReport) -> dict[str, Any]:
    """Return what was decided about a table, and why."""
    removed = report.partitions_removed - report.partitions_deprecated
    return {
        "database": report.database,
        "name": report.name,
        "href": href("table", database=report.database, name=report.name),
        "change": report.change,
        "word": _WORDS[report.change],
        "location": report.location,
        "format": report.format,
        "objects": report.objects,
        "objects_read": report.objects_read,
        "bytes": report.size_bytes,
        "records": report.records,
        "partitions": {
            "found": report.partitions,
            "add": report.partitions_added,
            "change": report.partitions_changed,
            "deprecate": report.partitions_deprecated,
            "delete": removed,
        },
        "reasons": list(report.reasons),
        "diff": list(report.diff),
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "why": column.reason,
                "is_key": column.is_partition_key,
            }
            for column in report.columns[:MOST_COLUMNS]
        ],
        "more_columns": max(0, len(report.columns) - MOST_COLUMNS),
    }


def sorted_warnings(warnings: Sequence[str]) -> dict[str, Any]:
    """Return warnings apart: files that are in no table, types that conflict, and all others.

    Of each at most 200; ``more`` says how many there are beside them.
    """
    skipped, conflicts, others = [], [], []
    for text in warnings:
        uri, between, why = text.partition(_SKIPPED)
        conflict = _CONFLICT.fullmatch(text)
        if between:
            skipped.append({"file": uri, "why": why})
        elif conflict is not None:
            conflicts.append(conflict.groupdict())
        else:
            others.append(text)
    kinds: dict[str, list[Any]] = {"skipped": skipped, "conflicts": conflicts, "others": others}
    return {
        **{kind: found[:MOST_WARNINGS] for kind, found in kinds.items()},
        "more": sum(max(0, len(found) - MOST_WARNINGS) for found in kinds.values()),
    }
