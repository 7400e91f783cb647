"""``gluepot crawl``: find tables in S3 prefixes, folders and databases, and say why they are so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.crawl_output import (
    crawl_json,
    crawler_json,
    history_row,
    note_warnings,
    print_crawl,
    print_plan,
)
from gluepot.cli.crawl_target import EngineName, chosen_crawler, chosen_engine, crawler_of_words
from gluepot.cli.exit_codes import ExitCode
from gluepot.cli.names import completed
from gluepot.cli.output import OutputFormat, OutputOption, next_step, print_data, print_table, say
from gluepot.cli.progress import working

if TYPE_CHECKING:
    from gluepot.crawlers.crawl import CrawlPlan
    from gluepot.services import Services

app = typer.Typer(help="Find tables in S3 prefixes, folders and databases.", no_args_is_help=True)

WhatArgument = Annotated[
    str,
    typer.Argument(
        metavar="TARGET|NAME",
        help="s3://bucket/prefix, a folder, jdbc:CONNECTION/database/schema/%, mongodb:..., "
        "dynamodb:TABLE, catalog:database.table, delta:, iceberg: or hudi:FOLDER, or a crawler.",
        autocompletion=completed("Crawler"),
    ),
]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database", "-d", help="Where the tables go.", autocompletion=completed("Database")
    ),
]
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
ClassifierOption = Annotated[
    list[str] | None,
    typer.Option("--classifier", help="A custom classifier, asked before the others; repeatable."),
]
SampleOption = Annotated[
    int | None, typer.Option("--sample-size", help="Most files of a folder that are read.")
]
CombineOption = Annotated[
    bool, typer.Option("--combine", help="One table of all compatible schemas.")
]
MergeOption = Annotated[
    bool, typer.Option("--merge-new-columns", help="Add columns; change and remove none.")
]
ThresholdOption = Annotated[
    int | None, typer.Option("--table-threshold", help="Fail where more tables are found.")
]
ConnectionOption = Annotated[
    str | None, typer.Option("--connection", help="The connection whose keys reach the store.")
]
InventoryOption = Annotated[
    str | None,
    typer.Option("--inventory", help="A manifest.json of S3 Inventory, read instead of listing."),
]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Forget earlier crawls and look at all data again.")
]
EngineOption = Annotated[
    EngineName, typer.Option("--engine", help="What reads the files: this process, or Spark.")
]
MasterOption = Annotated[
    str | None, typer.Option("--master", help="Spark's master, for --engine spark.")
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
    classifier: ClassifierOption = None,
    sample_size: SampleOption = None,
    combine: CombineOption = False,
    merge_new_columns: MergeOption = False,
    table_threshold: ThresholdOption = None,
    connection: ConnectionOption = None,
    inventory: InventoryOption = None,
    fresh: FreshOption = False,
    engine: EngineOption = EngineName.local,
    master: MasterOption = None,
    dry_run: Annotated[bool, typer.Option(help="Print the plan and change nothing.")] = False,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Crawl a target or a stored crawler, and register what is found."""
    from gluepot.catalog.errors import GluepotError  # noqa: PLC0415
    from gluepot.executors import crawl_in_run  # noqa: PLC0415
    from gluepot.jobs.runs.lease import heartbeat  # noqa: PLC0415
    from gluepot.jobs.runs.store import RunKind  # noqa: PLC0415
    from gluepot.jobs.scheduling.scheduler import DEFAULT_LEASE  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    options = _options(locals())
    with open_services(load_settings()) as services, chosen_engine(services, engine, master) as by:
        crawler = chosen_crawler(services.crawlers, what, name, database, options)
        if dry_run:
            print_plan(_plan(services, crawler, by, fresh=fresh), output)
            return
        if fresh:
            services.crawlers.memories.forget(crawler.name)
        # A run like those that triggers start, so that it is listed and others may follow it.
        waiting = services.runs.enqueue(
            RunKind.CRAWL, crawler.name, owner=services.owner(), lease=DEFAULT_LEASE
        )
        assert waiting is not None  # noqa: S101 - only a taken unique key gives none
        # No worker renews the lease of this run; a crawl that loses it stops of itself.
        with (
            heartbeat(services.runs, waiting.id, services.owner(), on_lost=lambda: None),
            working(f"Crawling {crawler.name}"),
        ):
            crawl = crawl_in_run(services, waiting, crawler, by)
    if crawl.error is not None:
        raise GluepotError(f"{crawl.error} (crawl {crawl.id})")
    print_crawl(crawl, output)


