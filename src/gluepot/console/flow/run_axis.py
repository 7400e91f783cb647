"""The axis of a run: its attempts, what else its trigger or workflow began, and Spark's stages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gluepot.console.flow.axis import Bar, on_axis
from gluepot.console.flow.run_rights import visible
from gluepot.console.page import href

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gluepot.console.asking import Ask
    from gluepot.jobs.runs.state import Run

MOST_RUNS = 40
MOST_STAGES = 40
AXES = ("all", "run")
"""Everything that began together, or this run's attempts alone."""


def run_axis(ask: Ask, run: Run) -> dict[str, Any] | None:
    """Return a run on its axis; the address says by ``axis`` what else is on it."""
    chain = ask.services.runs.list(where=_of_chain(run), limit=MOST_RUNS * 10)
    seen = visible(ask, [each for each in reversed(chain) if each.id != run.id])
    own = [each for each in seen if (each.kind, each.name) == (run.kind, run.name)]
    shown = own if ask.option("axis") == "run" else seen
    near = sorted([*shown, run], key=lambda each: each.queued_at)
    bars = [_bar(each, run) for each in _around(near, run)]
    found = on_axis([*bars, *_stages(run)], ask.now)
    left_out = len(near) - len(bars) + max(0, _known_stages(run) - MOST_STAGES)
    return found and {**found, "left_out": left_out, "others": len(seen) > len(own)}


def _of_chain(run: Run) -> list[Any]:
    from gluepot.jobs.runs.tables import runs  # noqa: PLC0415 - its columns make the condition

    return [runs.c.chain_id == run.chain_id]


def _around(runs: Sequence[Run], own: Run) -> Sequence[Run]:
    """Return as many runs as are shown, those nearest in time to the one that it is about."""
    at = next(number for number, each in enumerate(runs) if each.id == own.id)
    start = max(0, min(at - MOST_RUNS // 2, len(runs) - MOST_RUNS))
    return runs[start : start + MOST_RUNS]


def _bar(run: Run, own: Run) -> Bar:
    attempt = f", attempt {run.attempt + 1}" if run.attempt else ""
    return Bar(
        label=f"{run.kind} {run.name}{attempt}",
        queued_at=run.queued_at,
        start=run.started_at,
        end=run.completed_at,
        state=run.state,
        href=None if run.id == own.id else href("run", id=run.id),
        own=run.id == own.id,
    )


def _known_stages(run: Run) -> int:
    return len(run.metrics.get("stage_times", ()))


def _stages(run: Run) -> Iterator[Bar]:
    for each in run.metrics.get("stage_times", ())[:MOST_STAGES]:
        ended = each["completed_at"]
        failed = f", {each['failed_tasks']} failed" if each["failed_tasks"] else ""
        yield Bar(
            label=f"stage {each['stage']}: {each['name'].partition(' at ')[0]},"
            f" {each['tasks']} tasks{failed}",
            queued_at=None,
            start=datetime.fromisoformat(each["started_at"]),
            end=None if ended is None else datetime.fromisoformat(ended),
        )
