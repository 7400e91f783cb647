"""Job runs of the Glue API, and the bookmarks that they leave."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError, GluepotError, InvalidInputError
from gluepot.jobs.definitions.job_documents import most_runs, run_settings, show_bookmark, show_run
from gluepot.jobs.definitions.stored_jobs import merged_arguments
from gluepot.jobs.errors import ConcurrentRunsError
from gluepot.jobs.operations.jobs import check_arguments, find_job
from gluepot.jobs.runs.state import RunKind

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.jobs.bookmarks.store import Bookmark
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.runs.state import Run

PAGE = 200


def start_job_run(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Queue a run for the next free worker.

    Raises:
        EntityNotFoundError: There is no such job, or no such earlier run of it.
        ConcurrentRunsError: As many runs of it as may be are under way, and the job does not
            let others wait for their turn.
        InvalidInputError: Capacities or arguments cannot be.
    """
    name = request["JobName"]
    document = find_job(stores, name).document
    previous = request.get("JobRunId")
    given = request.get("Arguments")
    if previous is not None:
        earlier = _find_run(stores, name, previous)
        given = earlier.arguments if given is None else given
    arguments = merged_arguments(document, given)
    check_arguments(arguments)
    settings = run_settings(document, request)
    with stores.runs.transaction() as connection:
        runs = stores.runs.within(connection)
        most = most_runs(document)
        over = runs.count_open(RunKind.JOB, name) >= most
        if over and not settings.get("JobRunQueuingEnabled", False):
            raise ConcurrentRunsError(f"Job with name {name} already running")
        run = runs.enqueue(
            RunKind.JOB,
            name,
            arguments=arguments,
            previous_run_id=previous,
            max_retries=document.get("MaxRetries", 0),
            settings=settings,
            held_below=most if over else None,
        )
    return {"JobRunId": None if run is None else run.id}


def get_job_run(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a run of a job.

    Raises:
        EntityNotFoundError: The job has no such run.
    """
    name = request["JobName"]
    run = _find_run(stores, name, request["RunId"])
    shown = show_run(
        run, _document(stores, name), predecessors=request.get("PredecessorsIncluded", False)
    )
    return {"JobRun": shown}


def get_job_runs(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of a job's runs, the newest first.

    Raises:
        EntityNotFoundError: There is no such job.
    """
    name = request["JobName"]
    document = find_job(stores, name).document

    def fetch(after: str | None, limit: int) -> list[Run]:
        return stores.runs.list(kind=RunKind.JOB, name=name, limit=limit, after=after)

    return call.tokens.page(
        request,
        "JobRuns",
        fetch,
        lambda run: run.id,
        most=PAGE,
        show=lambda run: show_run(run, document),
    )


def batch_stop_job_run(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Stop runs of a job; each that cannot be stopped is an error of the reply."""
    name = request["JobName"]
    stopped: list[Document] = []
    errors: list[Document] = []
    for run_id in dict.fromkeys(request["JobRunIds"]):
        item = {"JobName": name, "JobRunId": run_id}
        try:
            _stop(stores, name, run_id)
        except GluepotError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": error.wire_message}
            errors.append({**item, "ErrorDetail": detail})
        else:
            stopped.append(item)
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


def get_job_bookmark(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return how far a job has read, or had read after a run.

    Raises:
        EntityNotFoundError: No run of it with a bookmark has committed, or it has no such run.
    """
    name, run_id = request["JobName"], request.get("RunId")
    found = stores.bookmarks.find(name)
    if found is not None and run_id is not None:
        version = stores.bookmarks.version_at(name, run_id)
        found = replace(found, version=version, run_id=run_id)
    return {"JobBookmarkEntry": _bookmark(stores, request["JobName"], found)}


def reset_job_bookmark(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Forget what a job has read, or what it has read after a run.

    Raises:
        EntityNotFoundError: It has no bookmark, or no such run.
    """
    name, run_id = request["JobName"], request.get("RunId")
    if run_id is None:
        found = stores.bookmarks.reset(name)
    elif stores.bookmarks.find(name) is None:
        raise NoBookmarkError("Bookmark", name)
    else:
        found = stores.bookmarks.rewind(name, run_id)
    return {"JobBookmarkEntry": _bookmark(stores, request["JobName"], found)}


class NoBookmarkError(EntityNotFoundError):
    """A job has no bookmark: ``NoBookmarkError("Bookmark", job_name)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        return f"Continuation for job {self.args[1]} not found"


def _bookmark(stores: ApiStores, name: str, found: Bookmark | None) -> Document:
    if found is None:
        raise NoBookmarkError("Bookmark", name)
    return show_bookmark(name, found.version, found.run_id, stores.bookmarks.count_files(name))


def _find_run(stores: ApiStores, job_name: str, run_id: str) -> Run:
    try:
        run = stores.runs.get(run_id)
    except EntityNotFoundError:
        raise EntityNotFoundError("Job run", run_id) from None
    if (run.kind, run.name) != (RunKind.JOB, job_name):
        raise EntityNotFoundError("Job run", run_id)
    return run


def _document(stores: ApiStores, name: str) -> Document:
    try:
        return find_job(stores, name).document
    except EntityNotFoundError:
        return {}  # The runs of a deleted job can still be looked at.


def _stop(stores: ApiStores, name: str, run_id: str) -> None:
    if _find_run(stores, name, run_id).state.final:
        raise InvalidInputError(f"Job run {run_id} has ended already")
    stores.runs.stop(run_id)


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on job runs and bookmarks."""
    return {
        "BatchStopJobRun": partial(batch_stop_job_run, stores),
        "GetJobBookmark": partial(get_job_bookmark, stores),
        "GetJobRun": partial(get_job_run, stores),
        "GetJobRuns": partial(get_job_runs, stores),
        "ResetJobBookmark": partial(reset_job_bookmark, stores),
        "StartJobRun": partial(start_job_run, stores),
    }
