"""What a crawl did, in numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.model import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.findings import Survey
    from gluepot.crawlers.model import TableReport
    from gluepot.crawlers.planning.plan import TableChange

_DONE = (
    "tables_added",
    "tables_updated",
    "tables_deprecated",
    "tables_deleted",
    "partitions_added",
    "partitions_changed",
    "partitions_removed",
    "objects_read",
    "bytes_read",
)
"""Counts of what a crawl does, which are nought when nothing has changed."""


def summarize(survey: Survey, changes: Sequence[TableChange]) -> dict[str, Any]:
    """Return counts by name."""
    kinds = [change.kind for change in changes]
    return {
        "tables_found": len(survey.tables),
        "tables_added": kinds.count(ChangeKind.ADD),
        "tables_updated": kinds.count(ChangeKind.UPDATE),
        "tables_deprecated": kinds.count(ChangeKind.DEPRECATE),
        "tables_deleted": kinds.count(ChangeKind.DELETE),
        "partitions_found": sum(len(item.table.partitions) for item in survey.tables),
        "partitions_added": sum(len(item.partitions.added) for item in changes),
        "partitions_changed": sum(len(item.partitions.changed) for item in changes),
        "partitions_removed": sum(
            len(item.partitions.deprecated) + len(item.partitions.deleted) for item in changes
        ),
        "objects": survey.objects,
        "objects_read": survey.objects_read,
        "objects_unreadable": len(survey.problems),
        "objects_skipped": dict(survey.skipped),
        "bytes_read": survey.bytes_read,
        "sampling": survey.sampling,
    }


def unchanged_summary(last: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts of a crawl that found everything as the last one had left it."""
    return {**last, **dict.fromkeys(_DONE, 0), "unchanged": True}


def unchanged_report(last: TableReport) -> TableReport:
    """Return the record of a table that is as the last crawl had left it."""
    return replace(
        last,
        change=ChangeKind.NONE,
        partitions_added=0,
        partitions_changed=0,
        partitions_removed=0,
        objects_read=0,
        diff=(),
    )
