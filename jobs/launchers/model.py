"""What a launcher is, and what it hands back of a run that it has started."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.runs.state import Run, RunState

REMOTE = "remote"
"""The metric of a run that says where it is at work: ``launcher``, ``id`` and more of a kind."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How what carried out a run has ended.

    Attributes:
        message: What is said of a run that did not record its own end.
        state: The run's final state, where the other side alone knows it.
        metrics: Figures that the other side tells.
    """

    message: str
    state: RunState | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)


class Handle(Protocol):
    """A run that was started."""

    @property
    def log(self) -> str:
        """Return where it writes what it says: a file, or an address."""

    @property
    def remote(self) -> Mapping[str, str] | None:
        """Return by what it is found again when this process is gone; None for a child of it."""

    @property
    def records_itself(self) -> bool:
        """Return whether the run's own process takes over the lease and records its end."""

    def poll(self, seconds: float) -> Ending | None:
        """Return how it ended, or None when it has not within ``seconds``."""

    def at_work(self) -> bool:
        """Return whether the work has begun, as the other side said last."""

    def stop(self, *, hard: bool = False) -> None:
        """Ask it to end; with ``hard``, make it."""


class Launcher(Protocol):
    """Starts runs of jobs at one place."""

    def start(self, job: JobDefinition, run: Run) -> Handle:
        """Start a run that is in the hands of this process.

        Raises:
            GluepotError: It cannot be started; the sentence says why and what would help.
        """

    def find(self, run: Run, remote: Mapping[str, str]) -> Handle | None:
        """Return a run that another process had started, or None where that leaves no trace."""

    def show(self, job: JobDefinition, arguments: Mapping[str, str]) -> str:
        """Return what ``start`` would do, to be pasted elsewhere; nothing is started."""
