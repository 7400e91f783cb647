"""Bars of the stages that Spark is at work on, while a job runs in a terminal."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.cli.manner import watched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.progress import Progress, TaskID

    from gluepot.jobs.runs.store import RunStore

LOOK_SECONDS = 0.5


@contextlib.contextmanager
def shown_progress(runs: RunStore, run_id: str) -> Iterator[None]:
    """Show a bar for each stage at work inside the block; nothing where no terminal looks on."""
    if not watched():
        yield
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    done = threading.Event()
    with Progress(console=Console(stderr=True), transient=True) as bars:
        looker = threading.Thread(target=_look, args=(runs, run_id, bars, done), daemon=True)
        looker.start()
        try:
            yield
        finally:
            done.set()
            looker.join(timeout=LOOK_SECONDS)


def _look(runs: RunStore, run_id: str, bars: Progress, done: threading.Event) -> None:
    known: dict[int, TaskID] = {}
    while not done.wait(LOOK_SECONDS):
        # The run itself says what is wrong with the database; a bar is no place for it.
        with contextlib.suppress(GluepotError):
            draw(bars, known, runs.get(run_id).progress or {})


def draw(bars: Progress, known: dict[int, TaskID], progress: Mapping[str, Any]) -> None:
    """Bring bars up to what is known of the stages; those that have ended go."""
    stages = {stage["stage"]: stage for stage in progress.get("stages", ())}
    for number in known.keys() - stages.keys():
        bars.remove_task(known.pop(number))
    for number, stage in stages.items():
        if number not in known:
            words = f"stage {number}: {stage['name'].partition(' at ')[0]}"
            known[number] = bars.add_task(words, total=stage["tasks"])
        bars.update(known[number], completed=stage["done"], total=stage["tasks"])
