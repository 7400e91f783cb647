"""DataFrames kept for as long as their session needs them, and let go together.

Keeping is Spark's own persist: in memory, on disk where memory is short. What a long-lived
session keeps (a streaming job makes new frames for each batch) is let go at the end of a block.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

_kept: ContextVar[list[DataFrame] | None] = ContextVar("gluepot_kept", default=None)


def keep(frame: DataFrame) -> DataFrame:
    """Persist a DataFrame: until the end of the innermost ``letting_go``, else of the session."""
    kept = _kept.get()
    persisted = frame.persist()
    if kept is not None:
        kept.append(persisted)
    return persisted


@contextlib.contextmanager
def letting_go() -> Iterator[None]:
    """Let go, at the end of the block, of everything that was kept inside it."""
    frames: list[DataFrame] = []
    token = _kept.set(frames)
    try:
        yield
    finally:
        _kept.reset(token)
        for frame in frames:
            frame.unpersist()
