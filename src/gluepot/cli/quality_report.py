"""``gluepot quality report``: where the reports of a run lie."""

from __future__ import annotations

from typing import Annotated

import typer

from gluepot.cli.output import note, say
from gluepot.cli.quality_results import GateOption, RunId, found_results

app = typer.Typer()


@app.command()
def report(
    run_id: RunId,
    *,
    gate: GateOption = None,
    json_report: Annotated[bool, typer.Option("--json", help="The JSON beside the page.")] = False,
) -> None:
    """Print the path of a run's report, one line for each gate."""
    from pathlib import Path  # noqa: PLC0415

    for item in found_results("run", run_id, gate=gate):
        path = item.json_report if json_report else item.html_report
        say(path)
        if not Path(path).is_file():
            note(f"That file is not there any more; `gluepot quality show {run_id}` has the result")