@app.command()
def plan(  # noqa: PLR0913 - one parameter is one option of the command
    what: WhatArgument,
    *,
    database: DatabaseOption = "default",
    prefix: PrefixOption = "",
    exclude: ExcludeOption = None,
    name: NameOption = None,
    table_level: LevelOption = None,
    classifier: ClassifierOption = None,
    sample_size: SampleOption = None,
    combine: CombineOption = False,
    merge_new_columns: MergeOption = False,
    table_threshold: ThresholdOption = None,
    connection: ConnectionOption = None,
    inventory: InventoryOption = None,
    fresh: FreshOption = False,
    engine: EngineOption = EngineName.local,
    master: MasterOption = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Print what a crawl would change, change nothing, and exit with 4 if it would."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    options = _options(locals())
    with open_services(load_settings()) as services, chosen_engine(services, engine, master) as by:
        crawler = chosen_crawler(services.crawlers, what, name, database, options)
        with working(f"Looking at {crawler.name}"):
            found = _plan(services, crawler, by, fresh=fresh)
    print_plan(found, output)
    if found.pending:
        raise typer.Exit(ExitCode.PENDING)


def _plan(services: Services, crawler: Any, engine: Any, *, fresh: bool) -> CrawlPlan:  # noqa: ANN401
    from gluepot.crawlers.crawl import plan_crawl  # noqa: PLC0415

    store = None if fresh else services.crawlers
    return plan_crawl(
        crawler, services.catalog, services.access, services.clock, store=store, engine=engine
    )


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a command that say how a target is crawled, by a crawler's members."""
    return {
        "table_prefix": given["prefix"],
        "exclusions": given["exclude"],
        "table_level": given["table_level"],
        "classifiers": given["classifier"],
        "files_per_folder": given["sample_size"],
        "combine_compatible_schemas": given["combine"],
        "merge_new_columns": given["merge_new_columns"],
        "table_threshold": given["table_threshold"],
        "connection_name": given["connection"],
        "inventory_uri": given["inventory"],
    }


@app.command()
def create(  # noqa: PLR0913 - one parameter is one option of the command
    name: Annotated[str, typer.Argument(help="The crawler's name; an old one is replaced.")],
    targets: Annotated[list[str], typer.Argument(help="As for run; repeatable.")],
    *,
    database: Annotated[str, typer.Option("--database", "-d", help="Where the tables go.")],
    prefix: PrefixOption = "",
    exclude: ExcludeOption = None,
    table_level: LevelOption = None,
    classifier: ClassifierOption = None,
    sample_size: SampleOption = None,
    combine: CombineOption = False,
    merge_new_columns: MergeOption = False,
    table_threshold: ThresholdOption = None,
    connection: ConnectionOption = None,
    inventory: InventoryOption = None,
    recrawl_behavior: Annotated[
        str,
        typer.Option(help="CRAWL_EVERYTHING, CRAWL_NEW_FOLDERS_ONLY or CRAWL_EVENT_MODE."),
    ] = "CRAWL_EVERYTHING",
    event_queue: Annotated[
        str | None, typer.Option(help="The ARN of the SQS queue of the buckets' events.")
    ] = None,
    update_behavior: Annotated[
        str, typer.Option(help="UPDATE_IN_DATABASE or LOG.")
    ] = "UPDATE_IN_DATABASE",
    delete_behavior: Annotated[
        str, typer.Option(help="DEPRECATE_IN_DATABASE, DELETE_FROM_DATABASE or LOG.")
    ] = "DEPRECATE_IN_DATABASE",
) -> None:
    """Store a crawler."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    options = _options(locals()) | {
        "recrawl_behavior": recrawl_behavior,
        "event_queue_arn": event_queue,
        "update_behavior": update_behavior,
        "delete_behavior": delete_behavior,
    }
    crawler = crawler_of_words(targets, {"name": name, "database": database}, options)
    with open_services(load_settings()) as services:
        services.crawlers.put_crawler(crawler)
    say(f"Crawler {name} is stored.")
    next_step(f"gluepot crawl plan {name}", f"gluepot crawl run {name}")


@app.command("ls")
def list_crawlers(output: OutputOption = OutputFormat.table) -> None:
    """List the stored crawlers."""
    from gluepot.crawlers.crawler_documents import places  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        crawlers = services.crawlers.list_crawlers()
    if output.is_data:
        print_data([crawler_json(stored) for stored in crawlers], output)
        return
    rows = [
        (item.name, item.definition.get("DatabaseName"), "\n".join(places(item.definition)))
        for item in crawlers
    ]
    print_table(["crawler", "database", "targets"], rows)


@app.command()
def history(
    name: Annotated[
        str, typer.Argument(help="A crawler's name.", autocompletion=completed("Crawler"))
    ],
    *,
    limit: Annotated[int, typer.Option(help="At most so many crawls.")] = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List a crawler's crawls, the newest first."""
    from gluepot.executors import close_dead_crawls  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        close_dead_crawls(services, name)
        crawls = services.crawlers.list_crawls(name, limit=limit)
        if not crawls:
            services.crawlers.get_crawler(name)  # tells an unknown crawler from an idle one
    if output.is_data:
        print_data([crawl_json(crawl) for crawl in crawls], output)
        return
    print_table(
        ["crawl", "state", "started", "seconds", "tables", "partitions", "warnings", "error"],
        [history_row(crawl) for crawl in crawls],
    )


@app.command()
def forget(
    name: Annotated[
        str, typer.Argument(help="A crawler's name.", autocompletion=completed("Crawler"))
    ],
) -> None:
    """Forget what earlier crawls saw, so that the next one looks at all data again."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        services.crawlers.memories.forget(name)
    say(f"The next crawl of {name} looks at everything.")


@app.command()
def stop(
    name: Annotated[
        str, typer.Argument(help="A crawler's name.", autocompletion=completed("Crawler"))
    ],
) -> None:
    """Stop a crawler's crawl before it writes the next table; what it has written stays."""
    from gluepot.crawlers.errors import CrawlerNotRunningError  # noqa: PLC0415
    from gluepot.jobs.runs.store import RunKind  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        newest = services.runs.newest(RunKind.CRAWL, [name]).get(name)
        if newest is None or newest.state.final:
            raise CrawlerNotRunningError(f"Crawler {name} is not at work")
        services.runs.stop(newest.id)
    say(f"Crawl {newest.id} of {name} is asked to stop.")


@app.command()
def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="DATABASE.TABLE[.COLUMN]",
            help="What is asked about.",
            autocompletion=completed("Table"),
        ),
    ],
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
    if output.is_data:
        print_data(report.to_json() | {"crawl": crawl.id, "columns": columns}, output)
        return
    if not column:
        say(f"{what} at {report.location}, by crawl {crawl.id} of {crawl.crawler_name}")
        for reason in report.reasons:
            say(f"  {reason}")
        say("")
    kinds = {True: "partition key", False: "column"}
    rows = [(item.name, item.type, kinds[item.is_partition_key], item.reason) for item in columns]
    print_table(["name", "type", "kind", "why"], rows)
    note_warnings(report.warnings)
