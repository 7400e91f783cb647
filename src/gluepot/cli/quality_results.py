"""Kept results that the commands of ``gluepot quality`` look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.output import print_table, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.run_context.store import GateResult
    from gluepot.transforms.quality import QualityResult

RESULT_PREFIX = "dqresult-"

RunId = Annotated[
    str, typer.Argument(help="A run, as `gluepot run ls` shows it, or a result's id.")
]
GateOption = Annotated[str | None, typer.Option("--gate", help="Only of this gate.")]


def found_results(
    kind: str, name: str, *, gate: str | None, limit: int = 1000
) -> Sequence[GateResult]:
    """Return the results of a job or of a run, which must have some."""
    from gluepot.catalog.errors import EntityNotFoundError  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        if name.startswith(RESULT_PREFIX):
            return [services.jobs.quality.get(name)]
        found = services.jobs.list_gates(
            job_name=name if kind == "job" else None,
            run_id=name if kind == "run" else None,
            gate=gate,
            limit=limit,
        )
    if not found:
        of_gate = "" if gate is None else f" and gate {gate}"
        raise EntityNotFoundError(f"A quality result of {kind}", f"{name}{of_gate}")
    return found


def print_result(result: QualityResult, report: str) -> None:
    """Print every rule of a result in plain words, with what was found and what it must be."""
    from gluepot.transforms.quality.page import RuleView  # noqa: PLC0415

    held = sum(rule.passed for rule in result.rules)
    say(f"{result.name}: {result.verdict}, {held} of {len(result.rules)} rules hold")
    say(f"{result.row_count:,} rows; {report}")
    say("")
    views = [RuleView.of(rule) for rule in result.rules]
    print_table(
        ("state", "rule", "found", "must be", "notes"),
        [
            (
                view.state,
                view.sentence,
                None if view.observed is None else view.observed.text,
                view.bound,
                " ".join(filter(None, (view.description, *view.notes))),
            )
            for view in views
        ],
    )
