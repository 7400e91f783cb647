"""The micro-batch that the code of a batch function is in, so that sinks write it only once.

A batch that failed, or whose process died, is given to the batch function again with the same
number and the same rows. What a sink writes then must replace nothing and double nothing.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One micro-batch of one stream.

    Attributes:
        stream_id: Of the checkpoint: the same whenever the stream is started from it.
        number: Counts from 0; a batch that is repeated keeps its number.
    """

    stream_id: str
    number: int
    _writes: Counter[str] = field(default_factory=Counter, repr=False)

    def sequence(self, sink: str) -> str:
        """Return the name of the sequence of writes that the next write to ``sink`` belongs to.

        A batch function may write to one sink several times: its first writes of all batches are
        one sequence, its second ones another. Within a sequence, numbers only grow.
        """
        self._writes[sink] += 1
        return f"{self.stream_id}/{sink}/{self._writes[sink]}"


_current: ContextVar[Batch | None] = ContextVar("gluepot_stream_batch", default=None)


def current_batch() -> Batch | None:
    """Return the micro-batch that is being worked on, or None outside of batch functions."""
    return _current.get()


@contextlib.contextmanager
def working_on(batch: Batch) -> Iterator[Batch]:
    """Make ``batch`` the current one inside the block."""
    token = _current.set(batch)
    try:
        yield batch
    finally:
        _current.reset(token)
