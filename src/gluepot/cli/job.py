"""``gluepot job``: run, list, check jobs, and look at their bookmarks."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gluepot.catalog.errors import GluepotError
from gluepot.cli.exit_codes import ExitCode
from gluepot.cli.names import completed
from gluepot.cli.output import (
    OutputFormat,
    OutputOption,
    next_step,
    note,
    print_data,
    print_json,
    print_table,
    say,
    tell_error,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.model import Launcher
    from gluepot.jobs.runs.state import Run
    from gluepot.services import Services

app = typer.Typer(help="Run and inspect Spark jobs.", no_args_is_help=True)
bookmark_app = typer.Typer(help="What a job has read already.", no_args_is_help=True)
app.add_typer(bookmark_app, name="bookmark")


JobArgument = Annotated[
    str, typer.Argument(help="The job: a file of conf/jobs.", autocompletion=completed("Job"))
]


@app.command()
def run(
    name: JobArgument,
    *,
    arg: Annotated[
        list[str] | None, typer.Option("--arg", help="A job argument: key=value.")
    ] = None,
    conf: Annotated[
        list[str] | None, typer.Option("--conf", help="A Spark setting of this run: key=value.")
    ] = None,
    launcher: Annotated[
        str | None,
        typer.Option("--launcher", help="What carries it out: local, standalone, kubernetes, ..."),
    ] = None,
    print_only: Annotated[
        bool, typer.Option("--print-only", help="Only print the line or request that starts it.")
    ] = False,
) -> None:
    """Run a job by its launcher and wait for it; exit code 3 when a quality gate failed."""
    from gluepot.jobs.launchers.aws_glue import LAUNCHER_ARGUMENT  # noqa: PLC0415
    from gluepot.jobs.launchers.choose import build_launcher, launcher_name  # noqa: PLC0415
    from gluepot.jobs.parameters.secret_references import hide_plain  # noqa: PLC0415
    from gluepot.launching import launch_settings  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    given, settings_of_run = pairs("--arg", arg), pairs("--conf", conf)
    if launcher is not None:
        given[LAUNCHER_ARGUMENT] = launcher
    known = load_settings()
    with open_services(known) as services:
        job = services.job_book.load(name)
        settings = launch_settings(services)
        chosen = launcher_name(job, given, settings)
        starter = build_launcher(chosen, settings, conf=settings_of_run, echo=say)
        if print_only:
            say(starter.show(job, given))
            return
        note(starter.show(job, hide_plain(given)))
        if services.s3_ends_with_us:
            note("(the embedded S3 lives as long as this command: that line needs another S3)")
        ended = _launch(services, starter, job, given)
    _report(ended)


def _launch(
    services: Services, launcher: Launcher, job: JobDefinition, given: Mapping[str, str]
) -> Run:
    from gluepot.jobs.runs.lease import LEASE, close_gone  # noqa: PLC0415
    from gluepot.jobs.scheduling.starting import start  # noqa: PLC0415

    close_gone(services.runs, job.name)
    run = start(services.runs, job, given, owner=services.owner(), lease=LEASE)
    while (ended := _follow(services, launcher, job, run)).retried:
        again = _next_attempt(services, ended)
        if again is None:
            break
        run = again
    return ended


def _follow(services: Services, launcher: Launcher, job: JobDefinition, run: Run) -> Run:
    from gluepot.cli.job_progress import shown_progress  # noqa: PLC0415
    from gluepot.jobs.launchers.following import Follower  # noqa: PLC0415
    from gluepot.jobs.runs.state import RunError, RunState, retry_run_id  # noqa: PLC0415

    try:
        handle = launcher.start(job, run)
    except GluepotError as error:
        reason = RunError(message=str(error))
        if services.runs.finish(run.id, RunState.FAILED, error=reason).retried:
            services.runs.stop(retry_run_id(run))  # It would fail in the same way.
        raise
    note(f"Run {run.id}; its log: {handle.log}")
    with shown_progress(services.runs, run.id):
        return Follower(handle, run, runs=services.runs).follow()


def _next_attempt(services: Services, ended: Run) -> Run | None:
    """Wait for the attempt after a run that failed, and take it; None if a worker was quicker."""
    import time  # noqa: PLC0415

    from gluepot.jobs.runs.lease import LEASE  # noqa: PLC0415
    from gluepot.jobs.runs.state import RunKind, retry_run_id  # noqa: PLC0415

    retry = services.runs.get(retry_run_id(ended))
    since = retry.not_before or retry.queued_at
    seconds = max(0.0, (since - services.clock()).total_seconds())
    why = "" if ended.error is None else f": {ended.error.message.partition(chr(10))[0]}"
    note(f"{ended.state}{why}; attempt {retry.attempt} of {retry.max_retries} in {seconds:.1f} s")
    time.sleep(seconds)
    taken = services.runs.claim(services.owner(), lease=LEASE, kinds=[RunKind.JOB], run_id=retry.id)
    if taken is None:
        note(f"A worker has taken up {retry.id}")
    return taken


def _report(ended: Run) -> None:
    from gluepot.jobs.metrics.spark_figures import hints  # noqa: PLC0415
    from gluepot.jobs.runs.state import RunState  # noqa: PLC0415

    seconds = "" if ended.duration is None else f" in {ended.duration.total_seconds():.1f} s"
    note(f"{ended.state}{seconds}")
    for one in ended.metrics.get("passes", ()):
        if one["repeats_run_id"]:
            note(f"Finished what run {one['repeats_run_id']} had begun:")
        for source, read in one["sources"].items():
            rows = "" if read["rows"] is None else f"{read['rows']:,} rows, "
            note(f"  read {source}: {rows}{read['files']:,} files, {read['bytes']:,} bytes")
        for sink in one["sinks"]:
            done = "written before" if sink["skipped"] else f"{sink['rows']:,} rows"
            version = "" if sink["version"] is None else f", version {sink['version']}"
            note(f"  wrote {sink['table'] or sink['path']}: {done}{version}")
        if not one["sinks"]:
            note("  nothing new to read")
    for hint in hints(ended.metrics):
        note(f"Hint: {hint}")
    if ended.state is RunState.SUCCEEDED:
        next_step(f"gluepot run show {ended.id}")
        return
    error = ended.error
    if error is not None:
        place = f"{error.file}:{error.line}: {error.source_line}\n" if error.line else ""
        tell_error(f"{place}{error.message}")
        if error.advice is not None:
            note(f"Advice: {error.advice}")
    failed_gate = ended.metrics.get("failed_gate") is not None
    raise typer.Exit(ExitCode.GATE_FAILED if failed_gate else ExitCode.ERROR)


@app.command()
def properties() -> None:
    """Write the settings for a plain spark-submit of a script, and print the file's name.

    spark-submit --properties-file "$(gluepot job properties)" script.py --JOB_NAME NAME
    """
    from gluepot.jobs.launchers.launch import write_script_properties  # noqa: PLC0415
    from gluepot.launching import launch_settings  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    known = load_settings()
    with open_services(known) as services:
        say(str(write_script_properties(launch_settings(services))))
        if services.s3_ends_with_us:
            note("(the embedded S3 lives as long as this command: scripts need another S3)")


@app.command()
def facts() -> None:
    """Print what a driver on another machine must know, passwords and all, as JSON.

    Keep it where only the job may read it: a Secret of Kubernetes, or of AWS Secrets Manager.
    """
    from gluepot.jobs.launchers.connect import facts_text  # noqa: PLC0415
    from gluepot.launching import launch_settings  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        say(facts_text(launch_settings(services).facts))


@app.command("ls")
def list_all(output: OutputOption = OutputFormat.table) -> None:
    """List the jobs of conf/jobs."""
    from gluepot.jobs.definitions.model import list_jobs, load_job  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    folder = load_settings().conf_dir
    rows: list[tuple[str, str, str, str]] = []
    for name in list_jobs(folder):
        try:
            job = load_job(folder, name)
            rows.append((name, job.kind, "yes" if job.bookmark else "no", job.description))
        except GluepotError as error:
            rows.append((name, "faulty", "", str(error).partition("\n")[0]))
    columns = ("name", "kind", "bookmark", "description")
    if output.is_data:
        print_data([dict(zip(columns, row, strict=True)) for row in rows], output)
    else:
        print_table(columns, rows)


@app.command()
def show(name: JobArgument, output: OutputOption = OutputFormat.table) -> None:
    """Show a job's parts and its latest runs."""
    from gluepot.jobs.runs.state import RunKind  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    known = load_settings()
    with open_services(known) as services:
        job = services.job_book.load(name)
        runs = services.runs.list(kind=RunKind.JOB, name=name, limit=10)
    parts = {} if job.pipeline is None else job.pipeline.model_dump(mode="json")
    if output.is_data:
        described = {"name": name, "kind": job.kind, "file": str(job.file), "pipeline": parts}
        print_data(
            {**described, "runs": [{"id": run.id, "state": run.state} for run in runs]}, output
        )
        return
    say(f"{name} ({job.kind}, {job.file})")
    if job.description:
        say(job.description)
    rows = [
        ("source", alias, spec["table"] or spec["path"])
        for alias, spec in parts.get("sources", {}).items()
    ]
    if job.pipeline is not None:
        rows += [
            ("step", step.alias, f"{step.transform} of {', '.join(step.sources)}")
            for step in job.pipeline.ordered_steps
        ]
    rows += [("gate", gate["name"], gate["input"]) for gate in parts.get("quality", ())]
    rows += [
        ("sink", sink["input"], sink["table"] or sink["path"]) for sink in parts.get("sinks", ())
    ]
    print_table(("part", "name", "what"), rows)
    print_table(
        ("run", "state", "started", "seconds"),
        [
            (run.id, run.state, run.started_at, run.duration and run.duration.total_seconds())
            for run in runs
        ],
    )


