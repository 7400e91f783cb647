"""What a step of a state machine is worked out from, and what it comes to: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gluepot.jobs.workflows.paths import Json
    from gluepot.jobs.workflows.resources import Work
    from gluepot.jobs.workflows.state import Execution


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A state machine: its document, and what resources stand for that gluepot does not have."""

    name: str
    document: Mapping[str, Any]
    resources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """How the work of a task stands.

    Attributes:
        begun: What a state that does not wait for the end is given.
        ended: Whether it has ended.
        output: The result, if it succeeded.
        error: The error's name, if it did not; ``cause`` says more.
        cause: A sentence, or JSON as text.
        alive: Whether somebody is at work on it.
    """

    begun: Json = None
    ended: bool = False
    output: Json = None
    error: str | None = None
    cause: str | None = None
    alive: bool = True


@dataclass(frozen=True, kw_only=True)
class Start:
    """Work to be started under a token; ``waits`` says whether its state waits for the end."""

    token: str
    work: Work
    waits: bool = True


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened: in which state, if in one, of which branch, and the details."""

    type: str
    state: str | None = None
    branch: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one step comes to.

    Attributes:
        execution: How far it is now.
        starts: Work to be started, in this order.
        stops: The tokens of work to be stopped.
        events: What happened, in this order.
        due: When the next step is due, if nothing ends before; None once it has ended.
    """

    execution: Execution
    starts: tuple[Start, ...]
    stops: tuple[str, ...]
    events: tuple[Event, ...]
    due: datetime | None
