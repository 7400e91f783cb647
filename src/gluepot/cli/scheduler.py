"""``gluepot scheduler``: the process that fires triggers and carries out runs."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

app = typer.Typer(
    help="The process that fires triggers and carries out runs.", no_args_is_help=True
)


@app.callback()
def _noun() -> None:
    """Keep `run` a command of its own."""


@app.command()
def run(
    *,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing waits, runs or is due.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="Make one pass, and end with the runs it took.")
    ] = False,
    slots: Annotated[int, typer.Option(min=1, help="Runs carried out at a time.")] = 2,
    lease_seconds: Annotated[
        float, typer.Option(min=1, help="How soon a dead worker's runs are taken for lost.")
    ] = 60,
) -> None:
    """Fire triggers and carry out runs until SIGTERM or Ctrl-C.

    The first signal lets the runs in hand end, the second ends the process at once; what it
    leaves behind is retried when its lease has run out. Several may share one database.
    """
    from gluepot.executors import build_executors  # noqa: PLC0415
    from gluepot.jobs.scheduler import Scheduler  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("gluepot").setLevel(logging.INFO)
    stop = threading.Event()
    with open_services(load_settings()) as services:
        scheduler = Scheduler(
            services.runs,
            services.triggers,
            build_executors(services),
            services.clock,
            services.owner(),
            slots=slots,
            lease=timedelta(seconds=lease_seconds),
            crawlers=services.crawlers,
            workflows=services.workflows,
        )
        with _signals_set(stop):
            if once:
                scheduler.step()
                stop.set()
            elif not until_idle:
                note(f"Scheduler {services.owner()} is at work; Ctrl-C ends it")
            scheduler.run(stop, until_idle=until_idle)


@contextlib.contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """Let the first SIGTERM or SIGINT set ``stop``, and the second end the process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def ask(number: int, _frame: FrameType | None) -> None:
        note(f"{signal.Signals(number).name}: no new runs; waiting for those in hand")
        stop.set()
        # Not Python's own handler: KeyboardInterrupt would wait for the threads of the runs.
        for each in before:
            signal.signal(each, signal.SIG_DFL)

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
