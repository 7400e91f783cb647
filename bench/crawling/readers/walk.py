"""Python's walk over a folder, with the size and time of each file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from crawling.task import Seen, plain_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawling.task import Task


def prepare(task: Task) -> Callable[[], Seen]:
    """Return the walk."""
    return lambda: _walk(plain_path(task.uri))


def _walk(path: str) -> Seen:
    files = 0
    for folder, _, names in os.walk(path):
        for name in names:
            os.stat(f"{folder}/{name}")  # noqa: PTH116 - the least that can be done
            files += 1
    return Seen(files=files)
