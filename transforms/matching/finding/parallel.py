"""Parts of one task, carried out by the threads of this machine."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")


def in_order(task: Callable[[_Part], _Result], parts: Iterable[_Part]) -> list[_Result]:
    """Return what a task makes of each part, in the order of the parts.

    As many parts are in hand at a time as there are processors: the compiled code that most of the
    work is in does not hold Python's lock.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(task, parts))
