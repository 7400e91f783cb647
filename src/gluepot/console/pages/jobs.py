"""Jobs: all of them with their last runs, and of one what it is, has read and can be told."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.console.flow.definition_text import definition_text, hide_members
from gluepot.console.flow.pipeline_graph import pipeline_graph
from gluepot.console.flow.run_list import listed
from gluepot.console.flow.strip import LENGTH, strip
from gluepot.console.page import Action, Done, Page, Snippets, href
from gluepot.jobs.parameters.secret_references import hide_plain
from gluepot.jobs.runs.state import RunKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.calls import Document
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.runs.history import RunMark

PAGE = 50
LAST_RUNS = 15
LONG_STRIP = 60
_ARGUMENTS = ("DefaultArguments", "NonOverridableArguments")
_FACTS = ("Timeout", "MaxRetries", "WorkerType", "NumberOfWorkers", "MaxCapacity", "GlueVersion")


def read_jobs(ask: Ask) -> Data:
    """Return a page of jobs, each with how its last runs ended."""
    token = ask.option("after")
    request = {"MaxResults": PAGE} | ({"NextToken": token} if token else {})
    found = ask.call("ListJobs", request)
    names = [name for name in found["JobNames"] if ask.may("GetJob", {"JobName": name})]
    known = ask.services.job_book.load_many(names)
    marks = ask.services.runs.marks(RunKind.JOB, names, limit=LENGTH)
    following = found.get("NextToken")
    return {
        "jobs": [_listed(name, known.get(name), marks.get(name, [])) for name in names],
        "next": href("jobs", after=following) if following else None,
        "folder": str(ask.services.settings.conf_dir / "jobs"),
    }


def _listed(name: str, job: JobDefinition | None, marks: Sequence[RunMark]) -> dict[str, Any]:
    newest = marks[0] if marks else None
    return {
        "name": name,
        "is_faulty": job is None,
        "description": "" if job is None else job.description,
        "state": None if newest is None else newest.state,
        "queued_at": None if newest is None else newest.queued_at,
        "seconds": None if newest is None else newest.seconds,
        "strip": strip(marks),
    }


def _jobs_snippets(_ask: Ask) -> Snippets:
    return Snippets(cli="gluepot job ls", boto3="glue.get_jobs()")


def read_job(ask: Ask) -> Data:
    """Return a job: definition, steps, parameters, runs, bookmark."""
    name = ask.need("name")
    document = ask.call("GetJob", {"JobName": name})["Job"]
    services = ask.services
    job, fault = _definition(ask, name)
    runs = services.runs.list(kind=RunKind.JOB, name=name, limit=LAST_RUNS)
    marks = services.runs.marks(RunKind.JOB, [name], limit=LONG_STRIP).get(name, [])
    pipeline = None if job is None else job.pipeline
    return {
        "title": name,
        "name": name,
        "description": "" if fault else document.get("Description", ""),
        "fault": fault,
        "kind": document["Command"]["Name"] if pipeline is None else "pipeline",
        "facts": {key: document[key] for key in _FACTS if key in document},
        "location": document["Command"].get("ScriptLocation"),
        "parameters": _parameters(document, job),
        "graph": None if pipeline is None else pipeline_graph(pipeline),
        "text": _text(ask, name, document),
        "runs": [listed(run) for run in runs],
        "strip": strip(marks),
        "all_runs": href("runs", kind="job", name=name),
        "bookmark": _bookmark(ask, name),
        "arguments": ask.option("arguments"),
    }


def _definition(ask: Ask, name: str) -> tuple[JobDefinition | None, str | None]:
    try:
        return ask.services.job_book.load(name), None
    except GluepotError as error:
        return None, str(error)


def _parameters(document: Document, job: JobDefinition | None) -> list[dict[str, Any]]:
    """Return the arguments of every run; those that a file gives stand in the definition alone."""
    default, fixed = (dict(document.get(member, {})) for member in _ARGUMENTS)
    if job is not None:
        default = {f"--{key}": value for key, value in job.default_arguments.items()} | default
    known = [(hide_plain(default), False), (hide_plain(fixed), True)]
    return [
        {"name": key, "value": value, "fixed": is_fixed}
        for arguments, is_fixed in known
        for key, value in arguments.items()
    ]


def _text(ask: Ask, name: str, document: Document) -> str | None:
    folder = ask.services.settings.conf_dir / "jobs"
    for ending in (".yaml", ".py"):
        file = folder / f"{name}{ending}"
        # A name of the API may hold what leads out of the folder.
        if file.parent == folder and "/" not in name and file.is_file():
            return definition_text(file)
    import json  # noqa: PLC0415 - only jobs of the API are shown so

    return hide_members(json.dumps(document, indent=2, default=str, ensure_ascii=False))


def _bookmark(ask: Ask, name: str) -> dict[str, Any] | None:
    if not ask.may("GetJobBookmark", {"JobName": name}):
        return None
    store = ask.services.jobs.bookmarks
    found, intent = store.find(name), store.find_intent(name)
    if found is None:
        return None
    return {
        "version": found.version,
        "run": found.run_id,
        "updated_at": found.updated_at,
        "writing": None if intent is None else intent.run_id,
        "files": store.count_files(name),
    }


def _job_snippets(ask: Ask) -> Snippets:
    name = ask.need("name")
    return Snippets(
        cli=f"gluepot job show {shlex.quote(name)}\ngluepot job run {shlex.quote(name)}",
        boto3=f"glue.get_job(JobName={name!r})\nglue.start_job_run(JobName={name!r})",
    )


def start(ask: Ask) -> Done:
    """Queue a run with the arguments of the form, one a line."""
    name = ask.need("name")
    given = arguments_of(ask.option("arguments"))
    run_id = ask.call("StartJobRun", {"JobName": name, "Arguments": given})["JobRunId"]
    return Done(to=href("run", id=run_id), message="The run is queued; a worker takes it up")


def arguments_of(text: str) -> dict[str, str]:
    """Return ``KEY=VALUE`` lines as arguments.

    Raises:
        InvalidInputError: A line is no such; the sentence does not repeat it, it may be a secret.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        bare = key.strip().removeprefix("--")
        if not equals or not bare:
            raise InvalidInputError(f"Line {number} of the arguments is not KEY=VALUE")
        found[f"--{bare}"] = value.strip()
    return found


def reset_bookmark(ask: Ask) -> Done:
    """Forget what a job has read, or what it has read after a run."""
    name, run_id = ask.need("name"), ask.option("run")
    request = {"JobName": name} | ({"RunId": run_id} if run_id else {})
    ask.call("ResetJobBookmark", request)
    what = "what came after that run" if run_id else "everything"
    return Done(to=href("job", name=name), message=f"The next run reads {what} again")


PAGES = (
    Page(
        path="jobs",
        title="Jobs",
        section="jobs",
        template="jobs.html.jinja",
        read=read_jobs,
        snippets=_jobs_snippets,
    ),
    Page(
        path="job",
        title="Job",
        section="jobs",
        template="job.html.jinja",
        read=read_job,
        snippets=_job_snippets,
    ),
)
ACTIONS = (
    Action(path="job-run", act=start),
    Action(path="job-bookmark-reset", act=reset_bookmark),
)
