"""A run ends when it has to, and records its end undisturbed."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.metrics.overseer import RunStopped, overseen, record_undisturbed
from gluepot.jobs.runs.state import RunKind, RunState

if TYPE_CHECKING:
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore


def _begun(runs: RunStore) -> Run:
    run = runs.enqueue(RunKind.JOB, "load")
    assert run is not None
    return runs.begin(run.id, "me", lease=timedelta(minutes=1))


def test_a_run_that_is_told_to_end_is_interrupted(runs: RunStore) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def work() -> None:
        with overseen(runs, _begun(runs)):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    with pytest.raises(RunStopped):
        work()

    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_that_records_its_end_is_not_interrupted_for_having_ended(runs: RunStore) -> None:
    before = signal.getsignal(signal.SIGTERM)
    run = _begun(runs)

    with overseen(runs, run):
        record_undisturbed()
        runs.finish(run.id, RunState.SUCCEEDED)
        time.sleep(2.5)  # The overseer looks once a second, and sees the end.

    assert runs.get(run.id).state is RunState.SUCCEEDED
    assert signal.getsignal(signal.SIGTERM) is before


def test_signals_of_a_process_without_an_overseer_are_let_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)

    record_undisturbed()

    assert signal.getsignal(signal.SIGTERM) is before
