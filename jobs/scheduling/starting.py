"""Runs of jobs put into the queue: anew, again, and for each day of a range."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, InvalidStateError
from gluepot.jobs.definitions.job_documents import most_runs, run_settings
from gluepot.jobs.errors import ConcurrentRunsError
from gluepot.jobs.parameters.special_parameters import check_parameters
from gluepot.jobs.runs.lease import process_gone
from gluepot.jobs.runs.state import RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

MOST_BACKFILL = 10_000
STEPS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "week": timedelta(weeks=1)}
FORMATS = {"day": "%Y-%m-%d", "hour": "%Y-%m-%dT%H", "week": "%Y-%m-%d"}


def start(  # noqa: PLR0913  what its caller knows of a run
    runs: RunStore,
    job: JobDefinition,
    arguments: Mapping[str, str],
    *,
    owner: str | None = None,
    lease: timedelta | None = None,
    previous: Run | None = None,
    waits: bool = False,
) -> Run:
    """Record a run of a job; without an owner it waits for a worker.

    Args:
        runs: Where it is recorded.
        job: What is run.
        arguments: Those of this run, over the job's own.
        owner: Whose it is at once.
        lease: For how long.
        previous: What it is to do again.
        waits: Whether it waits for its turn when as many runs as may be are under way, even if
            its job says otherwise.

    Raises:
        ConcurrentRunsError: As many runs of the job as may be are under way.
        InvalidInputError: A special parameter cannot be followed.
    """
    check_parameters(arguments)
    given = {} if previous is None else dict(previous.settings)
    settings = {**run_settings(job.members, {}), **given}
    most = most_runs(job.members)
    with runs.transaction() as connection:
        inside = runs.within(connection)
        over = inside.count_open(RunKind.JOB, job.name) >= most
        if over and (owner is not None or not (waits or settings.get("JobRunQueuingEnabled"))):
            raise ConcurrentRunsError(
                f"Job {job.name} has as many runs under way as it may have, {most}: wait for one,"
                " stop one, or raise max_concurrent_runs"
            )
        run = inside.enqueue(
            RunKind.JOB,
            job.name,
            arguments=arguments,
            owner=owner,
            lease=lease,
            max_retries=job.max_retries,
            previous_run_id=None if previous is None else previous.id,
            settings=settings,
            held_below=most if over else None,
        )
    if run is None:
        raise AssertionError("a run without a unique key is always recorded")
    return run


def again(runs: RunStore, job: JobDefinition, ended: Run, *, only_failed: bool = False) -> Run:
    """Queue a run with the arguments and settings of one that has ended.

    Raises:
        InvalidStateError: That has not ended, or, with ``only_failed``, it has succeeded.
        ConcurrentRunsError: As many runs of the job as may be are under way.
    """
    if not ended.state.final:
        raise InvalidStateError(f"Run {ended.id} is {ended.state}; it can be run again at its end")
    if only_failed and ended.state is RunState.SUCCEEDED:
        raise InvalidStateError(
            f"Run {ended.id} has succeeded; `gluepot run rerun` runs it again all the same"
        )
    return start(runs, job, ended.arguments, previous=ended)


def backfill(  # noqa: PLR0913  what there is to say of a range
    runs: RunStore,
    job: JobDefinition,
    first: datetime,
    last: datetime,
    *,
    argument: str,
    step: str = "day",
    form: str | None = None,
    arguments: Mapping[str, str] | None = None,
) -> tuple[Run, ...]:
    """Queue a run for each step from ``first`` to ``last``, both included, all or none of them.

    They run in their order, as many at once as the job allows.

    Args:
        runs: Where they are recorded.
        job: What is run.
        first: The first day, or hour.
        last: The last one.
        argument: The name of the argument that says which one a run is for.
        step: ``day``, ``hour`` or ``week``.
        form: How the argument is written, as strftime has it; else ISO 8601.
        arguments: Further arguments of each run.

    Raises:
        InvalidInputError: The range is empty or too long, or the step is none of those.
    """
    if step not in STEPS:
        raise InvalidInputError(f"A step is {', '.join(STEPS)}, not {step!r}")
    count = (last - first) // STEPS[step] + 1
    if count < 1:
        raise InvalidInputError(f"From {first:%Y-%m-%d} to {last:%Y-%m-%d} there is nothing")
    if count > MOST_BACKFILL:
        raise InvalidInputError(f"{count:,} runs are more than a backfill has: {MOST_BACKFILL:,}")
    with runs.transaction() as connection:
        inside = runs.within(connection)
        return tuple(
            start(
                inside,
                job,
                {
                    **(arguments or {}),
                    argument: (first + number * STEPS[step]).strftime(form or FORMATS[step]),
                },
                waits=True,
            )
            for number in range(count)
        )


def end(runs: RunStore, run_id: str) -> Run:
    """Ask for the end of a run; one whose process is gone from this machine is STOPPED at once.

    Raises:
        EntityNotFoundError: There is no such run.
    """
    run = runs.stop(run_id)
    if not run.state.final and process_gone(run.owner):
        return runs.finish(run_id, RunState.STOPPED)
    return run
