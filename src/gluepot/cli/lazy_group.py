"""The root of the command line: nouns that are imported when used, and options known everywhere."""

from __future__ import annotations

import copy
import importlib
from typing import TYPE_CHECKING

import typer
from typer._click.exceptions import NoSuchOption
from typer.core import TyperGroup

from gluepot.catalog.errors import EntityNotFoundError, did_you_mean
from gluepot.cli.exit_codes import MEANINGS
from gluepot.cli.manner import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from typer._click import Command, Context, HelpFormatter
    from typer._click.core import Parameter
    from typer._click.shell_completion import CompletionItem

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
    "config": "The settings, and where each comes from.",
}

_WORDS = "gluepot.words"
_EPILOG = "--quiet and --color go here too; gluepot --help says what they do."


class LazyGroup(TyperGroup):
    """A group that imports a noun's module only when that noun is used: help stays fast."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Return nouns, then commands."""
        return [*NOUNS, *super().list_commands(ctx)]

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """List nouns from their one-line texts, so that none of them is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, text in self._texts(ctx).items()])

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002
        """List the exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in MEANINGS.items()])

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """Complete nouns from their one-line texts, too."""
        from typer._click.core import Command  # noqa: PLC0415
        from typer._click.shell_completion import CompletionItem  # noqa: PLC0415

        texts = self._texts(ctx)
        return [
            *(CompletionItem(n, help=t) for n, t in texts.items() if n.startswith(incomplete)),
            *Command.shell_complete(self, ctx, incomplete),
        ]

    def _texts(self, ctx: Context) -> dict[str, str]:
        commands = {name: super(LazyGroup, self).get_command(ctx, name) for name in self.commands}
        rest = {name: item.get_short_help_str(200) for name, item in commands.items() if item}
        return {**NOUNS, **rest}

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return a command; a noun's module is imported here and only here."""
        if cmd_name in NOUNS:
            module = importlib.import_module(f"gluepot.cli.{cmd_name}")
            found: Any = typer.main.get_command(module.app)
        else:
            found = super().get_command(ctx, cmd_name)
        command: Command | None = found
        if command is not None:
            _share([item for item in self.params if item.name in COMMON], command)
        return command

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Keep the words for what may have to be said about them."""
        ctx.meta[_WORDS] = tuple(args)
        try:
            return super().parse_args(ctx, args)
        except NoSuchOption as error:
            raise _meant(error) from None

    def invoke(self, ctx: Context) -> Any:  # noqa: ANN401
        """Carry out a command; of a name that is not there, say which one comes nearest."""
        try:
            return super().invoke(ctx)
        except NoSuchOption as error:
            raise _meant(error) from None
        except EntityNotFoundError as error:
            from gluepot.cli.names import with_nearest  # noqa: PLC0415

            raise with_nearest(error, ctx.meta[_WORDS]) from error

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Suggest the nearest name for an unknown one."""
        name = args[0]
        known = self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            ctx.fail(f"No such command {name!r}.{did_you_mean(name, known)}")
        return super().resolve_command(ctx, args)


def _meant(error: NoSuchOption) -> NoSuchOption:
    """Word a suggestion for an option as for everything else."""
    near = sorted(error.possibilities or ())
    hint = did_you_mean(error.option_name, near) or (f" Did you mean {near[0]!r}?" if near else "")
    message = f"{error.message.rstrip('.')}.{hint}"
    return NoSuchOption(error.option_name, message, ctx=error.ctx)


def _share(options: Iterable[Parameter], command: Any) -> None:  # noqa: ANN401
    """Let a command and all below it take the options of the root, without listing them again."""
    known = {item.name for item in command.params}
    for option in options:
        if option.name not in known:
            again: Any = copy.copy(option)
            again.hidden = True
            command.params.append(again)
    command.epilog = command.epilog or _EPILOG
    command.rich_markup_mode = None  # the same plain help at every level, and without rich's import
    for each in getattr(command, "commands", {}).values():
        _share(options, each)
