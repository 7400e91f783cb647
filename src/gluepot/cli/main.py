"""The ``gluepot`` command: every noun, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gluepot.catalog.errors import GluepotError
from gluepot.cli.exit_codes import ExitCode
from gluepot.cli.lazy_group import LazyGroup
from gluepot.cli.manner import ColourOption, QuietOption
from gluepot.cli.names import completed
from gluepot.cli.output import OutputFormat, OutputOption, tell_error

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="An open AWS Glue that runs where you are.",
)


def _print_version(value: bool) -> None:  # noqa: FBT001
    if value:
        from gluepot import __version__  # noqa: PLC0415

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, help="Print the version.")
    ] = False,
    quiet: QuietOption = False,
    color: ColourOption = None,
) -> None:
    """Hold the options that go before every command."""


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A new or empty folder; default: this one.")
    ] = Path(),
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="The demo's definitions, and its data on an S3 in it.")
    ] = False,
) -> None:
    """Make a project folder: settings, and a crawler and a job that run and can be changed.

    gluepot init --demo lake && cd lake && gluepot crawl run raw
    """
    from gluepot.cli.init import init as run  # noqa: PLC0415

    run(folder, demo=demo)


@app.command()
def doctor(output: OutputOption = OutputFormat.table) -> None:
    """Check this machine for every known trap, and name the fix; exit code 1 if there is any."""
    from gluepot.cli.doctor import doctor as run  # noqa: PLC0415

    run(output)


@app.command()
def apply(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and change nothing.")
    ] = False,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Store what conf/ defines: jobs, crawlers and triggers; what is gone there goes here."""
    from gluepot.cli import apply as command  # noqa: PLC0415

    (command.plan if dry_run else command.apply)(output)


@app.command()
def plan(output: OutputOption = OutputFormat.table) -> None:
    """Show what apply would create, change and remove; exit code 4 when that is anything."""
    from gluepot.cli.apply import plan as run  # noqa: PLC0415

    run(output)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over catalog tables: database.table.")],
    output: OutputOption = OutputFormat.table,
) -> None:
    """Run a read-only query on catalog tables with DuckDB, without starting Spark."""
    from gluepot.sql.query import run_query  # noqa: PLC0415

    run_query(sql, output=output)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 is any free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer requests.")] = None,
    unix_socket: Annotated[
        Path | None, typer.Option(help="A socket file to listen on instead of a port.")
    ] = None,
) -> None:
    """Serve the AWS Glue API over the catalog."""
    from gluepot.cli.serve import serve as run  # noqa: PLC0415

    run(host=host, port=port, workers=workers, unix_socket=unix_socket)


@app.command()
def dev(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 is any free one.")] = None,
    warm: Annotated[
        bool, typer.Option("--warm/--no-warm", help="Keep a Spark driver standing by.")
    ] = True,
) -> None:
    """Run it all here: console, API, scheduler, an S3, and a warm Spark driver; with reload."""
    from gluepot.cli.dev import dev as run  # noqa: PLC0415

    run(host=host, port=port, warm=warm)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The new file.")],
) -> None:
    """Write the whole catalog to a file, while servers work on it."""
    from gluepot.cli.backup import backup as run  # noqa: PLC0415

    run(file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `gluepot backup` wrote.")],
    *,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is in the catalog.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file, and change nothing.")
    ] = False,
) -> None:
    """Make the catalog what a backup says, wholly or not at all."""
    from gluepot.cli.backup import restore as run  # noqa: PLC0415

    run(file, overwrite=overwrite, dry_run=dry_run)


@app.command()
def pack(
    job: Annotated[str, typer.Argument(help="The job.", autocompletion=completed("Job"))],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", help="An empty folder; default dist/JOB.")
    ] = None,
    extra: Annotated[
        list[str] | None, typer.Option("--extra", help="An extra of gluepot that it needs too.")
    ] = None,
) -> None:
    """Pack a job with all it needs for a cluster, and print how it is started there."""
    from gluepot.cli.pack import pack as run  # noqa: PLC0415

    run(job, output=output, extras=extra or ())


@app.command()
def demo(
    *,
    keep: Annotated[bool, typer.Option(help="Keep an earlier demo's state.")] = False,
) -> None:
    """Run the whole way on real data: land, crawl, trigger, transform, check, query."""
    from gluepot.demo.run import run_demo  # noqa: PLC0415

    raise typer.Exit(run_demo(keep=keep))


def main() -> Any:  # noqa: ANN401
    """Run the command line; a GluepotError is one line on standard error and exit code 1."""
    try:
        return app()
    except GluepotError as error:
        tell_error(str(error))
        sys.exit(ExitCode.ERROR)
