"""The log of a run: its last lines first, what came before on demand, more while it runs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.console.flow.run_rights import seen_run
from gluepot.console.page import Page, Snippets, href
from gluepot.jobs.runs.logs import driver_log_part, executor_log_part, executor_logs

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.jobs.runs.logs import LogPart
    from gluepot.jobs.runs.state import Run

LOG_BYTES = 64 * 1024
LOG_LINES = 200


def log_of(ask: Ask, run: Run) -> dict[str, Any]:
    """Return the part of a log that the address asks for."""
    executor, end_at = ask.option("executor"), _byte(ask)
    problem, part = None, None
    try:
        part = _part(ask, run, executor, end_at)
    except InvalidInputError as error:
        problem = str(error)
    executors = list(executor_logs(run))
    shown: dict[str, Any] = {"text": "", "start": 0, "end": 0, "size": 0}
    if part is not None:
        lines = part.text.splitlines(keepends=True)
        left_out = "" if end_at is not None else "".join(lines[:-LOG_LINES])
        text = part.text[len(left_out) :]
        start = part.start + len(left_out.encode())
        shown = {"text": text, "start": start, "end": part.end, "size": part.size}
    earlier = shown["start"]
    return {
        **shown,
        "found": part is not None,
        "problem": problem,
        "executor": executor or None,
        "executors": executors,
        "live": not run.state.final and end_at is None,
        "earlier": href("run-log", id=run.id, executor=executor, end=earlier) if earlier else None,
        "newest": href("run-log", id=run.id, executor=executor),
    }


def _byte(ask: Ask) -> int | None:
    return ask.number("end", 0, most=2**50) or None


def _part(ask: Ask, run: Run, executor: str, end_at: int | None) -> LogPart | None:
    if executor:
        return executor_log_part(run, executor, end=end_at, most=LOG_BYTES)
    return driver_log_part(ask.services.settings.home, run.id, end=end_at, most=LOG_BYTES)


def read_log(ask: Ask) -> Data:
    """Return some lines of a run's log: the last ones, or those before a byte of it."""
    run = seen_run(ask)
    return {
        "title": f"Log of {run.kind} {run.name}",
        "run": {"id": run.id, "state": run.state},
        "log": log_of(ask, run),
    }


def _snippets(ask: Ask) -> Snippets:
    run_id, executor = ask.need("id"), ask.option("executor")
    given = f" --executor {shlex.quote(executor)}" if executor else ""
    return Snippets(
        cli=f"gluepot run logs {shlex.quote(run_id)}{given}",
        boto3="# AWS Glue keeps logs in CloudWatch; gluepot shows its own here and by its command",
    )


PAGES = (
    Page(
        path="run-log",
        title="Log",
        section="runs",
        template="run-log.html.jinja",
        read=read_log,
        snippets=_snippets,
    ),
)
