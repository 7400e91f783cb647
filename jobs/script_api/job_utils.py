# ruff: noqa: N803, N815  (names and signatures are Glue's)
"""Jobs defined and changed from a notebook, by a Glue server.

Which server that is say boto3's own settings, such as ``AWS_ENDPOINT_URL_GLUE``.

Source: the awsglue library's ``devutils`` module.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_READ_ONLY = ("createdOn", "lastModifiedOn")


def _api_name(attribute: str) -> str:
    return attribute[0].upper() + attribute[1:]


class _Part:
    """A part of a job, as the API has it."""

    def as_dict(self) -> dict[str, Any]:
        """Return the part by the API's names."""
        return {_api_name(name): value for name, value in vars(self).items()}


@dataclass
class ExecutionProperty(_Part):
    """How many runs of a job there may be at once."""

    maxConcurrentRuns: int = 1


@dataclass
class Command(_Part):
    """What a job runs: ``glueetl``, and where its script lies."""

    name: str
    scriptLocation: str


@dataclass
class Connections(_Part):
    """The names of the connections that a job uses."""

    connections: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Job:
    """A job's definition, to be filled in."""

    name: str = field(default="", init=False)
    description: str = field(default="", init=False)
    logUri: str = field(default="", init=False)
    role: str = field(default="", init=False)
    executionProperty: ExecutionProperty = field(default_factory=ExecutionProperty, init=False)
    command: Command = field(default_factory=lambda: Command("glueetl", ""), init=False)
    defaultArguments: dict[str, str] = field(default_factory=dict, init=False)
    connections: Connections = field(default_factory=Connections, init=False)
    maxRetries: int = field(default=0, init=False)
    allocatedCapacity: int = field(default=0, init=False)
    createdOn: datetime = field(default_factory=lambda: datetime.now(UTC), init=False)
    lastModifiedOn: datetime = field(default_factory=lambda: datetime.now(UTC), init=False)

    def as_dict(self) -> dict[str, Any]:
        """Return what is filled in, by the API's names."""
        found = {}
        for each in fields(self):
            value = getattr(self, each.name)
            plain = value.as_dict() if isinstance(value, _Part) else value
            if plain not in ("", 0, {}, {"Connections": []}):
                found[_api_name(each.name)] = plain
        return found

    def as_job_create_dict(self) -> dict[str, Any]:
        """Return the request that creates the job."""
        without = {_api_name(name) for name in _READ_ONLY}
        return {name: value for name, value in self.as_dict().items() if name not in without}

    def as_job_update_dict(self) -> dict[str, Any]:
        """Return the ``JobUpdate`` of the request that changes the job."""
        return {name: value for name, value in self.as_job_create_dict().items() if name != "Name"}


class GlueJobUtils:
    """Reads, creates, changes and deletes jobs.

    Args:
        glue_context: The script's context; a server is asked, so that nothing of it is needed.
    """

    def __init__(self, glue_context: Any) -> None:  # noqa: ANN401
        import boto3  # noqa: PLC0415 - most scripts do without

        _ = glue_context
        # Requests are made of Job's fields, which the client's own types say nothing of.
        self.s3: Any = boto3.resource("s3")
        self.glue: Any = boto3.client("glue")

    def get_jobs(self, nextToken: str = "") -> dict[str, Any]:
        """Return a page of ``jobs``, and the ``NextToken`` of the one after it if there is one."""
        page = self.glue.get_jobs(**({"NextToken": nextToken} if nextToken else {}))
        found: dict[str, Any] = {"jobs": [_job_of(each) for each in page["Jobs"]]}
        return found | {name: page[name] for name in ("NextToken",) if name in page}

    def get_job(self, jobName: str) -> Job:
        """Return a job; boto3's error says when there is none."""
        return _job_of(self.glue.get_job(JobName=jobName)["Job"])

    def create_job(self, job: Job, file: str = "") -> dict[str, Any]:
        """Create a job, after its script ``file`` was put where its command looks for it.

        Raises:
            InvalidInputError: There is a file, and the command's location is no s3:// address.
        """
        self._upload(job.command.scriptLocation, file)
        answer: dict[str, Any] = self.glue.create_job(**job.as_job_create_dict())
        return answer

    def update_job(self, job: Job, file: str = "") -> dict[str, Any]:
        """Change a job; see ``create_job``."""
        self._upload(job.command.scriptLocation, file)
        answer: dict[str, Any] = self.glue.update_job(
            JobName=job.name, JobUpdate=job.as_job_update_dict()
        )
        return answer

    def delete_job(self, jobName: str) -> dict[str, Any]:
        """Delete a job."""
        answer: dict[str, Any] = self.glue.delete_job(JobName=jobName)
        return answer

    def _upload(self, location: str, file: str) -> None:
        if not file:
            return
        bucket, _, key = location.removeprefix("s3://").partition("/")
        if not location.startswith("s3://") or not bucket or not key or key.endswith("/"):
            raise InvalidInputError(
                f"a script is put at an address such as s3://bucket/script.py, not {location!r}"
            )
        self.s3.Object(bucket, key).put(Body=Path(file).read_bytes())


def _job_of(document: Mapping[str, Any]) -> Job:
    job = Job()
    for each in fields(job):
        name = _api_name(each.name)
        if name in document:
            setattr(job, each.name, _value_of(each.name, document[name]))
    return job


def _value_of(attribute: str, value: Any) -> Any:  # noqa: ANN401
    match attribute:
        case "executionProperty":
            return ExecutionProperty(value.get("MaxConcurrentRuns", 1))
        case "command":
            return Command(value.get("Name", ""), value.get("ScriptLocation", ""))
        case "connections":
            return Connections(list(value.get("Connections", ())))
        case _:
            return value
