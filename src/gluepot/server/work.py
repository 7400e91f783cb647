"""Requests in hand: a bounded number, of bounded size, each for a bounded time, in threads."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from gluepot.catalog.errors import OperationTimeoutError, ThrottlingError
from gluepot.server.database import end_statements_after
from gluepot.server.errors import RequestTooLargeError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class WorkLimits:
    """How much work one process takes.

    Attributes:
        threads: So many requests are worked on at once.
        requests: So many are in hand, those included that are read or wait for a thread.
        request_bytes: The longest body.
        all_bytes: The bodies of all requests in hand together.
        seconds: What a request may take from its arrival, the wait for a thread included.
    """

    threads: int
    requests: int
    request_bytes: int
    all_bytes: int
    seconds: float


class Admitted:
    """A request in hand: it holds its place, and as many bytes as were read of it."""

    def __init__(self, pool: WorkPool) -> None:
        self._pool = pool
        self._bytes = 0
        self._running = False

    def expect(self, size: int) -> None:
        """Refuse a body whose length is known to be too much.

        Raises:
            RequestTooLargeError: The body is longer than one may be.
        """
        most = self._pool.limits.request_bytes
        if size > most:
            raise RequestTooLargeError(
                f"The request is longer than {most:,} bytes; send it in parts"
            )

    def read(self, size: int) -> None:
        """Take room for more of the body.

        Raises:
            RequestTooLargeError: The body is longer than one may be.
            ThrottlingError: All bodies together are.
        """
        limits = self._pool.limits
        self.expect(self._bytes + size)
        if self._pool.bytes_in_hand + size > limits.all_bytes:
            raise ThrottlingError(
                f"The requests in hand have {limits.all_bytes:,} bytes; try again a little later"
            )
        self._bytes += size
        self._pool.bytes_in_hand += size

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, done in a thread.

        Raises:
            ThrottlingError: No thread was free in time; nothing was done.
            OperationTimeoutError: The work takes longer than it may. It cannot be stopped here;
                the database ends its statements, and it keeps its place until it ends.
        """
        seconds = self._pool.limits.seconds
        future = self._pool.executor.submit(_bounded, work, seconds)
        waiting = asyncio.wrap_future(future)
        self._running = True
        waiting.add_done_callback(lambda _: self._leave())
        done, _ = await asyncio.wait((waiting,), timeout=seconds)
        if done:
            return waiting.result()
        if future.cancel():
            raise ThrottlingError(
                f"The request waited {seconds:g} s for its turn; nothing was done;"
                " try again a little later"
            )
        raise OperationTimeoutError(
            f"The operation has not ended within {seconds:g} s and may still take effect;"
            " look at what it changes before you repeat it"
        )

    def end(self) -> None:
        """Give the place back, unless a thread still works on the request."""
        if not self._running:
            self._leave()

    def _leave(self) -> None:
        self._pool.in_hand -= 1
        self._pool.bytes_in_hand -= self._bytes


async def with_body(pool: WorkPool, chunks: AsyncIterator[bytes], work: Callable[[bytes], T]) -> T:
    """Return what ``work`` makes of a body, in a thread.

    Raises:
        GluepotError: The body is too long, or no thread was free in time.
    """
    with pool.admit() as admitted:
        parts = []
        async for chunk in chunks:
            admitted.read(len(chunk))
            parts.append(chunk)
        return await admitted.run(partial(work, b"".join(parts)))


def _bounded(work: Callable[[], T], seconds: float) -> T:
    end_statements_after(seconds)
    return work()


class WorkPool:
    """The threads of one process and the requests in hand; used from the event loop alone."""

    def __init__(self, limits: WorkLimits) -> None:
        self.limits = limits
        self.in_hand = 0
        self.bytes_in_hand = 0
        self.executor = ThreadPoolExecutor(limits.threads, thread_name_prefix="gluepot")

    @contextlib.contextmanager
    def admit(self) -> Iterator[Admitted]:
        """Yield a place for a request.

        Raises:
            ThrottlingError: There are as many requests in hand as there may be.
        """
        if self.in_hand >= self.limits.requests:
            raise ThrottlingError(
                f"The server has {self.limits.requests} requests in hand; try again a little later"
            )
        self.in_hand += 1
        admitted = Admitted(self)
        try:
            yield admitted
        finally:
            admitted.end()

    def close(self) -> None:
        """Take no more work; what has not begun is dropped, what runs is not waited for."""
        self.executor.shutdown(wait=False, cancel_futures=True)
