"""What commands print: tables for people, JSON for programs; notes go to standard error."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class OutputFormat(StrEnum):
    """How a command prints its result."""

    table = "table"
    json = "json"


OutputOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="How to print.")]


def say(text: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print a line that is not part of the result: progress, hints."""
    sys.stderr.write(f"{text}\n")


def print_json(value: object) -> None:
    """Print ``value`` as indented JSON; times and paths become text."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


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
    Console(width=None if sys.stdout.isatty() else 200).print(table)
