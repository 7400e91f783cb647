"""One run: the first error on top, one axis of time, inputs and outputs, logs, what happened."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.console.flow.run_axis import AXES, run_axis
from gluepot.console.flow.run_rights import looking, seen_run, stopping
from gluepot.console.page import Action, Done, Page, Snippets, href
from gluepot.console.pages.run_log import log_of
from gluepot.jobs.metrics.spark_figures import hints
from gluepot.jobs.runs.documents import flat_metrics, plain_run
from gluepot.jobs.runs.state import Run, RunKind
from gluepot.jobs.scheduling.starting import again, end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.console.asking import Ask
    from gluepot.console.page import Data

MOST_METRICS = 500
MOST_RESULTS = 20


def read_run(ask: Ask) -> Data:
    """Return all that is known of a run."""
    run = seen_run(ask)
    services = ask.services
    metrics = list(flat_metrics(run.metrics))
    return {
        "title": f"{run.kind} {run.name}",
        "run": _members(run),
        "live": not run.state.final,
        "hints": hints(run.metrics),
        "links": _links(ask, run),
        "inputs": list(_inputs(run)),
        "outputs": list(_outputs(run)),
        "metrics": metrics[:MOST_METRICS],
        "more_metrics": max(0, len(metrics) - MOST_METRICS),
        "stages": (run.progress or {}).get("stages", ()) if not run.state.final else (),
        "events": [
            {"event": each.event, "at": each.at, "detail": dict(each.detail or {})}
            for each in services.runs.events(run.id)
        ],
        "axis": run_axis(ask, run),
        "axes": _axes(ask, run),
        "log": log_of(ask, run),
        "can_stop": not run.state.final,
        "can_retry": run.state.final and run.kind is RunKind.JOB and run.error is not None,
        "can_rerun": run.state.final and run.kind is RunKind.JOB,
    }


def _members(run: Run) -> dict[str, Any]:
    known = {**dict.fromkeys((*Run.__dataclass_fields__, "duration_seconds")), **plain_run(run)}
    return {key: value for key, value in known.items() if key not in {"metrics", "progress"}}


def _axes(ask: Ask, run: Run) -> list[dict[str, Any]]:
    chosen = ask.option("axis", AXES[0])
    return [
        {"name": name, "href": href("run", id=run.id, axis=name), "current": name == chosen}
        for name in AXES
    ]


def _links(ask: Ask, run: Run) -> list[dict[str, str]]:
    """Return where to go on from a run: what it was a run of, and what led to it."""
    own = {
        RunKind.JOB: ("job", href("job", name=run.name)),
        RunKind.CRAWL: ("what the crawl saw", href("crawl", id=run.id)),
        RunKind.QUALITY: ("the check", href("quality-run", id=run.id)),
    }
    found = [own[run.kind]] if run.kind in own else []
    if run.trigger_name is not None:
        found.append((f"trigger {run.trigger_name}", href("trigger", name=run.trigger_name)))
    flow = ask.services.workflows.find(run.chain_id)
    if flow is not None:
        address = href("workflow-run", name=flow.workflow_name, id=flow.id)
        found.append((f"workflow {flow.workflow_name}", address))
    if run.previous_run_id is not None:
        found.append(("the run before", href("run", id=run.previous_run_id)))
    found += [
        (f"quality of {each.gate}", href("quality-result", id=each.id))
        for each in ask.services.jobs.list_gates(run_id=run.id, limit=MOST_RESULTS)
    ]
    return [{"label": label, "href": address} for label, address in found]


def _inputs(run: Run) -> Iterator[dict[str, Any]]:
    for one in run.metrics.get("passes", ()):
        for name, read in one["sources"].items():
            yield {
                "name": name,
                **_place(read.get("table"), read.get("table_version")),
                "path": read.get("path"),
                **{key: read[key] for key in ("rows", "files", "bytes")},
            }


def _outputs(run: Run) -> Iterator[dict[str, Any]]:
    for one in run.metrics.get("passes", ()):
        for wrote in one["sinks"]:
            yield {
                "name": wrote["sink"],
                **_place(wrote["table"], wrote.get("table_version")),
                **{key: wrote[key] for key in ("path", "rows", "files", "bytes", "version")},
                "skipped": wrote["skipped"],
            }


def _place(table: str | None, version: str | None) -> dict[str, Any]:
    database, _, name = (table or "").partition(".")
    address = href("table", database=database, name=name) if name else None
    return {"table": table, "table_version": version, "href": address}


def _snippets(ask: Ask) -> Snippets:
    run = seen_run(ask)
    shown = shlex.quote(run.id)
    operation, request = looking(run.kind, run.name)
    boto3 = {
        RunKind.JOB: f"glue.get_job_run(JobName={run.name!r}, RunId={run.id!r})",
        RunKind.CRAWL: f"glue.list_crawls(CrawlerName={run.name!r})",
        RunKind.MATCH: f"glue.get_ml_task_run(TransformId={run.name!r}, TaskRunId={run.id!r})",
        RunKind.QUALITY: (f"glue.get_data_quality_ruleset_evaluation_run(RunId={run.id!r})"),
    }
    known = boto3.get(run.kind, f"# {operation} {request}")
    return Snippets(cli=f"gluepot run show {shown}\ngluepot run logs {shown}", boto3=known)


def stop_run(ask: Ask) -> Done:
    """Ask a run to end."""
    run = seen_run(ask)
    ask.allow(*stopping(run.kind, run.name, run.id))
    stopped = end(ask.services.runs, run.id)
    return Done(to=href("run", id=run.id), message=f"The run is {stopped.state}")


def retry_run(ask: Ask) -> Done:
    """Queue a run that failed with the same arguments."""
    return _again(ask, only_failed=True)


def rerun_run(ask: Ask) -> Done:
    """Queue a run that has ended with the same arguments."""
    return _again(ask, only_failed=False)


def _again(ask: Ask, *, only_failed: bool) -> Done:
    run = seen_run(ask)
    if run.kind is not RunKind.JOB:
        raise InvalidInputError(f"Run {run.id} is a {run.kind}; only runs of jobs are run again")
    ask.allow("StartJobRun", {"JobName": run.name})
    job = ask.services.job_book.load(run.name)
    queued = again(ask.services.runs, job, run, only_failed=only_failed)
    return Done(to=href("run", id=queued.id), message="The run is queued; a worker takes it up")


PAGES = (
    Page(
        path="run",
        title="Run",
        section="runs",
        template="run.html.jinja",
        read=read_run,
        snippets=_snippets,
    ),
)
ACTIONS = (
    Action(path="run-stop", act=stop_run),
    Action(path="run-retry", act=retry_run),
    Action(path="run-rerun", act=rerun_run),
)
