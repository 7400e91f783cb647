"""Notifications as ``conf/notifications/*.yaml`` defines them: who hears of what, and how."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.jobs.notifications.errors import NotificationError
from gluepot.jobs.parameters.secret_references import has_references

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "notifications"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"
_REFERENCE = r"^\{\{(env|file):[^{}]+\}\}$"

Reference = Annotated[str, Field(pattern=_REFERENCE)]
"""Where a secret is: ``{{env:NAME}}`` of the scheduler's environment, or ``{{file:/path}}``."""


class Occasion(StrEnum):
    """What a notification may be about."""

    STARTED = "started"
    SUCCESS = "success"
    FAILURE = "failure"
    """The last word: no attempt follows any more."""

    RETRY = "retry"
    """A failed attempt that another follows."""

    STOPPED = "stopped"
    DELAY = "delay"
    """A run has been in its state for longer than its NotifyDelayAfter."""

    QUALITY = "quality"
    """Rules of a quality gate did not hold, whether or not that ended the run."""


class Subject(StrEnum):
    """What something happened to."""

    JOB = "job"
    CRAWLER = "crawler"
    WORKFLOW = "workflow"
    TASK = "task"
    """A task of an ML transform."""

    TABLE = "table"
    """A table, or files, whose quality a run looked at."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WebhookChannel(_Part):
    """An HTTP POST of EventBridge's JSON, signed where a secret is given."""

    type: Literal["webhook"]
    url: str = Field(repr=False)
    secret: Reference | None = None
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    timeout_seconds: float = Field(default=10, gt=0, le=60)
    source: Literal["gluepot", "aws.glue"] = "gluepot"

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        check_url(url)
        return url

    @property
    def place(self) -> str:
        """Return where it goes, without what may be secret."""
        return self.url if has_references(self.url) else str(urlsplit(self.url).hostname)


class EmailChannel(_Part):
    """A mail, as text and as HTML."""

    type: Literal["email"]
    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str | None = None
    user: str | None = None
    password: Reference | None = None
    sender: str
    to: tuple[str, ...] = Field(min_length=1)
    timeout_seconds: float = Field(default=20, gt=0, le=60)

    @property
    def place(self) -> str:
        """Return who gets it."""
        return ", ".join(self.to)


class SnsChannel(_Part):
    """A message to a topic of Amazon SNS; credentials come from boto3's own chain."""

    type: Literal["sns"]
    topic_arn: str = Field(pattern=r"^arn:[^:]+:sns:[^:]+:\d{12}:.+$")
    endpoint_url: str | None = None
    source: Literal["gluepot", "aws.glue"] = "gluepot"
    timeout_seconds: float = Field(default=10, gt=0, le=60)

    @property
    def place(self) -> str:
        """Return the topic."""
        return self.topic_arn


class EventBridgeChannel(_Part):
    """PutEvents on a bus; AWS refuses sources that begin with ``aws.`` there."""

    type: Literal["eventbridge"]
    bus: str = "default"
    region: str | None = None
    endpoint_url: str | None = None
    source: str = Field(default="gluepot", pattern=r"^[A-Za-z0-9_.-]{1,256}$")
    timeout_seconds: float = Field(default=10, gt=0, le=60)

    @field_validator("source")
    @classmethod
    def _check_source(cls, source: str) -> str:
        if source.startswith("aws."):
            raise ValueError("source cannot begin with aws. on a bus: AWS keeps these for itself")
        return source

    @property
    def place(self) -> str:
        """Return the bus."""
        return self.bus


Channel = WebhookChannel | EmailChannel | SnsChannel | EventBridgeChannel


def check_url(url: str) -> None:
    """Check that a URL can be posted to; one that is a reference is checked when it is used.

    Raises:
        ValueError: It is not of HTTP, or has no host.
    """
    if has_references(url):
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("url is http:// or https:// with a host")


class Notification(_Part):
    """Who hears of what.

    Without ``jobs``, ``crawlers``, ``workflows`` and ``tables`` it is about all of them; with any,
    about those alone whose names match one of the patterns (``*`` and ``?``, case-sensitive).

    Attributes:
        name: The file's name without its ending.
        description: For people.
        events: The occasions.
        jobs: Patterns of names.
        crawlers: As above.
        workflows: As above.
        tables: As above, ``database.table``: of those that rulesets are evaluated on.
        link: Where to look at what happened; ``{kind}``, ``{name}`` and ``{id}`` stand for it.
        channel: How it is told.
    """

    name: str = Field(pattern=_NAME)
    description: str = ""
    events: tuple[Occasion, ...] = Field(min_length=1)
    jobs: tuple[str, ...] | None = None
    crawlers: tuple[str, ...] | None = None
    workflows: tuple[str, ...] | None = None
    tables: tuple[str, ...] | None = None
    link: str | None = None
    channel: Channel = Field(discriminator="type")

    def wants(self, occasion: Occasion, subject: Subject, name: str) -> bool:
        """Return whether it is to tell of an occasion of something of that name."""
        return occasion in self.events and self._is_about(subject, name)

    def _is_about(self, subject: Subject, name: str) -> bool:
        patterns = {
            Subject.JOB: self.jobs,
            Subject.CRAWLER: self.crawlers,
            Subject.WORKFLOW: self.workflows,
            Subject.TABLE: self.tables,
        }
        if all(value is None for value in patterns.values()):
            return True
        return any(fnmatchcase(name, pattern) for pattern in patterns.get(subject) or ())


def read_notification(file: Path) -> Notification:
    """Return what a file defines.

    Raises:
        NotificationError: It is not YAML, or says what cannot be; values are not repeated.
    """
    try:
        value: Any = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotificationError(f"{file}: {error}") from error
    if not isinstance(value, dict):
        raise NotificationError(f"{file}: a definition is a mapping of keys to values")
    try:
        return Notification(**{"name": file.stem, **value})
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise NotificationError(f"{file}: {faults}") from None
    except TypeError as error:  # keys that are no text, such as `on`, which YAML takes for true
        raise NotificationError(f"{file}: {error}") from error


def read_notifications(conf_dir: Path) -> tuple[list[Notification], list[NotificationError]]:
    """Return what the files define, and the faults of those that define nothing."""
    found: list[Notification] = []
    faults: list[NotificationError] = []
    for file in sorted((conf_dir / FOLDER).glob("*.yaml")):
        try:
            found.append(read_notification(file))
        except NotificationError as error:
            faults.append(error)
    return found, faults


def find_notification(conf_dir: Path, name: str) -> Notification:
    """Return a notification.

    Raises:
        EntityNotFoundError: No file defines it.
        NotificationError: Its file has faults.
    """
    found, faults = read_notifications(conf_dir)
    for one in found:
        if one.name == name:
            return one
    if faults:
        raise NotificationError("; ".join(str(fault) for fault in faults))
    raise EntityNotFoundError("Notification", name)
