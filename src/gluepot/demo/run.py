"""The demo's story: land, crawl, trigger, transform, check; a second day; what to look at next."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gluepot.applying import apply_definitions
from gluepot.cli.output import note, say
from gluepot.demo.landing import first_files, land, second_files
from gluepot.demo.project_folder import FOLDER, make_project
from gluepot.demo.telling import tell_night, tell_result
from gluepot.executors import build_executors
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.services import open_services
from gluepot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.jobs.runs.state import Run
    from gluepot.services import Services

TRIGGER = "nightly"
SUMMARY = "demo.json"


def run_demo(*, keep: bool) -> int:
    """Run the demo in ``./gluepot-demo`` and return the exit code.

    What happened is also written to ``.gluepot/demo.json`` there.
    """
    started = time.monotonic()
    project = make_project(FOLDER, keep=keep)
    os.chdir(project)  # so that the demo reads its own gluepot.toml, and its child processes too
    with open_services(load_settings()) as services:
        _chapter("1. Raw files land on S3: CSV by day, JSON lines, Parquet")
        say(land(services.s3, first_files()))
        apply_definitions(services)
        _chapter("2. The trigger starts the crawl, and its success starts the jobs")
        first = _night(services)
        _chapter("3. Another day's flights land; the second night reads only what is new")
        say(land(services.s3, second_files()))
        second = _night(services)
        _chapter("4. The result")
        tell_result(services)
        summary = {"first": _plain(first), "second": _plain(second)}
        file = services.settings.home / SUMMARY
        file.write_text(json.dumps(summary, indent=2, default=str))
    note(f"\nThe demo took {time.monotonic() - started:.0f} s.")
    return 0 if all(run.state is RunState.SUCCEEDED for run in (*first, *second)) else 1


def _chapter(title: str) -> None:
    say(f"\n{title}\n{'-' * len(title)}")
    sys.stdout.flush()


def _night(services: Services) -> tuple[Run, ...]:
    """Fire the trigger, let a scheduler work until all is done, and tell what its runs did."""
    firing = Firing(clock=services.clock, runs=services.runs, triggers=services.triggers)
    (crawl,) = firing.fire_now(TRIGGER)
    scheduler = Scheduler(
        services.runs,
        services.triggers,
        build_executors(services),
        services.clock,
        services.owner(),
    )
    scheduler.run(threading.Event(), until_idle=True)
    chain = [run for run in services.runs.list(limit=100) if run.chain_id == crawl.chain_id]
    runs = tuple(sorted(chain, key=lambda run: run.queued_at))
    tell_night(services, runs)
    return runs


def _plain(runs: Iterable[Run]) -> list[dict[str, Any]]:
    return [asdict(run) for run in runs]
