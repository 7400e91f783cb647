"""Runs as the rows of a table of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gluepot.jobs.runs.state import Run

SHOWN_ERROR = 200


def listed(run: Run) -> dict[str, Any]:
    """Return a run as a row of a table of runs."""
    duration = run.duration
    return {
        "id": run.id,
        "kind": run.kind,
        "name": run.name,
        "state": run.state,
        "attempt": run.attempt,
        "queued_at": run.queued_at,
        "seconds": None if duration is None else duration.total_seconds(),
        "trigger": run.trigger_name,
        "error": None if run.error is None else run.error.message.strip()[:SHOWN_ERROR],
    }
