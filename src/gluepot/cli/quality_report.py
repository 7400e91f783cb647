"""``gluepot quality report``: where the reports of a run lie, or the same made anew elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.output import note, print_json, say
from gluepot.cli.quality_results import GateOption, RunId, found_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.run_context.store import GateResult
    from gluepot.transforms.quality import ReportContext, ReportPaths

app = typer.Typer()


@app.command()
def report(  # noqa: PLR0913 - one parameter is one option of the command
    run_id: RunId,
    *,
    gate: GateOption = None,
    json_report: Annotated[bool, typer.Option("--json", help="The JSON beside the page.")] = False,
    junit: Annotated[bool, typer.Option("--junit", help="JUnit's XML beside the page.")] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="Make the files anew, into this folder.")
    ] = None,
    validation: Annotated[
        bool, typer.Option("--validation", help="Print Great Expectations' validation JSON.")
    ] = False,
) -> None:
    """Print the path of a run's report, one line for each gate."""
    from gluepot.transforms.quality.report import paths_beside  # noqa: PLC0415

    found = found_results("run", run_id, gate=gate)
    if validation:
        _print_validation(found)
        return
    for item in found:
        paths = paths_beside(Path(item.html_report)) if to is None else _made(item, to)
        path = paths.json if json_report else paths.junit if junit else paths.html
        say(str(path))
        if not path.is_file():
            note(f"That file is not there any more; `--to FOLDER` makes it anew from {item.id}")


def _print_validation(found: Sequence[GateResult]) -> None:
    from gluepot.transforms.quality import QualityResult  # noqa: PLC0415
    from gluepot.transforms.quality.suites.validation import validation_result  # noqa: PLC0415

    told = [
        validation_result(QualityResult.from_json(item.result), _context(item)) for item in found
    ]
    print_json(told[0] if len(told) == 1 else told)


def _made(item: GateResult, folder: Path) -> ReportPaths:
    from gluepot.transforms.quality import QualityResult, write_report  # noqa: PLC0415

    result = QualityResult.from_json(item.result)
    return write_report(result, folder=folder, context=_context(item))


def _context(item: GateResult) -> ReportContext:
    """Return what the report of a kept result tells beside it, with what was kept before it."""
    from gluepot.transforms.quality import EarlierResult, ReportContext  # noqa: PLC0415

    before = [
        one
        for one in found_results("job", item.job_name, gate=item.gate)
        if one.number < item.number and one.subject == item.subject
    ]
    if item.created_at is None:
        raise AssertionError(f"{item.id} was never kept")
    return ReportContext(
        job_name=item.job_name,
        run_id=item.run_id,
        checked_at=item.created_at,
        table=item.table,
        earlier=[
            EarlierResult.of(one.created_at, one.result)
            for one in reversed(before)
            if one.created_at is not None
        ],
    )
