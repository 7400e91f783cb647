"""Earlier values of what rules measure, for dynamic bounds and anomalies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class History(Protocol):
    """Values of earlier runs in the same evaluation context.

    The contract: values that someone has excluded are not returned, and a run that is still
    going on has none.
    """

    def values(self, subject: str, limit: int) -> Sequence[float]:
        """Return up to ``limit`` earlier values of a subject, newest first."""


@dataclass(frozen=True, kw_only=True)
class KeptHistory:
    """History over the statistics of earlier runs, oldest first."""

    runs: Sequence[Mapping[str, float]] = ()

    def values(self, subject: str, limit: int) -> Sequence[float]:
        """Return up to ``limit`` earlier values of a subject, newest first."""
        found = [run[subject] for run in reversed(self.runs) if subject in run]
        return found[:limit]


NO_HISTORY = KeptHistory()
"""That of a first run."""
