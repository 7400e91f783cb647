"""``gluepot crawl``: find tables in S3 prefixes and folders, and say why they are as they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.output import OutputFormat, OutputOption, note, print_json, print_table, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.crawl import CrawlPlan
    from gluepot.crawlers.model import Crawl, Crawler, TableReport
    from gluepot.crawlers.store import CrawlerStore, StoredCrawler

app = typer.Typer(help="Find tables in S3 prefixes and folders.", no_args_is_help=True)

PENDING = 4
"""The exit code of a plan that would change something."""

SHOWN_WARNINGS = 20

WhatArgument = Annotated[
    str, typer.Argument(metavar="TARGET|NAME", help="s3://bucket/prefix, a folder, or a crawler.")
]
DatabaseOption = Annotated[str, typer.Option("--database", "-d", help="Where the tables go.")]
PrefixOption = Annotated[str, typer.Option("--prefix", help="Goes before every table's name.")]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", help="A glob of keys to leave out; repeatable.")
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="The name under which a target's crawl is recorded.")
]
LevelOption = Annotated[
    int | None, typer.Option("--table-level", help="The level of the tables; the bucket is 1.")
]


@app.command()
def run(  # noqa: PLR0913 - one parameter is one option of the command
    what: WhatArgument,
    *,
    database: DatabaseOption = "default",
    prefix: PrefixOption = "",
    exclude: ExcludeOption = None,
    name: NameOption = None,
    table_level: LevelOption = None,
    dry_run: Annotated[bool, typer.Option(help="Print the plan and change nothing.")] = False,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Crawl a target or a stored crawler, and register what is found."""
    from gluepot.catalog.errors import GluepotError  # noqa: PLC0415
    from gluepot.crawlers.crawl import plan_crawl  # noqa: PLC0415
    from gluepot.executors import crawl_in_run  # noqa: PLC0415
    from gluepot.jobs.runs import RunKind  # noqa: PLC0415
    from gluepot.jobs.scheduler import DEFAULT_LEASE  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        options = {"table_prefix": prefix, "exclusions": exclude, "table_level": table_level}
        crawler = _crawler(services.crawlers, what, name, database, options)
        if dry_run:
            plan = plan_crawl(crawler, services.catalog, services.access, services.clock)
            _print_plan(plan, output)
            return
        # A run like those that triggers start, so that it is listed and others may follow it.
        waiting = services.runs.enqueue(
            RunKind.CRAWL, crawler.name, owner=services.owner(), lease=DEFAULT_LEASE
        )
        assert waiting is not None  # noqa: S101 - only a taken unique key gives none
        crawl = crawl_in_run(services, waiting, crawler)
    if crawl.error is not None:
        raise GluepotError(f"{crawl.error} (crawl {crawl.id})")
    _print_crawl(crawl, output)


