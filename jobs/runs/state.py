"""A run: one execution of a job, a crawler or an ML transform's task, and its states.

States only move forward: WAITING, STARTING, RUNNING, STOPPING, and then one of the final ones.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=5)
"""Bounds of the wait before a failed run is tried again."""


class RunKind(StrEnum):
    """What is run."""

    JOB = "job"
    CRAWL = "crawl"
    MATCH = "match"
    CALL = "call"
    """A request over HTTP that a state machine makes."""
    BLUEPRINT = "blueprint"
    """A template that is read, or of which a workflow is made."""
    QUALITY = "quality"
    """Rulesets evaluated on a table, or one recommended for it."""


class RunState(StrEnum):
    """Where a run stands, in AWS Glue's words."""

    WAITING = "WAITING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"

    @property
    def final(self) -> bool:
        """Return whether a run in this state has ended."""
        return self not in _OPEN

    @property
    def leased(self) -> bool:
        """Return whether a run in this state is in the hands of a worker."""
        return self in _LEASED


_OPEN = frozenset({RunState.WAITING, RunState.STARTING, RunState.RUNNING, RunState.STOPPING})
_LEASED = _OPEN - {RunState.WAITING}


@dataclass(frozen=True, kw_only=True)
class Target:
    """A job or a crawler."""

    kind: RunKind
    name: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run of a target ended."""

    target: Target
    state: RunState


@dataclass(frozen=True, kw_only=True)
class RunError:
    """Why a run failed; for a script, the line of the user's code that raised.

    ``advice`` says what helps, where the cause is a known one.
    """

    message: str
    file: str | None = None
    line: int | None = None
    source_line: str | None = None
    advice: str | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it is recorded.

    ``attempt`` counts from 0; a retry is a run of its own whose ``previous_run_id`` is the run
    that failed. ``chain_id`` is shared by all runs that descend from one fire of one trigger.
    ``queued_at``, ``started_at`` (the work began) and ``completed_at`` are aware, in UTC.
    ``settings`` are members of AWS Glue's JobRun or MLTaskRun that the run was started with.
    A run that waits does so until ``not_before``, and while ``held_below`` or more others of its
    name are under way. ``progress`` is what is done of the work at hand.
    """

    id: str
    kind: RunKind
    name: str
    state: RunState
    attempt: int
    max_retries: int
    arguments: Mapping[str, str]
    trigger_name: str | None
    chain_id: str
    previous_run_id: str | None
    queued_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    error: RunError | None
    metrics: Mapping[str, Any]
    owner: str | None
    lease_expires_at: datetime | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None
    held_below: int | None = None
    progress: Mapping[str, Any] | None = None

    @property
    def outcome(self) -> Outcome:
        """Return of what this was a run, and in which state it is."""
        return Outcome(target=Target(kind=self.kind, name=self.name), state=self.state)

    @property
    def duration(self) -> timedelta | None:
        """Return how long the work took, or None while it has not both begun and ended."""
        if self.started_at is None or self.completed_at is None:
            return None
        return self.completed_at - self.started_at

    @property
    def retried(self) -> bool:
        """Return whether another attempt follows, so that this end is not the last word.

        Only FAILED is retried: AWS Glue does not start a job again that reached its timeout.
        """
        return self.state is RunState.FAILED and self.attempt < self.max_retries


@dataclass(frozen=True, kw_only=True)
class RunRules:
    """What a job says of each of its runs.

    Attributes:
        max_concurrent: So many may be under way at once; None for as many as there are.
        queues: Whether one too many waits for its turn; otherwise it fails.
        settings: Members of AWS Glue's JobRun that a run has unless it is given others.
        max_retries: How often a failed one is started again; None where nothing is said of it.
    """

    max_concurrent: int | None = None
    queues: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_retries: int | None = None


@dataclass(frozen=True, kw_only=True)
class Chain:
    """All runs that descend from one begin.

    Attributes:
        runs: The oldest first.
        open: Whether one has not ended, or another may still follow from one that has.
    """

    runs: tuple[Run, ...]
    open: bool


def new_run_id(kind: RunKind) -> str:
    """Return a fresh id of the form that AWS Glue gives runs of this kind."""
    if kind is RunKind.JOB:
        return f"jr_{secrets.token_hex(32)}"
    prefix = {RunKind.MATCH: "tsk", RunKind.QUALITY: "dqrun"}.get(kind)
    return str(uuid.uuid4()) if prefix is None else f"{prefix}-{secrets.token_hex(20)}"


def retry_run_id(run: Run) -> str:
    """Return the id of the attempt after ``run``; those of a job share all but their suffix.

    Source: Glue's API reference, JobRun: ``jr_..._attempt_N``.
    """
    if run.kind is not RunKind.JOB:
        return new_run_id(run.kind)
    return f"{run.id.partition('_attempt_')[0]}_attempt_{run.attempt + 1}"


def retry_delay(run: Run) -> timedelta:
    """Return how long the attempt after ``run`` waits: 2 s, then twice as long each time.

    At most 5 minutes, less up to a half by the run's id: runs that failed together, because a
    store was overloaded, do not come back together. The same run always waits as long.
    """
    whole = min(FIRST_DELAY * 2.0 ** min(run.attempt, 30), LONGEST_DELAY)
    digest = hashlib.sha256(run.id.encode()).digest()
    return whole * (1 - int.from_bytes(digest[:4]) / 2**33)
