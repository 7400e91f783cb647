"""``gluepot run``: what ran, when, why and with what result."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.cli.names import completed
from gluepot.cli.output import (
    OutputFormat,
    OutputOption,
    next_step,
    note,
    print_data,
    print_table,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from gluepot.jobs.runs.rows import RunEvent
    from gluepot.jobs.runs.store import Run, RunError
    from gluepot.services import Services

app = typer.Typer(help="Look at runs of jobs, crawls and matching.", no_args_is_help=True)

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M"]
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
    from gluepot.jobs.runs.documents import plain_run  # noqa: PLC0415
    from gluepot.jobs.runs.store import RunKind  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    if kind is not None and kind not in list(RunKind):
        raise InvalidInputError(f"--kind is job, crawl or match, not {kind!r}")
    with open_services(load_settings()) as services:
        wanted = None if kind is None else RunKind(kind)
        runs = services.runs.list(kind=wanted, name=name, limit=limit)
    if output.is_data:
        print_data([plain_run(run) for run in runs], output)
        return
    print_table(_COLUMNS, [_row(run) for run in runs])


@app.command()
def show(
    run_id: Annotated[
        str,
        typer.Argument(
            help="The id, as `gluepot run ls` shows it.", autocompletion=completed("Run")
        ),
    ],
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show one run: its metrics and history and, when it failed, the line that did it."""
    from gluepot.jobs.metrics.spark_figures import hints  # noqa: PLC0415
    from gluepot.jobs.runs.documents import plain_run  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        run = services.runs.get(run_id)
        events = services.runs.events(run_id)
    hinted = hints(run.metrics)
    if output.is_data:
        history = [{"event": item.event, "at": item.at, "detail": item.detail} for item in events]
        print_data({**plain_run(run), "hints": hinted, "history": history}, output)
        return
    print_table(("member", "value"), _members(run))
    say("")
    print_table(("event", "at", "detail"), [_told(event) for event in events])
    for hint in hinted:
        say(f"Hint: {hint}")
    if run.error is not None:
        say("")
        for line in _error_lines(run.error):
            say(line)


@app.command()
def logs(
    run_id: Annotated[
        str,
        typer.Argument(
            help="The id, as `gluepot run ls` shows it.", autocompletion=completed("Run")
        ),
    ],
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")
    ] = False,
    executor: Annotated[
        str | None, typer.Option("--executor", help="Of this executor instead of the driver.")
    ] = None,
) -> None:
    """Print what a run has said; with -f also what it says, wherever it is at work."""
    from gluepot.jobs.runs.logs import read_driver_log, read_executor_log  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    known = load_settings()
    with open_services(known) as services:
        if executor is None:
            told = _Progress().tell if follow else None
            parts = read_driver_log(
                services.runs, run_id, known.home, follow=follow, on_progress=told
            )
        else:
            parts = read_executor_log(services.runs, run_id, executor, follow=follow)
        for part in parts:
            sys.stdout.write(part)
            sys.stdout.flush()
        if follow:
            note(f"{services.runs.get(run_id).state}")


@app.command()
def stop(
    run_id: Annotated[
        str,
        typer.Argument(
            help="The id, as `gluepot run ls` shows it.", autocompletion=completed("Run")
        ),
    ],
) -> None:
    """Ask a run to end: it cleans up first, and is killed when that takes too long."""
    from gluepot.jobs.scheduling.starting import end  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        say(f"{run_id}: {end(services.runs, run_id).state}")


@app.command()
def retry(
    run_id: Annotated[
        str,
        typer.Argument(help="Of a run that has not succeeded.", autocompletion=completed("Run")),
    ],
    output: OutputOption = OutputFormat.table,
) -> None:
    """Queue a run that failed, with its arguments and settings; a worker takes it up."""
    _again(run_id, output, only_failed=True)


@app.command()
def rerun(
    run_id: Annotated[
        str,
        typer.Argument(
            help="Of a run that has ended, however it has.", autocompletion=completed("Run")
        ),
    ],
    output: OutputOption = OutputFormat.table,
) -> None:
    """Queue a run again with the same arguments and settings; a worker takes it up."""
    _again(run_id, output, only_failed=False)


