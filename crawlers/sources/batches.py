"""Many calls at once whose answers come back in the order of the requests, a few held at a time."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from gluepot.catalog.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

Request = TypeVar("Request")
Answer = TypeVar("Answer")


def answers_in_order(
    call: Callable[[Request], Answer], requests: Sequence[Request], *, threads: int
) -> Iterator[Answer | StorageError]:
    """Yield what ``call`` returns for each request, or the StorageError that it raises.

    Twice as many answers as threads are held, however slow the caller is with them; when the
    caller stops early, what has not begun is not done.
    """

    def answer(request: Request) -> Answer | StorageError:
        try:
            return call(request)
        except StorageError as error:
            return error

    waiting = iter(requests)
    with ThreadPoolExecutor(threads, thread_name_prefix="read") as pool:
        running: deque[Future[Answer | StorageError]] = deque(
            pool.submit(answer, request) for request in islice(waiting, 2 * threads)
        )
        try:
            while running:
                found = running.popleft().result()
                running.extend(pool.submit(answer, request) for request in islice(waiting, 1))
                yield found
        finally:
            for future in running:
                future.cancel()