@app.command()
def validate(
    name: Annotated[
        str | None,
        typer.Argument(help="One job; else all.", autocompletion=completed("Job")),
    ] = None,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Check definitions without starting Spark; every fault is named with its line."""
    from gluepot.jobs.definitions.model import list_jobs, load_job  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    folder = load_settings().conf_dir
    faults: dict[str, str | None] = {}
    for job in [name] if name else list_jobs(folder):
        try:
            load_job(folder, job)
            faults[job] = None
        except GluepotError as error:
            faults[job] = str(error)
    if output.is_data:
        print_data([{"job": job, "fault": fault} for job, fault in faults.items()], output)
    else:
        for job, fault in faults.items():
            say(f"{job}: good") if fault is None else tell_error(fault)
    if any(faults.values()):
        raise typer.Exit(ExitCode.ERROR)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the YAML files in conf/jobs; editors complete and check by it.

    # yaml-language-server: $schema=job.schema.json
    """
    from gluepot.jobs.definitions.schema import job_schema  # noqa: PLC0415

    print_json(job_schema())


@app.command("preview")
def show_preview(
    name: JobArgument,
    *,
    step: Annotated[
        str | None, typer.Option("--step", help="Only this step: its name, or number from 1.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Rows that are shown of each.")] = 10,
    sample: Annotated[
        int, typer.Option("--sample", min=1, help="Rows that are read of each source.")
    ] = 1000,
    output: OutputOption = OutputFormat.table,
) -> None:
    """Show the schema and first rows after each step, on a sample; nothing is written."""
    from gluepot.previewing import previewed  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        shown = previewed(services, name, step=step, rows=rows, sample=sample)
        if output.is_data:
            print_data([asdict(each) for each in shown], output)
            return
        for each in shown:
            told = f" ({each.note})" if each.note else ""
            say(f"{each.name}: {each.kind}, {each.seconds:.1f} s{told}")
            say("\n".join(each.tree))
            names = [column for column, _ in each.columns]
            print_table(names, [[_cell(row.get(key)) for key in names] for row in each.rows])
            say("")


def _cell(value: object) -> object:
    nested = isinstance(value, list | dict)
    return json.dumps(value, ensure_ascii=False, default=str) if nested else value


@app.command("import-recipe")
def import_recipe(
    recipe: Annotated[Path, typer.Argument(help="The steps of a DataBrew recipe: a JSON file.")],
    *,
    source: Annotated[str, typer.Option("--source", help="A table, database.table, or a path.")],
    sink: Annotated[str, typer.Option("--sink", help="Where the rows go: a path.")],
    source_format: Annotated[
        str | None, typer.Option("--format", help="Of the files at the path; else by their name.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Of the job; else the file's.")] = None,
) -> None:
    """Print the pipeline that does what a DataBrew recipe does; what is not known is refused.

    gluepot job import-recipe clean.json --source raw.people --sink s3://b/people
    """
    from gluepot.jobs.databrew import import_recipe as imported  # noqa: PLC0415
    from gluepot.jobs.databrew import source_of  # noqa: PLC0415

    place = source_of(source, source_format)
    called = name or recipe.stem
    say(imported(recipe, name=called, source=place, sink=sink).rstrip())
    next_step(f"keep it as conf/jobs/{called}.yaml", f"gluepot job preview {called}")


@bookmark_app.command("show")
def show_bookmark(name: JobArgument, output: OutputOption = OutputFormat.table) -> None:
    """Show how far a job has read."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        store = services.jobs.bookmarks
        found, intent, files = store.find(name), store.find_intent(name), store.count_files(name)
    if found is None:
        note(f"Job {name} has no bookmark: no run of it with a bookmark has committed")
        return
    facts = {
        "job": name,
        "version": found.version,
        "run": found.run_id,
        "updated": found.updated_at,
        "writing": None if intent is None else f"version {intent.version}, run {intent.run_id}",
    }
    if output.is_data:
        print_data({**facts, "files": files}, output)
        return
    print_table(("what", "value"), facts.items())
    print_table(("source", "files read"), files.items())


@bookmark_app.command("reset")
def reset_bookmark(name: JobArgument) -> None:
    """Forget what a job has read: its next run reads everything. What it wrote stays."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        found = services.jobs.bookmarks.reset(name)
    if found is None:
        note(f"Job {name} has no bookmark")
        return
    say(f"The next run of {name} reads everything, as version {found.version + 1}")


@bookmark_app.command("rewind")
def rewind_bookmark(
    name: JobArgument,
    run_id: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="One of `gluepot run ls`.", autocompletion=completed("Run")
        ),
    ],
) -> None:
    """Forget what a job has read after a run: its next run reads that again."""
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        found = services.jobs.bookmarks.rewind(name, run_id)
    if found is None:
        note(f"Job {name} has no bookmark")
        return
    say(f"The next run of {name} reads what came after {run_id}, as version {found.version + 1}")


def pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """Return ``key=value`` texts by their keys.

    Raises:
        BadParameter: One is no such text.
    """
    found = {}
    for pair in given or ():
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{option} takes key=value, not {pair!r}")
        found[key.removeprefix("--")] = value
    return found
