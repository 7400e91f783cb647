"""``gluepot scheduler``: the process that fires triggers and carries out runs."""

from __future__ import annotations

import contextlib
import logging
import threading
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.output import note
from gluepot.signals import ended_by_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.scheduling.pruning import Pruning
    from gluepot.jobs.scheduling.scheduler import Scheduler
    from gluepot.jobs.triggers.event_queues import Listener
    from gluepot.services import Services

QUEUE_POLL = timedelta(seconds=2)
"""How long the queues of events are left alone between two looks."""


class Role(StrEnum):
    """Which part of the work a process does."""

    all = "all"
    scheduler = "scheduler"
    worker = "worker"


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
    role: Annotated[
        Role, typer.Option(help="Only fire triggers (scheduler), only carry out runs (worker).")
    ] = Role.all,
) -> None:
    """Fire triggers and carry out runs until SIGTERM or Ctrl-C.

    The first signal lets the runs in hand end, the second ends the process at once; what it
    leaves behind is retried when its lease has run out. Several may share one database.
    """
    from gluepot.jobs.triggers.event_queues import Listener  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415
    from gluepot.telemetry import configure_tracing  # noqa: PLC0415

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("gluepot").setLevel(logging.INFO)
    stop = threading.Event()
    with open_services(load_settings()) as services:
        configure_tracing(services, "gluepot-scheduler")
        scheduler = _scheduler(services, role, slots, timedelta(seconds=lease_seconds))
        listener = Listener(services.triggers, lambda: services.s3)
        with (
            ended_by_signals(stop, _tell_of_end),
            _listening(listener, role, stop, once=once or until_idle),
            _posting(services, role, stop, once=once or until_idle),
            _standing_by(services, role, stop, once=once or until_idle),
        ):
            if once:
                scheduler.step()
                stop.set()
            elif not until_idle:
                note(f"Scheduler {services.owner()} is at work; Ctrl-C ends it")
            scheduler.run(stop, until_idle=until_idle)


def _scheduler(services: Services, role: Role, slots: int, lease: timedelta) -> Scheduler:
    from gluepot.executors import build_executors  # noqa: PLC0415
    from gluepot.jobs.scheduling.scheduler import Scheduler  # noqa: PLC0415

    return Scheduler(
        services.runs,
        services.triggers,
        {} if role is Role.scheduler else build_executors(services),
        services.clock,
        services.owner(),
        slots=slots,
        lease=lease,
        crawlers=services.crawlers,
        workflows=services.workflows,
        fires=role is not Role.worker,
        pruning=_pruning(services),
    )


def _pruning(services: Services) -> Pruning | None:
    from gluepot.jobs.scheduling.pruning import Pruning  # noqa: PLC0415

    days = services.settings.history.days
    if days == 0:
        return None
    return Pruning(services.engine, services.clock, keep=timedelta(days=days))


@contextlib.contextmanager
def _listening(
    listener: Listener, role: Role, stop: threading.Event, *, once: bool
) -> Iterator[None]:
    """Bring the events of queues to their triggers beside the block, or once before it."""
    if role is Role.worker:
        yield
        return
    if once:
        listener.step()
        yield
        return
    # Its requests take as long as the network lets them: the clock must not wait for that.
    thread = threading.Thread(
        target=listener.listen, args=(stop,), kwargs={"poll": QUEUE_POLL}, daemon=True
    )
    thread.start()
    yield
    thread.join()


@contextlib.contextmanager
def _posting(
    services: Services, role: Role, stop: threading.Event, *, once: bool
) -> Iterator[None]:
    """Tell of what happens to runs beside the block; workers leave that to schedulers."""
    from gluepot.posting import posting  # noqa: PLC0415

    if role is Role.worker:
        yield
        return
    with posting(services, stop, once=once):
        yield


@contextlib.contextmanager
def _standing_by(
    services: Services, role: Role, stop: threading.Event, *, once: bool
) -> Iterator[None]:
    """Keep a driver standing by beside the block, where the settings want one."""
    if once or role is Role.scheduler or not services.settings.spark.standby:
        yield
        return
    from gluepot.jobs.launchers.standby_keeper import StandbyKeeper  # noqa: PLC0415
    from gluepot.jobs.process import lifeline  # noqa: PLC0415
    from gluepot.jobs.standby.choosing import FOLDER  # noqa: PLC0415
    from gluepot.launching import launch_settings  # noqa: PLC0415

    with lifeline.held(services.settings.home / FOLDER) as alive:
        keeper = StandbyKeeper(lambda: launch_settings(services), alive)
        thread = threading.Thread(target=keeper.keep, args=(stop,), daemon=True)
        thread.start()
        yield
        thread.join()


def _tell_of_end(name: str) -> None:
    note(f"{name}: no new runs; waiting for those in hand")
