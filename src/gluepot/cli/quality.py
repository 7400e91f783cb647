"""``gluepot quality``: what rules found, run after run, and where the reports lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli import quality_profile, quality_report
from gluepot.cli.output import OutputFormat, OutputOption, print_json, print_table, say
from gluepot.cli.quality_results import GateOption, RunId, found_results

if TYPE_CHECKING:
    from gluepot.jobs.store import GateResult

app = typer.Typer(help="Results and reports of data-quality rules.", no_args_is_help=True)
for _part in (quality_report.app, quality_profile.app):
    app.add_typer(_part)


@app.command()
def history(
    job: Annotated[str, typer.Argument(help="The job's name.")],
    *,
    gate: GateOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List what a job's gates found, newest first."""
    found = found_results("job", job, gate=gate, limit=limit)
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
    found = found_results("run", run_id, gate=gate)
    if output is OutputFormat.json:
        print_json([_summary(item) | {"result": item.result} for item in found])
        return
    for number, item in enumerate(found):
        if number:
            say("")
        _show(item)


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
