"""Runs as plain data for people to see: no secret that stands in an argument, no empty member."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gluepot.jobs.parameters.secret_references import hide_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.jobs.runs.state import Run

LISTS = frozenset({"stage_times"})
"""Metrics that are drawn and not listed."""


def plain_run(run: Run) -> dict[str, Any]:
    """Return the members of a run that are there, and its ``duration_seconds``."""
    duration = run.duration
    seconds = None if duration is None else duration.total_seconds()
    found = {**asdict(run), "arguments": hide_plain(run.arguments), "duration_seconds": seconds}
    return {key: value for key, value in found.items() if value is not None}


def flat_metrics(metrics: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield the leaves of metrics with their paths, by name: ``passes[0].sinks[0].rows``."""
    for key, value in sorted(metrics.items()):
        if key not in LISTS:
            yield from _flat(key, value)


def _flat(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(f"{path}[{number}]", inner)
    else:
        yield path, f"{value:,}" if type(value) is int else value
