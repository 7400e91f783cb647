"""Where runs of workflows stand, counted by the database and not run by run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.console.flow.strip import Mark
from gluepot.jobs.runs.state import Chain
from gluepot.jobs.workflows.runs import status_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gluepot.console.asking import Ask
    from gluepot.jobs.workflows.runs import WorkflowRun


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A run of a workflow, and how it stands.

    Attributes:
        run: The run.
        status: In AWS Glue's words.
        states: How many runs of jobs and crawlers in it are in which state.
        ended_at: When the last of them ended; None while one goes on.
    """

    run: WorkflowRun
    status: str
    states: Mapping[str, int]
    ended_at: datetime | None

    @property
    def mark(self) -> Mark:
        """Return the run as one of many; one that hides failures is marked as failed."""
        seconds = None
        if self.ended_at is not None:
            seconds = (self.ended_at - self.run.started_at).total_seconds()
        return Mark(
            id=self.run.id, state=self.shown, queued_at=self.run.started_at, seconds=seconds
        )

    @property
    def shown(self) -> str:
        """Return its status; FAILED where it is COMPLETED with runs that failed."""
        failed = sum(self.states.get(state, 0) for state in ("FAILED", "TIMEOUT", "ERROR"))
        return "FAILED" if self.status == "COMPLETED" and failed else self.status


def standings(ask: Ask, runs: Sequence[WorkflowRun]) -> dict[str, Standing]:
    """Return how runs stand, by their ids."""
    tallies = ask.services.runs.tallies(run.id for run in runs)
    found = {}
    for run in runs:
        tally = tallies.get(run.id)
        is_open = tally is not None and tally.open
        status = status_of(run, Chain(runs=(), open=is_open))
        ended = run.ended_at or (None if tally is None else tally.ended_at)
        found[run.id] = Standing(
            run=run,
            status=status,
            states={} if tally is None else {str(k): v for k, v in tally.states.items()},
            ended_at=None if status in {"RUNNING", "STOPPING"} else ended,
        )
    return found
