"""Where a job's script comes from: a file, an S3, or a function of an installed package."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.jobs.definitions.model import ENTRY_POINT
from gluepot.jobs.errors import LaunchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.run_context.stores import Stores

LARGEST_SCRIPT_BYTES = 64 * 1024 * 1024


class MissingScriptError(LaunchError):
    """The script of a job is not where it is said to be."""


def is_entry_point(location: str) -> bool:
    """Return whether a location is a function of a package.

    >>> is_entry_point("flows.daily:main"), is_entry_point("s3://bucket/main.py")
    (True, False)
    """
    return ENTRY_POINT.fullmatch(location) is not None


def at_location(job: JobDefinition, arguments: Mapping[str, str]) -> JobDefinition:
    """Return a script job with the script that ``--scriptLocation`` names instead of its own."""
    location = arguments.get("scriptLocation")
    if location is None or job.pipeline is not None:
        return job
    return replace(job, location=location, file=Path(location), script=None)


def check_script(job: JobDefinition, stores: Stores) -> None:
    """See that a job's script can be had, before anything is started for it.

    A package is looked for by the run itself: its arguments may bring it.

    Raises:
        MissingScriptError: It cannot; the sentence says where it was looked for.
    """
    location = job.location
    if location is None or is_entry_point(location):
        return
    try:
        found = stores.open(location).read(location, 0, 1)
    except StorageError as error:
        raise MissingScriptError(f"The script of job {job.name} cannot be read: {error}") from error
    if not found:
        raise MissingScriptError(f"The script {location} of job {job.name} is empty")


def with_script(job: JobDefinition, stores: Stores, folder: Path) -> JobDefinition:
    """Return the job with its script on this machine, fetched into ``folder`` if it is not.

    Raises:
        StorageError: The script cannot be read.
        MissingScriptError: The package or module of its function is not there.
        LaunchError: It is larger than any script is.
    """
    if job.location is None:
        return job
    if is_entry_point(job.location):
        file = _module_file(job.name, job.location)
        return replace(job, file=file, script=file)
    data = stores.open(job.location).read(job.location, 0, LARGEST_SCRIPT_BYTES + 1)
    if len(data) > LARGEST_SCRIPT_BYTES:
        raise LaunchError(
            f"The script {job.location} of job {job.name} is larger than {LARGEST_SCRIPT_BYTES:,}"
            " bytes; is it the right object?"
        )
    script = folder / (Path(job.location).name or "script.py")
    folder.mkdir(parents=True, exist_ok=True)
    script.write_bytes(data)
    return replace(job, file=script, script=script)


def _module_file(name: str, location: str) -> Path:
    module = location.partition(":")[0]
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise MissingScriptError(
            f"Job {name} runs {location}, but there is no module {module}; install its package, or"
            " give it by --extra-py-files or --additional-python-modules"
        )
    return Path(spec.origin)
