"""Kept results that the commands of ``gluepot quality`` look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.store import GateResult

RunId = Annotated[str, typer.Argument(help="The id, as `gluepot run ls` shows it.")]
GateOption = Annotated[str | None, typer.Option("--gate", help="Only of this gate.")]


def found_results(
    kind: str, name: str, *, gate: str | None, limit: int = 1000
) -> Sequence[GateResult]:
    """Return the results of a job or of a run, which must have some."""
    from gluepot.catalog.errors import EntityNotFoundError  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
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
