"""What Retry and Catch do about an error.

Source: states-language.net, "Errors", "Retrying after error" and "Fallback states".
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gluepot.jobs.workflows.faults import (
    ALL,
    BRANCH_FAILED,
    HEARTBEAT_TIMEOUT,
    TASK_FAILED,
    TIMEOUT,
    UNCAUGHT_BY_ALL,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.jobs.workflows.functions import Chance

INTERVAL = 1
ATTEMPTS = 3
BACKOFF = 2.0
LONGEST = 31_622_400
"""Seconds in a leap year: the longest wait there is."""

_TIMEOUTS = frozenset({TIMEOUT, HEARTBEAT_TIMEOUT})


def catches(names: Iterable[str], error: str, *, of_branch: bool) -> bool:
    """Return whether ``ErrorEquals`` has an error; ``of_branch`` if a branch ended in it."""
    for name in names:
        if name == error or (of_branch and name == BRANCH_FAILED):
            return True
        if name == ALL and error not in UNCAUGHT_BY_ALL:
            return True
        if name == TASK_FAILED and error not in _TIMEOUTS | UNCAUGHT_BY_ALL:
            return True
        if name == TIMEOUT and error == HEARTBEAT_TIMEOUT:
            return True
    return False


def retrier_for(
    retriers: Sequence[Mapping[str, Any]], error: str, *, of_branch: bool
) -> int | None:
    """Return the place of the first retrier that has an error, or None."""
    for number, retrier in enumerate(retriers):
        if catches(retrier["ErrorEquals"], error, of_branch=of_branch):
            return number
    return None


def wait_before(retrier: Mapping[str, Any], used: int, chance: Chance) -> timedelta | None:
    """Return how long to wait before the next try, or None when there is none left.

    ``used`` is how often the retrier was used; with full jitter the wait is drawn.
    """
    if used >= retrier.get("MaxAttempts", ATTEMPTS):
        return None
    longest = retrier.get("MaxDelaySeconds", LONGEST)
    seconds = float(retrier.get("IntervalSeconds", INTERVAL))
    for _ in range(used):
        if seconds >= longest:
            break
        seconds *= retrier.get("BackoffRate", BACKOFF)
    seconds = min(seconds, longest)
    if retrier.get("JitterStrategy") == "FULL":
        seconds = chance.generator().uniform(0, seconds)
    return timedelta(seconds=seconds)
