"""The run that a script is in: what the script API finds of it, and its ledger."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.metrics.pass_metrics import PassMetrics
from gluepot.jobs.writing.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.metrics.observed import RowCount
    from gluepot.jobs.run_context.workshop import Workshop


@dataclass(kw_only=True)
class ScriptRun:
    """What the script API finds of the run it is in.

    Attributes:
        workshop: The run's stores.
        bookmark: Whether the job keeps a bookmark; ``Job.init`` may say otherwise.
        paused: Whether the bookmark is read and not moved.
        between: The runs that bound what a paused bookmark reads: after the first one's input, up
            to and with the second one's.
        repeated: Whether a pass of this run repeated the input of a dead run.
    """

    workshop: Workshop
    bookmark: bool
    paused: bool = False
    between: tuple[str, str] | None = None
    repeated: bool = False
    counts: dict[str, RowCount] = field(default_factory=dict)
    _ledger: Ledger | None = None
    _metrics: PassMetrics | None = None

    @property
    def ledger(self) -> Ledger:
        """Return the ledger of the pass; a commit ends it, and the next begins."""
        if self._ledger is None:
            self._ledger = Ledger(
                self.workshop,
                bookmark=self.bookmark,
                paused=self.paused,
                between=self._versions_between(),
            )
            self._metrics = PassMetrics(self.workshop, self._ledger)
            self.repeated = self.repeated or self._ledger.repeats_input
        return self._ledger

    def _versions_between(self) -> tuple[int, int] | None:
        if self.between is None:
            return None
        store, name = self.workshop.jobs.bookmarks, self.workshop.job_name
        first, last = (store.version_at(name, run_id) for run_id in self.between)
        return first, last

    @property
    def metrics(self) -> PassMetrics:
        """Return the figures of the pass."""
        if self._metrics is None:
            self._metrics = PassMetrics(self.workshop, self.ledger)
        return self._metrics

    def commit(self) -> None:
        """Move the bookmark and end the pass."""
        self.ledger.commit()
        self.end_pass()

    def end_pass(self) -> None:
        """Put the figures of the pass into the run's record."""
        if self._ledger is None:
            return
        self.metrics.add_rows(self.counts)
        self.metrics.record()
        self.counts.clear()
        self._ledger = self._metrics = None


_current: ContextVar[ScriptRun | None] = ContextVar("gluepot_script_run", default=None)


def current_run() -> ScriptRun:
    """Return the run that the script is in.

    Raises:
        LaunchError: The script was not started as a job.
    """
    found = find_run()
    if found is None:
        raise LaunchError(
            "This script has no catalog. Start it by `gluepot job run NAME` (from conf/jobs), or by"
            ' spark-submit --properties-file "$(gluepot job properties)" SCRIPT'
        )
    return found


def enter_run(run: ScriptRun) -> ScriptRun:
    """Make ``run`` the current one until the process ends."""
    _current.set(run)
    return run


def find_run() -> ScriptRun | None:
    """Return the run that the script is in, or None where it was not started as a job."""
    return _current.get()


@contextlib.contextmanager
def running(run: ScriptRun) -> Iterator[ScriptRun]:
    """Make ``run`` the current one inside the block."""
    token = _current.set(run)
    try:
        yield run
    finally:
        _current.reset(token)
