"""Every command keeps to the same habits: help, formats, names of options, light imports."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import typer

from gluepot.cli.exit_codes import MEANINGS, ExitCode
from gluepot.cli.lazy_group import NOUNS
from gluepot.cli.main import app
from gluepot.cli.manner import COMMON
from gluepot.cli.output import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Any = typer.main.get_command(app)
FOLDERS = {"match run", "match train", "match label", "match incremental", "pack"}
"""Commands whose ``--output`` is a file or folder that they write."""
SHORT = {
    "-d": {"--database"},
    "-e": {"--expression"},
    "-f": {"--follow"},
    "-n": {"--limit", "--count"},
    "-o": {"--output"},
    "-q": {"--quiet"},
    "-y": {"--yes"},
}


def walk(group: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield " ".join((*words, name)), command
        if hasattr(command, "list_commands"):
            yield from walk(command, (*words, name))


COMMANDS = dict(walk(ROOT, ()))
VERBS = {path: one for path, one in COMMANDS.items() if not hasattr(one, "list_commands")}


def options(command: Any) -> list[Any]:  # noqa: ANN401
    return [item for item in command.params if item.param_type_name == "option"]


def test_there_are_commands_below_every_noun() -> None:
    assert len(VERBS) > 80
    assert all(any(path.startswith(f"{noun} ") for path in VERBS) for noun in NOUNS)


def test_every_command_says_in_a_sentence_what_it_does() -> None:
    bad = {
        path: command.help
        for path, command in COMMANDS.items()
        if not re.match(r"[A-Z].*\.", (command.help or "").strip(), re.DOTALL)
    }

    assert bad == {}


def test_every_argument_and_option_is_explained() -> None:
    bad = [
        f"{path} {item.name}"
        for path, command in COMMANDS.items()
        for item in command.params
        if not getattr(item, "help", None)
    ]

    assert bad == []


def test_options_are_in_kebab_case() -> None:
    names = {
        name: path
        for path, command in COMMANDS.items()
        for item in options(command)
        for name in [*item.opts, *item.secondary_opts]
    }

    assert {
        n: p for n, p in names.items() if not re.fullmatch(r"--[a-z]+(-[a-z]+)*|-[a-z]", n)
    } == {}


def test_a_short_option_means_the_same_everywhere() -> None:
    bad = [
        (path, item.opts)
        for path, command in COMMANDS.items()
        for item in options(command)
        for short in item.opts
        if len(short) == 2 and not SHORT.get(short, set()) & set(item.opts)
    ]

    assert bad == []


def test_output_takes_all_formats_wherever_it_says_how_to_print() -> None:
    bad = {}
    for path, command in VERBS.items():
        output = next((item for item in options(command) if "--output" in item.opts), None)
        if output is None or path in FOLDERS:
            continue
        shown = str(output.display_type(ctx=typer.Context(command)))
        if not all(each.value in shown for each in OutputFormat) or "-o" not in output.opts:
            bad[path] = shown

    assert bad == {}


def test_every_list_and_view_can_be_printed_for_programs() -> None:
    viewing = ("ls", "list", "show", "history", "results", "status", "events", "deliveries")
    lacking = [
        path
        for path, command in VERBS.items()
        if path.split()[-1] in viewing
        and path != "auth policy show"  # a policy is JSON itself
        and "output" not in {item.name for item in options(command)}
    ]

    assert lacking == []


def test_every_command_takes_the_common_options() -> None:
    lacking = [p for p, one in COMMANDS.items() if not {item.name for item in one.params} >= COMMON]

    assert lacking == []


def test_what_deletes_many_things_can_be_tried_first() -> None:
    bulk = (
        *("catalog drop-database", "catalog drop-table", "catalog import", "restore"),
        *("auth audit prune", "apply", "crawl run"),
    )
    lacking = [p for p in bulk if "dry_run" not in {item.name for item in options(VERBS[p])}]

    assert lacking == []


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)


def test_no_help_imports_anything_heavy() -> None:
    code = (
        "import contextlib, io, importlib, sys\n"
        "from gluepot.cli.lazy_group import NOUNS\n"
        "from gluepot.cli.main import app\n"
        "for noun in ('', *NOUNS):\n"
        "    with contextlib.suppress(SystemExit): app([*noun.split(), '--help'])\n"
        "heavy = {'pyspark', 'pandas', 'boto3', 'sqlalchemy', 'rich', 'numpy', 'yaml', 'duckdb'}\n"
        "sys.exit(','.join(sorted(heavy & sys.modules.keys())))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.strip() == ""
    assert done.stdout.count("Usage: ") == len(NOUNS) + 1
