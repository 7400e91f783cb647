"""Names of things that are there: completed by the shell, and suggested for those that are not."""

from __future__ import annotations

import contextlib
import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gluepot.catalog.errors import EntityNotFoundError, GluepotError
    from gluepot.services import Services

MOST = 1000
"""As many names are offered; a shell would ask before it shows more."""


def completed(kind: str) -> Callable[[str], list[str]]:
    """Return what completes names of a kind, a key of ``READERS``; it never fails."""

    def complete(incomplete: str) -> list[str]:
        # A shell in the middle of a line has no place for an error.
        with contextlib.suppress(Exception):
            names = _stored(kind, incomplete)
            return list(islice((name for name in names if name.startswith(incomplete)), MOST))
        return []

    return complete


def with_nearest(error: EntityNotFoundError, words: Sequence[str]) -> GluepotError:
    """Return an error about an unknown name that also says which known one comes nearest.

    Args:
        error: What a command has raised.
        words: The command line, in which a table stands with its database.
    """
    from gluepot.catalog.errors import GluepotError, did_you_mean  # noqa: PLC0415
    from gluepot.jobs.workflows.runs import WorkflowNotFoundError  # noqa: PLC0415

    kind, name = error.args[:2]
    told = str(error)
    if isinstance(error, WorkflowNotFoundError):
        told = f"{kind} {name} not found."
    known: list[str] = []
    # What is wrong is said already; that no nearer name can be found is no news.
    with contextlib.suppress(GluepotError):
        known = list(_like(kind, name, words))
    hint = "" if "Did you mean" in told else did_you_mean(name, known)
    return error if told == str(error) and not hint else GluepotError(f"{told}{hint}")


def _like(kind: str, name: str, words: Sequence[str]) -> Iterator[str]:
    if kind == "Table":
        # It is a word of its own, or stands in a statement of SQL.
        named = re.search(rf'([^\s"]+)"?\."?{re.escape(name)}\b', " ".join(words), re.IGNORECASE)
        yield from _tables_of(named[1]) if named else _all_tables()
    else:
        yield from _stored(_SAME.get(kind, kind), name)


_SAME = {
    "File or ruleset of the catalog": "Ruleset",
    "Table or file": "Table",
    "A quality result of job": "Job",
    "Crawl of table": "Table",
}
"""Kinds that errors name, by the kind whose names are meant."""


def _stored(kind: str, incomplete: str) -> Iterator[str]:
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    if kind in _OF_CATALOG:
        yield from _OF_CATALOG[kind](incomplete)
        return
    if kind not in READERS:
        return
    settings = load_settings()
    if kind not in _OF_FILES and not _is_there():
        return
    with open_services(settings) as services:
        yield from READERS[kind](services)


def _is_there() -> bool:
    """Return whether there is a catalog; asking for names makes none."""
    from gluepot.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    return settings.catalog_url is not None or (settings.home / "catalog.db").is_file()


def _databases(_incomplete: str = "") -> Iterator[str]:
    from gluepot.cli.catalog_source import open_catalog  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    if load_settings().endpoint_url is None and not _is_there():
        return
    with open_catalog() as catalog:
        yield from [database.name for database in catalog.list_databases()]


def _tables_of(database: str) -> Iterator[str]:
    from gluepot.cli.catalog_source import open_catalog  # noqa: PLC0415

    with open_catalog() as catalog:
        yield from (table.name for table in catalog.list_tables(database))


def _all_tables() -> Iterator[str]:
    for database in _databases():
        yield from (f"{database}.{name}" for name in _tables_of(database))


def _tables(incomplete: str) -> Iterator[str]:
    """Yield databases with their dot, and the tables of one where only one can be meant."""
    typed, dot, _ = incomplete.partition(".")
    found = [name for name in _databases() if (name == typed if dot else name.startswith(typed))]
    if len(found) == 1:
        yield from (f"{found[0]}.{name}" for name in _tables_of(found[0]))
    else:
        yield from (f"{name}." for name in found)


def _jobs(services: Services) -> Iterable[str]:
    from gluepot.jobs.definitions.model import list_jobs  # noqa: PLC0415
    from gluepot.jobs.definitions.stored_jobs import KIND  # noqa: PLC0415

    yield from list_jobs(services.settings.conf_dir)
    if _is_there():
        yield from (each.name for each in services.jobs.definitions.all(KIND))


def _notifications(services: Services) -> Iterable[str]:
    from gluepot.jobs.notifications.model import read_notifications  # noqa: PLC0415

    return [one.name for one in read_notifications(services.settings.conf_dir)[0]]


def _workflows(services: Services) -> Iterable[str]:
    from gluepot.jobs.workflows.runs import KIND  # noqa: PLC0415

    return [each.name for each in services.jobs.definitions.all(KIND)]


def _rulesets(services: Services) -> Iterable[str]:
    from gluepot.transforms.operations.rulesets import RULESETS  # noqa: PLC0415

    return [each.name for each in services.jobs.definitions.all(RULESETS.kind)]


def _policies(services: Services) -> Iterable[str]:
    from gluepot.access import open_access  # noqa: PLC0415

    return open_access(services).policies.names()


READERS: Mapping[str, Callable[[Services], Iterable[str]]] = {
    "Crawler": lambda services: [each.name for each in services.crawlers.list_crawlers()],
    "Job": _jobs,
    "Notification": _notifications,
    "Policy": _policies,
    "Ruleset": _rulesets,
    "Run": lambda services: [run.id for run in services.runs.list(limit=MOST)],
    "Trigger": lambda services: [each.name for each, _ in services.triggers.list()],
    "Workflow": _workflows,
}
"""What reads the names of each kind out of the catalog; ``Database`` and ``Table`` beside them."""

_OF_CATALOG: Mapping[str, Callable[[str], Iterator[str]]] = {
    "Database": _databases,
    "Table": _tables,
}
_OF_FILES = frozenset({"Job", "Notification"})
