"""``gluepot quality``: what rules found, run after run, and where the reports lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.output import OutputFormat, OutputOption, note, print_json, print_table, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.store import GateResult

app = typer.Typer(help="Results and reports of data-quality rules.", no_args_is_help=True)

RunId = Annotated[str, typer.Argument(help="The id, as `gluepot run ls` shows it.")]
GateOption = Annotated[str | None, typer.Option("--gate", help="Only of this gate.")]


@app.command()
def history(
    job: Annotated[str, typer.Argument(help="The job's name.")],
    *,
    gate: GateOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List what a job's gates found, newest first."""
    found = _found("job", job, gate=gate, limit=limit)
    if output is OutputFormat.json:
        print_json([_summary(item) for item in found])
        return
    print_table(
        ("when", "run", "gate", "verdict", "score", "rows", "failed rules"),
        [
            (
                item["checked_at"],
                item["run_id"],
                item["gate"],
                item["verdict"],
                f"{item['score']:.0%}",
                item["row_count"],
                ", ".join(item["failed"]),
            )
            for item in map(_summary, found)
        ],
    )


@app.command()
def show(
    run_id: RunId,
    *,
    gate: GateOption = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show every rule of a run: what was found, and what it must be."""
    found = _found("run", run_id, gate=gate)
    if output is OutputFormat.json:
        print_json([_summary(item) | {"result": item.result} for item in found])
        return
    for number, item in enumerate(found):
        if number:
            say("")
        _show(item)


@app.command()
def report(
    run_id: RunId,
    *,
    gate: GateOption = None,
    json_report: Annotated[bool, typer.Option("--json", help="The JSON beside the page.")] = False,
) -> None:
    """Print the path of a run's report, one line for each gate."""
    from pathlib import Path  # noqa: PLC0415

    for item in _found("run", run_id, gate=gate):
        path = item.json_report if json_report else item.html_report
        say(path)
        if not Path(path).is_file():
            note(f"That file is not there any more; `gluepot quality show {run_id}` has the result")


def _found(kind: str, name: str, *, gate: str | None, limit: int = 1000) -> Sequence[GateResult]:
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


def _summary(item: GateResult) -> dict[str, Any]:
    result = item.result
    return {
        "checked_at": item.created_at,
        "run_id": item.run_id,
        "job": item.job_name,
        "gate": item.gate,
        "on_failure": item.on_failure,
        "verdict": result["verdict"],
        "score": result["score"],
        "row_count": result["row_count"],
        "failed": [rule["name"] for rule in result["rules"] if not rule["passed"]],
        "html_report": item.html_report,
        "json_report": item.json_report,
    }


def _show(item: GateResult) -> None:
    from gluepot.transforms.quality import QualityResult  # noqa: PLC0415
    from gluepot.transforms.quality.page import RuleView  # noqa: PLC0415

    result = QualityResult.from_json(item.result)
    held = sum(rule.passed for rule in result.rules)
    say(f"{item.gate}: {result.verdict}, {held} of {len(result.rules)} rules hold")
    say(f"{result.row_count:,} rows; {item.html_report}")
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
                " ".join(view.notes),
            )
            for view in views
        ],
    )
