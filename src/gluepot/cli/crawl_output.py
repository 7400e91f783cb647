"""What ``gluepot crawl`` prints of plans, crawls and crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.cli.output import OutputFormat, next_step, note, print_data, print_table, say, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.crawl import CrawlPlan
    from gluepot.crawlers.model import Crawl, TableReport
    from gluepot.crawlers.store import StoredCrawler

SHOWN_WARNINGS = 20


def print_plan(found: CrawlPlan, output: OutputFormat) -> None:
    """Print what a crawl would change."""
    if output.is_data:
        print_data(
            {
                "pending": found.pending,
                "summary": found.summary,
                "warnings": found.warnings,
                "tables": [report.to_json() for report in found.reports],
            },
            output,
        )
        return
    counts = found.summary
    say(f"Read {counts['objects_read']:,} of {counts['objects']:,} files: {counts['sampling']}.")
    _print_tables(found.reports)
    note_warnings(found.warnings)
    say("Changes are pending." if found.pending else "Nothing would change.")


def print_crawl(crawl: Crawl, output: OutputFormat) -> None:
    """Print what a crawl did."""
    if output.is_data:
        print_data(
            crawl_json(crawl) | {"tables": [item.to_json() for item in crawl.tables]}, output
        )
        return
    _print_tables(crawl.tables)
    note_warnings(crawl.warnings)
    counts, seconds = crawl.summary, crawl.summary["seconds"]["total"]
    say(
        f"{counts['tables_found']} tables and {counts['partitions_found']} partitions in"
        f" {seconds:.1f} s: {counts['tables_added']} tables added, {counts['tables_updated']}"
        f" updated, {counts['tables_deprecated'] + counts['tables_deleted']} gone;"
        f" {counts['partitions_added']} partitions added"
    )
    if crawl.tables:
        shown = f"{crawl.database}.{crawl.tables[0].name}"
        next_step(f"gluepot catalog show {shown}", f"gluepot crawl explain {shown}")


def _print_tables(reports: Sequence[TableReport]) -> None:
    print_table(
        ["table", "change", "format", "partitions", "files", "records", "columns"],
        [
            (
                f"{item.database}.{item.name}",
                _change(item),
                item.format,
                item.partitions,
                item.objects,
                f"{item.records:,}",
                ", ".join(
                    f"{column.name}{'*' if column.is_partition_key else ''} {column.type}"
                    for column in item.columns
                ),
            )
            for item in reports
        ],
    )
    for item in reports:
        for line in item.diff:
            say(f"{item.name}: {line}")


def _change(report: TableReport) -> str:
    words = {"NONE": "as it was"}.get(report.change.value, report.change.value.lower())
    added, changed = report.partitions_added, report.partitions_changed
    parts = [f"+{added}" if added else "", f"~{changed}" if changed else ""]
    parts.append(f"-{report.partitions_removed}" if report.partitions_removed else "")
    partitions = " ".join(part for part in parts if part)
    return f"{words} ({partitions})" if partitions else words


def note_warnings(warnings: Sequence[str]) -> None:
    """Note the first warnings, and how many more there are."""
    for text in warnings[:SHOWN_WARNINGS]:
        warn(text)
    if len(warnings) > SHOWN_WARNINGS:
        note(f"and {len(warnings) - SHOWN_WARNINGS} more warnings; --output json shows all")


def history_row(crawl: Crawl) -> tuple[object, ...]:
    """Return a crawl as a row of a crawler's history."""
    counts = crawl.summary
    took = crawl.completed_at - crawl.started_at if crawl.completed_at else None
    return (
        crawl.id,
        crawl.state.value,
        crawl.started_at.isoformat(timespec="seconds"),
        f"{took.total_seconds():.1f}" if took else "",
        f"+{counts['tables_added']} ~{counts['tables_updated']}" if counts else "",
        f"+{counts['partitions_added']} ~{counts['partitions_changed']}" if counts else "",
        len(crawl.warnings),
        crawl.error,
    )


def crawler_json(stored: StoredCrawler) -> dict[str, Any]:
    """Return a stored crawler as plain data."""
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.crawlers.crawler_documents import crawler_of  # noqa: PLC0415

    try:
        return crawler_of(stored.definition).to_json()
    except InvalidInputError as error:
        return {"name": stored.name, "refused": str(error), "definition": stored.definition}


def crawl_json(crawl: Crawl) -> dict[str, Any]:
    """Return a crawl as plain data."""
    return {
        "id": crawl.id,
        "crawler": crawl.crawler_name,
        "database": crawl.database,
        "state": crawl.state.value,
        "started_at": crawl.started_at,
        "completed_at": crawl.completed_at,
        "error": crawl.error,
        "summary": crawl.summary,
        "warnings": crawl.warnings,
    }
