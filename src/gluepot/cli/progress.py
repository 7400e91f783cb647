"""How far long work is, shown while it lasts: at a terminal, and never in a pipe."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, TypeVar

from gluepot.cli.manner import manner, watched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.progress import Progress

Item = TypeVar("Item")


@contextlib.contextmanager
def working(what: str) -> Iterator[None]:
    """Show that work of unknown length goes on inside the block, and since when."""
    if not watched():
        yield
        return
    with _bars("{task.description}", total=False) as bars:
        bars.add_task(what, total=None)
        yield


def counted(items: Iterable[Item], what: str, *, total: int | None = None) -> Iterator[Item]:
    """Yield the items, and show how many of them went by.

    Args:
        items: What is worked on.
        what: What they are, such as ``requests``.
        total: How many there are; None where nobody knows beforehand.
    """
    if not watched():
        yield from items
        return
    with _bars("{task.completed:,.0f} {task.description}", total=total is not None) as bars:
        task = bars.add_task(what, total=total)
        for item in items:
            yield item
            bars.advance(task)


def _bars(text: str, *, total: bool) -> Progress:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    shown = (BarColumn(), TimeRemainingColumn()) if total else ()
    coloured = manner().colours(sys.stderr)
    console = Console(stderr=True, no_color=not coloured)
    columns = (SpinnerColumn(), TextColumn(text), *shown, TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
