"""``gluepot run``: what ran, when, why and with what result."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gluepot.cli.output import OutputFormat, OutputOption, print_json, print_table, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from gluepot.jobs.runs import Run, RunError

app = typer.Typer(help="Look at runs of jobs, crawls and matching.", no_args_is_help=True)

_COLUMNS = ("run", "kind", "name", "state", "queued", "duration", "trigger", "error")


@app.command("ls")
def list_runs(
    *,
    kind: Annotated[str | None, typer.Option(help="Only job, crawl or match.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Only of this job, crawler or ML transform.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
    output: OutputOption = OutputFormat.table,
) -> None:
    """List runs, newest first."""
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.jobs.runs import RunKind  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    if kind is not None and kind not in list(RunKind):
        raise InvalidInputError(f"--kind is job, crawl or match, not {kind!r}")
    with open_services(load_settings()) as services:
        wanted = None if kind is None else RunKind(kind)
        runs = services.runs.list(kind=wanted, name=name, limit=limit)
    if output is OutputFormat.json:
        print_json([_plain(run) for run in runs])
        return
    print_table(_COLUMNS, [_row(run) for run in runs])


@app.command()
def show(
    run_id: Annotated[str, typer.Argument(help="The id, as `gluepot run ls` shows it.")],
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show one run with its metrics and, when it failed, the line that did it."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        run = services.runs.get(run_id)
    if output is OutputFormat.json:
        print_json(_plain(run))
        return
    print_table(("member", "value"), _members(run))
    if run.error is not None:
        say("")
        for line in _error_lines(run.error):
            say(line)


def _row(run: Run) -> tuple[object, ...]:
    return (
        run.id,
        run.kind,
        run.name,
        run.state,
        _time(run.queued_at),
        _seconds(run.duration),
        run.trigger_name,
        None if run.error is None else run.error.message.partition("\n")[0],
    )


def _members(run: Run) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("run", run.id),
        (run.kind, run.name),
        ("state", run.state),
        ("attempt", f"{run.attempt} of at most {run.max_retries}"),
        ("previous run", run.previous_run_id),
        ("trigger", run.trigger_name),
        ("chain", run.chain_id),
        ("queued", _time(run.queued_at)),
        ("started", _time(run.started_at)),
        ("completed", _time(run.completed_at)),
        ("duration", _seconds(run.duration)),
    ]
    if not run.state.final:
        rows += [("worker", run.owner), ("lease until", _time(run.lease_expires_at))]
    rows += [(f"argument {key}", value) for key, value in sorted(run.arguments.items())]
    for key, value in sorted(run.metrics.items()):
        rows += _flat(key, value)
    return [(key, value) for key, value in rows if value is not None]


def _flat(path: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield the leaves of nested metrics with their paths: ``passes[0].sinks[0].rows``."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(f"{path}[{number}]", inner)
    else:
        yield path, f"{value:,}" if type(value) is int else value


def _error_lines(error: RunError) -> list[str]:
    where = "" if error.file is None else f" at {error.file}"
    if error.line is not None:
        where += f":{error.line}"
    lines = [f"Error{where}: {error.message}"]
    if error.source_line is not None:
        lines.append(f"    {error.source_line.strip()}")
    return lines


def _plain(run: Run) -> dict[str, Any]:
    duration = run.duration
    seconds = None if duration is None else duration.total_seconds()
    found = {**asdict(run), "duration_seconds": seconds}
    return {key: value for key, value in found.items() if value is not None}


def _time(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%d %H:%M:%S}Z"


def _seconds(duration: timedelta | None) -> str | None:
    return None if duration is None else f"{duration.total_seconds():.1f} s"