@app.command()
def plan(  # noqa: PLR0913 - one parameter is one option of the command
    what: WhatArgument,
    *,
    database: DatabaseOption = "default",
    prefix: PrefixOption = "",
    exclude: ExcludeOption = None,
    name: NameOption = None,
    table_level: LevelOption = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Print what a crawl would change, change nothing, and exit with 4 if it would."""
    from gluepot.crawlers.crawl import plan_crawl  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        options = {"table_prefix": prefix, "exclusions": exclude, "table_level": table_level}
        crawler = _crawler(services.crawlers, what, name, database, options)
        found = plan_crawl(crawler, services.catalog, services.access, services.clock)
    _print_plan(found, output)
    if found.pending:
        raise typer.Exit(PENDING)


@app.command()
def create(  # noqa: PLR0913 - one parameter is one option of the command
    name: Annotated[str, typer.Argument(help="The crawler's name; an old one is replaced.")],
    targets: Annotated[list[str], typer.Argument(help="s3://bucket/prefix or a folder.")],
    *,
    database: Annotated[str, typer.Option("--database", "-d", help="Where the tables go.")],
    prefix: PrefixOption = "",
    exclude: ExcludeOption = None,
    table_level: LevelOption = None,
    update_behavior: Annotated[
        str, typer.Option(help="UPDATE_IN_DATABASE or LOG.")
    ] = "UPDATE_IN_DATABASE",
    delete_behavior: Annotated[
        str, typer.Option(help="DEPRECATE_IN_DATABASE, DELETE_FROM_DATABASE or LOG.")
    ] = "DEPRECATE_IN_DATABASE",
) -> None:
    """Store a crawler."""
    from gluepot.crawlers.model import crawler_from_json  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    crawler = crawler_from_json(
        {
            "name": name,
            "database": database,
            "targets": [_place(target) for target in targets],
            "table_prefix": prefix,
            "exclusions": exclude,
            "table_level": table_level,
            "update_behavior": update_behavior,
            "delete_behavior": delete_behavior,
        }
    )
    with open_services(load_settings()) as services:
        services.crawlers.put_crawler(crawler)
    say(f"Crawler {name} is stored.")
    note(f"Next: gluepot crawl plan {name}, gluepot crawl run {name}")


@app.command("ls")
def list_crawlers(output: OutputOption = OutputFormat.table) -> None:
    """List the stored crawlers."""
    from gluepot.crawlers.documents import places  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        crawlers = services.crawlers.list_crawlers()
    if output is OutputFormat.json:
        print_json([_crawler_json(stored) for stored in crawlers])
        return
    rows = [
        (item.name, item.definition.get("DatabaseName"), "\n".join(places(item.definition)))
        for item in crawlers
    ]
    print_table(["crawler", "database", "targets"], rows)


@app.command()
def history(
    name: Annotated[str, typer.Argument(help="A crawler's name.")],
    *,
    limit: Annotated[int, typer.Option(help="At most so many crawls.")] = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List a crawler's crawls, the newest first."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        crawls = services.crawlers.list_crawls(name, limit=limit)
        if not crawls:
            services.crawlers.get_crawler(name)  # tells an unknown crawler from an idle one
    if output is OutputFormat.json:
        print_json([_crawl_json(crawl) for crawl in crawls])
        return
    print_table(
        ["crawl", "state", "started", "seconds", "tables", "partitions", "warnings", "error"],
        [_history_row(crawl) for crawl in crawls],
    )


@app.command()
def explain(
    what: Annotated[str, typer.Argument(metavar="DATABASE.TABLE[.COLUMN]")],
    output: OutputOption = OutputFormat.table,
) -> None:
    """Say why the last crawl made a table or a column what it is."""
    from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    database, _, rest = what.partition(".")
    table, _, column = rest.partition(".")
    if not table:
        raise InvalidInputError(f"{what!r} names no table; write database.table")
    with open_services(load_settings()) as services:
        crawl, report = services.crawlers.explain_table(database, table)
    columns = [item for item in report.columns if column in {"", item.name}]
    if column and not columns:
        raise EntityNotFoundError("Column", what)
    if output is OutputFormat.json:
        print_json(report.to_json() | {"crawl": crawl.id, "columns": columns})
        return
    if not column:
        say(f"{what} at {report.location}, by crawl {crawl.id} of {crawl.crawler_name}")
        for reason in report.reasons:
            say(f"  {reason}")
        say("")
    kinds = {True: "partition key", False: "column"}
    rows = [(item.name, item.type, kinds[item.is_partition_key], item.reason) for item in columns]
    print_table(["name", "type", "kind", "why"], rows)
    _note_warnings(report.warnings)


def _crawler(
    store: CrawlerStore, what: str, name: str | None, database: str, options: Mapping[str, Any]
) -> Crawler:
    """Return the stored crawler of a name, or one for a target."""
    from gluepot.catalog.errors import (  # noqa: PLC0415
        EntityNotFoundError,
        InvalidInputError,
        did_you_mean,
    )
    from gluepot.crawlers.model import crawler_from_json  # noqa: PLC0415
    from gluepot.crawlers.names import legal_name  # noqa: PLC0415
    from gluepot.crawlers.sources.objects import is_uri  # noqa: PLC0415

    if not is_uri(what):
        try:
            return store.get_crawler(what)
        except EntityNotFoundError as error:
            if not Path(what).exists():
                known = [crawler.name for crawler in store.list_crawlers()]
                hint = did_you_mean(what, known)
                raise InvalidInputError(f"{what!r} is no crawler and no folder.{hint}") from error
    folder = what.rstrip("/").rpartition("/")[2]
    named = {"name": name or legal_name(folder), "database": database}
    return crawler_from_json({**named, "targets": [_place(what)], **options})


def _place(target: str) -> str:
    """Return a target that means the same from any working directory."""
    if "://" in target:
        return target
    return f"{Path(target).expanduser().absolute()}{'/' if target.endswith('/') else ''}"


def _print_plan(found: CrawlPlan, output: OutputFormat) -> None:
    if output is OutputFormat.json:
        print_json(
            {
                "pending": found.pending,
                "summary": found.summary,
                "warnings": found.warnings,
                "tables": [report.to_json() for report in found.reports],
            }
        )
        return
    counts = found.summary
    say(f"Read {counts['objects_read']:,} of {counts['objects']:,} files: {counts['sampling']}.")
    _print_tables(found.reports)
    _note_warnings(found.warnings)
    say("Changes are pending." if found.pending else "Nothing would change.")


def _print_crawl(crawl: Crawl, output: OutputFormat) -> None:
    if output is OutputFormat.json:
        print_json(_crawl_json(crawl) | {"tables": [item.to_json() for item in crawl.tables]})
        return
    _print_tables(crawl.tables)
    _note_warnings(crawl.warnings)
    counts, seconds = crawl.summary, crawl.summary["seconds"]["total"]
    say(
        f"{counts['tables_found']} tables and {counts['partitions_found']} partitions in"
        f" {seconds:.1f} s: {counts['tables_added']} tables added, {counts['tables_updated']}"
        f" updated, {counts['tables_deprecated'] + counts['tables_deleted']} gone;"
        f" {counts['partitions_added']} partitions added"
    )
    if crawl.tables:
        shown = f"{crawl.database}.{crawl.tables[0].name}"
        note(f"Next: gluepot catalog show {shown}, gluepot crawl explain {shown}")


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


def _note_warnings(warnings: Sequence[str]) -> None:
    for text in warnings[:SHOWN_WARNINGS]:
        note(f"Warning: {text}")
    if len(warnings) > SHOWN_WARNINGS:
        note(f"and {len(warnings) - SHOWN_WARNINGS} more warnings; --output json shows all")


def _history_row(crawl: Crawl) -> tuple[object, ...]:
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


def _crawler_json(stored: StoredCrawler) -> dict[str, Any]:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.crawlers.documents import crawler_of  # noqa: PLC0415

    try:
        return crawler_of(stored.definition).to_json()
    except InvalidInputError as error:
        return {"name": stored.name, "refused": str(error), "definition": stored.definition}


def _crawl_json(crawl: Crawl) -> dict[str, Any]:
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
