"""Runs of every kind, the newest first, by kind, state, name and time."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.console.flow.run_list import listed
from gluepot.console.flow.run_rights import looking, visible
from gluepot.console.page import Page, Snippets, href
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.tables import runs as rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from gluepot.console.asking import Ask
    from gluepot.console.page import Data

PAGE = 50
_FILTERS = ("kind", "state", "name", "since", "until")


def read_runs(ask: Ask) -> Data:
    """Return the newest runs, of those that the filters leave and policies show."""
    kind = _word(ask, "kind", list(RunKind))
    if kind:
        ask.allow(*looking(RunKind(kind), ask.option("name") or "*"))
    found = ask.services.runs.list(
        kind=RunKind(kind) if kind else None,
        where=list(_conditions(ask)),
        after=ask.option("after") or None,
        limit=PAGE + 1,
    )
    given = {key: ask.option(key) for key in _FILTERS}
    more = href("runs", **given, after=found[PAGE - 1].id) if len(found) > PAGE else None
    return {
        "runs": [listed(run) for run in visible(ask, found[:PAGE])],
        "next": more,
        "filters": given,
        "kinds": list(RunKind),
        "states": list(RunState),
        "after": ask.option("after") or None,
    }


def _word(ask: Ask, name: str, words: list[Any]) -> str:
    given = ask.option(name)
    if given and given not in words:
        raise InvalidInputError(f"{name} is no {given!r}.{did_you_mean(given, words)}")
    return given


def _conditions(ask: Ask) -> Iterator[sa.ColumnElement[bool]]:
    state, name = _word(ask, "state", list(RunState)), ask.option("name")
    if state:
        yield rows.c.state == state
    if name:
        yield rows.c.name.contains(name, autoescape=True)
    since, until = _moment(ask, "since"), _moment(ask, "until")
    if since is not None:
        yield rows.c.queued_at >= since
    if until is not None:
        yield rows.c.queued_at < until


def _moment(ask: Ask, name: str) -> datetime | None:
    given = ask.option(name)
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise InvalidInputError(
            f"{name} is no time: {given!r}; right is 2026-12-24T18:00, in UTC"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _runs_snippets(ask: Ask) -> Snippets:
    kind, name = ask.option("kind"), ask.option("name")
    given = [f"--kind {shlex.quote(kind)}"] if kind else []
    given += [f"--name {shlex.quote(name)}"] if name else []
    return Snippets(
        cli=" ".join(["gluepot run ls", *given]),
        boto3=f"glue.get_job_runs(JobName={name or 'NAME'!r})",
    )


PAGES = (
    Page(
        path="runs",
        title="Runs",
        section="runs",
        template="runs.html.jinja",
        read=read_runs,
        snippets=_runs_snippets,
    ),
)