def _again(run_id: str, output: OutputFormat, *, only_failed: bool) -> None:
    from gluepot.jobs.scheduling.starting import again  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        ended = _job_run(services, run_id)
        job = services.job_book.load(ended.name)
        queued = again(services.runs, job, ended, only_failed=only_failed)
    _print_queued([queued], output)


@app.command()
def backfill(  # noqa: PLR0913 - one parameter is one option of the command
    job_name: Annotated[
        str, typer.Argument(metavar="JOB", help="The job.", autocompletion=completed("Job"))
    ],
    *,
    first: Annotated[
        datetime, typer.Option("--from", formats=_TIMES, help="The first day or hour.")
    ],
    last: Annotated[datetime, typer.Option("--to", formats=_TIMES, help="The last one.")],
    argument: Annotated[
        str, typer.Option(help="The argument that says which day a run is for.")
    ] = "day",
    step: Annotated[str, typer.Option(help="day, hour or week.")] = "day",
    form: Annotated[
        str | None, typer.Option("--format", help="How the argument is written: %Y/%m/%d.")
    ] = None,
    arg: Annotated[
        list[str] | None, typer.Option("--arg", help="A further argument: key=value.")
    ] = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Queue a run for each day of a range, in their order, as many at once as the job allows."""
    from gluepot.cli.job import pairs  # noqa: PLC0415
    from gluepot.jobs.scheduling.starting import backfill as queue_all  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        queued = queue_all(
            services.runs,
            services.job_book.load(job_name),
            first,
            last,
            argument=argument,
            step=step,
            form=form,
            arguments=pairs("--arg", arg),
        )
    _print_queued(queued, output)


def _job_run(services: Services, run_id: str) -> Run:
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415

    run = services.runs.get(run_id)
    if run.kind != "job":
        raise InvalidInputError(f"Run {run_id} is a {run.kind}; only runs of jobs are run again")
    return run


def _print_queued(queued: Sequence[Run], output: OutputFormat) -> None:
    from gluepot.jobs.parameters.secret_references import hide_plain  # noqa: PLC0415
    from gluepot.jobs.runs.documents import plain_run  # noqa: PLC0415

    if output.is_data:
        print_data([plain_run(run) for run in queued], output)
        return
    for run in queued:
        shown = hide_plain(run.arguments)
        words = " ".join(f"{key}={value}" for key, value in shown.items())
        say(f"{run.id} {words}".rstrip())
    next_step("gluepot scheduler run, or gluepot serve: a worker takes them up")


class _Progress:
    """Tells on standard error what a run is at work on, where that has changed."""

    def __init__(self) -> None:
        self._told = ""

    def tell(self, run: Run) -> None:
        stages = (run.progress or {}).get("stages", ())
        words = ", ".join(
            f"stage {item['stage']}: {item['done']}/{item['tasks']}" for item in stages
        )
        if words and words != self._told:
            self._told = words
            note(f"[{words} tasks]")


def _told(event: RunEvent) -> tuple[object, ...]:
    detail = event.detail or {}
    return event.event, _time(event.at), " ".join(f"{key}={value}" for key, value in detail.items())


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
    from gluepot.jobs.parameters.secret_references import hide_plain  # noqa: PLC0415
    from gluepot.jobs.runs.documents import flat_metrics  # noqa: PLC0415

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
    shown = hide_plain(run.arguments)
    rows += [(f"argument {key}", value) for key, value in sorted(shown.items())]
    rows += flat_metrics(run.metrics)
    return [(key, value) for key, value in rows if value is not None]


def _error_lines(error: RunError) -> list[str]:
    where = "" if error.file is None else f" at {error.file}"
    if error.line is not None:
        where += f":{error.line}"
    lines = [f"Error{where}: {error.message}"]
    if error.source_line is not None:
        lines.append(f"    {error.source_line.strip()}")
    if error.advice is not None:
        lines.append(f"Advice: {error.advice}")
    return lines


def _time(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%d %H:%M:%S}Z"


def _seconds(duration: timedelta | None) -> str | None:
    return None if duration is None else f"{duration.total_seconds():.1f} s"
