"""Jobs of the Glue API: those that it has stored, and those that files define."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.operations.named import Family, create, delete, without
from gluepot.jobs.definitions.job_documents import (
    KnownJob,
    check_capacity,
    file_job,
    show_job,
    stored_job,
)
from gluepot.jobs.definitions.model import list_jobs
from gluepot.jobs.definitions.stored_jobs import KIND
from gluepot.jobs.operations.filtered import filtered
from gluepot.jobs.parameters.special_parameters import check_parameters

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.jobs.operations.stores import ApiStores

PAGE = 1000

LARGEST_ARGUMENTS = 260 * 1024
"""Bytes of all arguments of a job. Source: Glue's quotas."""


def _show(definition: Definition) -> Document:
    return show_job(stored_job(definition))


JOBS = Family(kind=KIND, resource="job", show=_show)


def create_job(stores: ApiStores, call: Call, request: Document) -> Document:
    """Create a job.

    Raises:
        AlreadyExistsError: The name is taken, maybe by a file.
        InvalidInputError: Its members exclude each other.
    """
    name = request["Name"]
    document = without(request, "Name", "Tags")
    _check(document)
    if name in list_jobs(stores.conf_dir):
        raise AlreadyExistsError(KIND, name)
    create(JOBS, stores.objects, call, name, definition=document, tags=request.get("Tags"))
    return {"Name": name}


def get_job(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a job."""
    return {"Job": show_job(find_job(stores, request["JobName"]))}


def get_jobs(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of jobs by name."""
    fetch = partial(_page, stores)
    return call.tokens.page(request, "Jobs", fetch, _name, most=PAGE, show=show_job)


def list_job_names(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of the names of jobs, of those with some tags if asked."""
    has_tags = stores.tagged(call, "job", request.get("Tags"))
    fetch = filtered(partial(_names, stores), str, has_tags)
    return call.tokens.page(request, "JobNames", fetch, str, most=PAGE)


def batch_get_jobs(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the jobs of some names, and the names that no job has."""
    found, missing = [], []
    for name in dict.fromkeys(request["JobNames"]):
        try:
            found.append(show_job(find_job(stores, name)))
        except EntityNotFoundError:
            missing.append(name)
    return {"Jobs": found, "JobsNotFound": missing}


def update_job(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Replace a job's whole definition.

    Raises:
        EntityNotFoundError: There is no such job.
        InvalidInputError: The definition is not whole, or a file defines the job.
    """
    name, document = request["JobName"], request["JobUpdate"]
    _refuse_file(stores, name)
    for member in ("Role", "Command"):
        if not document.get(member):
            raise InvalidInputError(f"{member} should not be null or empty")
    _check(document)
    stores.objects.definitions.update(KIND, name, document)
    return {"JobName": name}


def delete_job(stores: ApiStores, call: Call, request: Document) -> Document:
    """Delete a job; one that is not there is no error. Its runs stay on record.

    Raises:
        InvalidInputError: A file defines the job.
    """
    _refuse_file(stores, request["JobName"])
    delete(JOBS, stores.objects, call, request["JobName"])
    return {"JobName": request["JobName"]}


def find_job(stores: ApiStores, name: str) -> KnownJob:
    """Return a job, whoever has defined it.

    Raises:
        EntityNotFoundError: There is no such job.
    """
    if name in list_jobs(stores.conf_dir):
        return file_job(stores.conf_dir, name)
    return stored_job(stores.objects.definitions.get(KIND, name))


def has_job(stores: ApiStores, name: str) -> bool:
    """Return whether there is a job of a name."""
    stored = stores.objects.definitions.find(KIND, name)
    return stored is not None or name in list_jobs(stores.conf_dir)


def check_arguments(arguments: dict[str, str]) -> None:
    """Return when all arguments together are not too large, and the special ones can be followed.

    Raises:
        InvalidInputError: They are, or one cannot.
    """
    check_parameters(arguments)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in arguments.items())
    if size > LARGEST_ARGUMENTS:
        raise InvalidInputError(
            f"The arguments have {size:,} bytes; at most {LARGEST_ARGUMENTS:,} are allowed"
        )


def _page(stores: ApiStores, after: str | None, limit: int) -> list[KnownJob]:
    files = [name for name in list_jobs(stores.conf_dir) if after is None or name > after]
    stored = stores.objects.definitions.page(KIND, after=after, limit=limit)
    found: dict[str, KnownJob] = {item.name: stored_job(item) for item in stored}
    found |= {name: file_job(stores.conf_dir, name) for name in files[:limit]}
    return [found[name] for name in sorted(found)][:limit]


def _names(stores: ApiStores, after: str | None, limit: int) -> list[str]:
    """Return a page of names; no file is read for them."""
    files = [name for name in list_jobs(stores.conf_dir) if after is None or name > after]
    stored = stores.objects.definitions.page(KIND, after=after, limit=limit)
    return sorted({*files, *(item.name for item in stored)})[:limit]


def _refuse_file(stores: ApiStores, name: str) -> None:
    if name in list_jobs(stores.conf_dir):
        raise InvalidInputError(
            f"Job {name} is defined by a file of {stores.conf_dir / 'jobs'}; change it there"
        )


def _check(document: dict[str, Any]) -> None:
    check_capacity(document)
    check_arguments(
        {**document.get("DefaultArguments", {}), **document.get("NonOverridableArguments", {})}
    )
    runs = document.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
    if runs < 1:
        raise InvalidInputError(f"MaxConcurrentRuns is {runs}; it is at least 1")
    if document.get("MaxRetries", 0) < 0:
        raise InvalidInputError("Max retries should be non-negative.")


def _name(job: KnownJob) -> str:
    return job.name


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on definitions of jobs."""
    return {
        "BatchGetJobs": partial(batch_get_jobs, stores),
        "CreateJob": partial(create_job, stores),
        "DeleteJob": partial(delete_job, stores),
        "GetJob": partial(get_job, stores),
        "GetJobs": partial(get_jobs, stores),
        "ListJobs": partial(list_job_names, stores),
        "UpdateJob": partial(update_job, stores),
    }
