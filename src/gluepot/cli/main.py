"""The ``gluepot`` command: every noun, and the one place where errors become exit codes.

Exit codes: 0 done; 1 an error, said in one line; 2 wrong usage; 3 a quality gate failed;
4 changes are pending (``plan``).
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from gluepot.catalog.errors import GluepotError, did_you_mean
from gluepot.cli.output import OutputFormat, OutputOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer._click import Command, Context, HelpFormatter

NOUNS: Mapping[str, str] = {
    "catalog": "Databases, tables, their versions and partitions.",
    "crawl": "Find tables in S3 prefixes and folders.",
    "job": "Run and inspect Spark jobs.",
    "run": "Look at runs of jobs and crawls.",
    "trigger": "Start jobs and crawls on a schedule or after one another.",
    "lineage": "What came from what: tables and columns.",
    "notification": "Who is told of what happens to runs.",
    "workflow": "Graphs of triggers and state machines, run and looked at.",
    "scheduler": "The process that fires triggers and carries out runs.",
    "quality": "Data-quality rules: checks, results, reports.",
    "match": "Find records that are the same.",
    "jars": "Spark's companion jars.",
    "auth": "Access keys, policies and the audit log of the server.",
}


class LazyGroup(TyperGroup):
    """A group that imports a noun's module only when that noun is used: help stays fast."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Return nouns, then commands."""
        return [*NOUNS, *super().list_commands(ctx)]

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """List nouns from their one-line texts, so that none of them is imported."""
        commands = {name: super(LazyGroup, self).get_command(ctx, name) for name in self.commands}
        rows = [
            *NOUNS.items(),
            *((name, item.get_short_help_str(60)) for name, item in commands.items() if item),
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return a command; a noun's module is imported here and only here."""
        if cmd_name not in NOUNS:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"gluepot.cli.{cmd_name}")
        return typer.main.get_command(module.app)

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Suggest the nearest name for an unknown one."""
        name = args[0]
        known = self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            ctx.fail(f"No such command {name!r}.{did_you_mean(name, known)}")
        return super().resolve_command(ctx, args)


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
) -> None:
    """Hold the options that go before every command."""


@app.command()
def doctor() -> None:
    """Check this machine for every known trap, and name the fix."""
    from gluepot.doctor import run_doctor  # noqa: PLC0415

    raise typer.Exit(run_doctor())


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
    output: Annotated[str, typer.Option("--output", "-o", help="table or json")] = "table",
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
) -> None:
    """Make the catalog what a backup says, wholly or not at all."""
    from gluepot.cli.backup import restore as run  # noqa: PLC0415

    run(file, overwrite=overwrite)


@app.command()
def pack(
    job: Annotated[str, typer.Argument(help="The job.")],
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
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(1)
