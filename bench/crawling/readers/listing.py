"""Only listing, which is the least that anybody who looks for changes has to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawling.task import Seen
from gluepot.crawlers.sources.objects import open_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawling.task import Task


def prepare(task: Task) -> Callable[[], Seen]:
    """Return gluepot's own listing of the store, of which nothing is kept."""
    _list(task, task.warm_uri)
    return lambda: _list(task, task.uri)


def _list(task: Task, uri: str) -> Seen:
    source = open_source(uri, task.store)
    return Seen(files=sum(len(page) for page in source.list_pages(uri)))
