"""What a Task state starts: its Resource read, and its parameters turned into a run.

Sources: Step Functions developer guide, "Start an AWS Glue job", "Call HTTPS APIs", and
"AWS SDK service integrations".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.workflows.faults import RUNTIME, StateFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.workflows.paths import Json

JOB = "arn:aws:states:::glue:startJobRun"
CRAWLER = "arn:aws:states:::aws-sdk:glue:startCrawler"
CRAWLER_SYNC = "arn:aws:states:::glue:startCrawler.sync"
HTTP = "arn:aws:states:::http:invoke"

RUN_MEMBERS = (
    "Timeout",
    "SecurityConfiguration",
    "NotificationProperty",
    "WorkerType",
    "NumberOfWorkers",
    "MaxCapacity",
    "ExecutionClass",
)
"""Members of StartJobRun that a run takes over."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_REFERENCE = re.compile(r"\{\{(?:env|file|connection):[^{}]+\}\}")


class Service(StrEnum):
    """Whom a task calls."""

    JOB = "job"
    CRAWLER = "crawler"
    HTTP = "http"
    FUNCTION = "function"
    """A web address that stands for a function: its input is posted, its answer the result."""


_MEMBERS: Mapping[Service, frozenset[str]] = {
    Service.JOB: frozenset({"JobName", "Arguments", *RUN_MEMBERS}),
    Service.CRAWLER: frozenset({"Name"}),
    Service.HTTP: frozenset({"ApiEndpoint", "Method", "Headers", "QueryParameters", "RequestBody"}),
}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What a Resource means.

    Attributes:
        service: Whom it calls.
        waits: Whether the state waits for the end of what it starts.
        target: A job's name, or an address, where the resource itself says it.
    """

    service: Service
    waits: bool = True
    target: str | None = None


KNOWN: Mapping[str, Resource] = {
    JOB: Resource(service=Service.JOB, waits=False),
    f"{JOB}.sync": Resource(service=Service.JOB),
    CRAWLER: Resource(service=Service.CRAWLER, waits=False),
    CRAWLER_SYNC: Resource(service=Service.CRAWLER),
    HTTP: Resource(service=Service.HTTP),
}


def read_resource(text: str, mapping: Mapping[str, str]) -> Resource:
    """Return what a Resource means; ``mapping`` says what others stand for.

    A mapping leads to ``job:NAME`` or to an address of HTTP.

    Raises:
        InvalidInputError: It is none that there is.
    """
    if text in KNOWN:
        return KNOWN[text]
    target = mapping.get(text)
    if target is None:
        raise InvalidInputError(
            f"gluepot does not have the resource {text!r}; it has {', '.join(KNOWN)}."
            " Say what another one stands for: --resource ARN=job:NAME or ARN=https://..."
        )
    if target.startswith("job:") and len(target) > len("job:"):
        return Resource(service=Service.JOB, target=target.removeprefix("job:"))
    if target.startswith(("http://", "https://")):
        return Resource(service=Service.FUNCTION, target=target)
    raise InvalidInputError(
        f"the resource {text!r} stands for {target!r}; that is job:NAME or an address of HTTP"
    )


@dataclass(frozen=True, kw_only=True)
class Work:
    """A run to be started.

    Attributes:
        kind: Of a job, a crawler, or a call over HTTP.
        name: Of the job or crawler, or the address that is called.
        arguments: The job's own.
        settings: Members of AWS Glue's JobRun; of a call, what is sent under ``Call``.
    """

    kind: RunKind
    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def work_of(resource: Resource, given: Json, template: Json = None) -> Work:
    """Return the run that a resource starts with the parameters of its task.

    A call's headers may refer to secrets, those that the ``template`` of the parameters names:
    what comes with the data may not.

    Raises:
        StateFault: They are not what the resource takes.
    """
    if resource.service is Service.FUNCTION:
        call = {"method": "POST", "url": resource.target, "body": given, "plain": True}
        return Work(
            kind=RunKind.CALL, name=_without_query(str(resource.target)), settings={"Call": call}
        )
    if resource.target is not None:
        argument = {"--input": json.dumps(given, ensure_ascii=False)}
        return Work(kind=RunKind.JOB, name=resource.target, arguments=argument)
    if not isinstance(given, dict):
        raise StateFault(RUNTIME, "The task's parameters are an object")
    if resource.service is Service.JOB:
        return _job(given)
    if resource.service is Service.CRAWLER:
        return Work(kind=RunKind.CRAWL, name=_text(given, "Name"))
    return _call(given, template)


def _job(given: Mapping[str, Json]) -> Work:
    arguments = given.get("Arguments") or {}
    if not isinstance(arguments, dict) or not all(
        isinstance(value, str) for value in arguments.values()
    ):
        raise StateFault(RUNTIME, "Arguments is an object of texts: use States.Format for others")
    settings = {name: given[name] for name in RUN_MEMBERS if name in given}
    return Work(
        kind=RunKind.JOB, name=_text(given, "JobName"), arguments=arguments, settings=settings
    )


def _call(given: Mapping[str, Json], template: Json) -> Work:
    url, method = _text(given, "ApiEndpoint"), given.get("Method")
    if not url.startswith(("http://", "https://")) or method not in METHODS:
        raise StateFault(
            RUNTIME,
            f"ApiEndpoint is an address of HTTP, and Method one of {', '.join(METHODS)}",
        )
    for member in ("Headers", "QueryParameters"):
        if not isinstance(given.get(member, {}), dict):
            raise StateFault(RUNTIME, f"{member} is an object")
    call = {
        "method": method,
        "url": url,
        "headers": given.get("Headers", {}),
        "query": given.get("QueryParameters", {}),
        "body": given.get("RequestBody"),
        "secrets": sorted(set(_REFERENCE.findall(json.dumps(template, ensure_ascii=False)))),
    }
    return Work(kind=RunKind.CALL, name=_without_query(url), settings={"Call": call})


def _without_query(url: str) -> str:
    """Return an address as it may be shown: without user, password and query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def unknown_members(resource: Resource, given: Mapping[str, Json]) -> list[str]:
    """Return the parameters of a task that would not be heeded."""
    known = _MEMBERS.get(resource.service)
    if known is None or resource.target is not None:
        return []
    return [name for name in given if name.removesuffix(".$") not in known]


def _text(given: Mapping[str, Json], member: str) -> str:
    value = given.get(member)
    if not isinstance(value, str) or not value:
        raise StateFault(RUNTIME, f"The task's parameters have no {member}")
    return value
