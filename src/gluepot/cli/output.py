"""What commands print: tables for people, data for programs; notes go to standard error."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.manner import manner

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

_RED, _YELLOW, _CYAN = "31", "33", "36"


class OutputFormat(StrEnum):
    """How a command prints its result."""

    table = "table"
    json = "json"
    ndjson = "ndjson"
    yaml = "yaml"

    @property
    def is_data(self) -> bool:
        """Return whether it is for programs."""
        return self is not OutputFormat.table


OutputOption = Annotated[
    OutputFormat,
    typer.Option("--output", "-o", help="How to print: ndjson is one record of JSON a line."),
]


def say(text: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print a line that is not part of the result: progress, hints. ``--quiet`` leaves it out."""
    if not manner().quiet:
        sys.stderr.write(f"{text}\n")


def next_step(*commands: str) -> None:
    """Note what is likely to be wanted next."""
    note(f"{_styled('Next:', _CYAN, sys.stderr)} {', '.join(commands)}")


def warn(text: str) -> None:
    """Print a warning, whatever ``--quiet`` says."""
    sys.stderr.write(f"{_styled('Warning:', _YELLOW, sys.stderr)} {text}\n")


def tell_error(text: str) -> None:
    """Print an error, whatever ``--quiet`` says."""
    sys.stderr.write(f"{_styled('Error:', _RED, sys.stderr)} {text}\n")


def print_json(value: object) -> None:
    """Print ``value`` as indented JSON; times and paths become text."""
    say(_json(value, indent=2))


def print_data(value: object, output: OutputFormat) -> None:
    """Print ``value`` for a program; all three formats carry the same records.

    Args:
        value: A record, or a list of records, of which ndjson prints one a line.
        output: Any format but the table.
    """
    if output is OutputFormat.yaml:
        sys.stdout.write(_yaml(value))
    elif output is OutputFormat.ndjson:
        for record in value if isinstance(value, list) else [value]:
            say(_json(record, indent=None))
    else:
        print_json(value)


def _json(value: object, *, indent: int | None) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False, default=str)


def _yaml(value: object) -> str:
    import yaml  # noqa: PLC0415

    # Through JSON, so that the same things become text in the same way.
    plain = json.loads(_json(value, indent=None))
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=float("inf"))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under bold column names; None is an empty cell, and nothing is cut off."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    # A pipe has no width: 80 columns would wrap what a program is to read.
    width = None if sys.stdout.isatty() else 200
    if manner().colours(sys.stdout):
        Console(width=width, force_terminal=True).print(table)
    else:
        Console(width=width, color_system=None).print(table)


def _styled(text: str, colour: str, stream: TextIO) -> str:
    return f"\x1b[1;{colour}m{text}\x1b[0m" if manner().colours(stream) else text
