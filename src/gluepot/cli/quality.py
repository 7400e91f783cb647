"""``gluepot quality``: rules checked, what they found, run after run, and the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli import quality_check, quality_convert, quality_profile, quality_report
from gluepot.cli.names import completed
from gluepot.cli.output import OutputFormat, OutputOption, print_data, print_table, say
from gluepot.cli.quality_results import GateOption, RunId, found_results, print_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.run_context.store import GateResult

app = typer.Typer(help="Data-quality rules: checks, results, reports.", no_args_is_help=True)
for _part in (quality_check.app, quality_report.app, quality_convert.app, quality_profile.app):
    app.add_typer(_part)

RulesOption = Annotated[
    str | None, typer.Option("--gate", "--ruleset", help="Only of this gate or ruleset.")
]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")]
_SUMMARY = ("when", "run", "gate", "verdict", "score", "rows", "failed rules")


@app.command()
def history(
    name: Annotated[
        str,
        typer.Argument(
            help="A table, database.table; a file; or a job.", autocompletion=completed("Table")
        ),
    ],
    *,
    gate: RulesOption = None,
    limit: LimitOption = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show the trend of each rule of a table or file; of a job, what its gates found."""
    from gluepot.cli.quality_trend import print_trends, trends_of  # noqa: PLC0415
    from gluepot.jobs.quality.model import Subject  # noqa: PLC0415

    found = found_results("job", _full(name), gate=gate, limit=limit)
    if found[0].subject is Subject.JOB:
        _print_summaries(found, output)
    elif output.is_data:
        print_data([trend.to_json() for trend in trends_of(found)], output)
    else:
        print_trends(trends_of(found))


@app.command()
def results(
    *,
    table: Annotated[str | None, typer.Option(help="Only of this table.")] = None,
    job: Annotated[str | None, typer.Option(help="Only of this job.")] = None,
    gate: RulesOption = None,
    limit: LimitOption = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List results, newest first; `gluepot quality show ID` has the rules of one."""
    from gluepot.jobs.quality.model import Subject  # noqa: PLC0415
    from gluepot.jobs.quality.tables import quality_results  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    columns = quality_results.c
    where = [] if table is None else [columns["table"] == table]
    if job is not None:
        where += [columns.job_name == job, columns.subject == Subject.JOB]
    if gate is not None:
        where.append(columns.gate == gate)
    with open_services(load_settings()) as services:
        found = services.jobs.quality.list(where=where, limit=limit)
    if output.is_data:
        print_data([_summary(item) for item in found], output)
        return
    print_table(
        ("when", "result", "of", "gate", "verdict", "score", "failed rules"),
        [
            (
                item.created_at,
                item.id,
                item.job_name,
                item.gate,
                item.result["verdict"],
                f"{item.result['score']:.0%}",
                ", ".join(_failed(item)),
            )
            for item in found
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
    from gluepot.transforms.quality import QualityResult  # noqa: PLC0415

    found = found_results("run", run_id, gate=gate)
    if output.is_data:
        print_data([_summary(item) | {"result": item.result} for item in found], output)
        return
    for number, item in enumerate(found):
        if number:
            say("")
        print_result(QualityResult.from_json(item.result), item.html_report)


def _full(name: str) -> str:
    """Return a name as results have it: of a file that is there, its whole path."""
    from pathlib import Path  # noqa: PLC0415

    return str(Path(name).absolute()) if Path(name).exists() else name


def _print_summaries(found: Sequence[GateResult], output: OutputFormat) -> None:
    if output.is_data:
        print_data([_summary(item) for item in found], output)
        return
    print_table(
        _SUMMARY,
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


def _failed(item: GateResult) -> list[str]:
    return [rule["name"] for rule in item.result["rules"] if not rule["passed"]]


def _summary(item: GateResult) -> dict[str, Any]:
    result = item.result
    return {
        "id": item.id,
        "checked_at": item.created_at,
        "run_id": item.run_id,
        "job": item.job_name,
        "gate": item.gate,
        "on_failure": item.on_failure,
        "verdict": result["verdict"],
        "score": result["score"],
        "row_count": result["row_count"],
        "failed": _failed(item),
        "html_report": item.html_report,
        "json_report": item.json_report,
    }
