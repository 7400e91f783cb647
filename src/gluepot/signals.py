"""How a process that runs until it is told to end hears that it is told."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextlib.contextmanager
def ended_by_signals(
    stop: threading.Event, tell: Callable[[str], object] | None = None
) -> Iterator[None]:
    """Let the first SIGTERM or SIGINT set ``stop``, and the second end the process.

    Args:
        stop: Set by the first.
        tell: Called with the first one's name, before.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def ask(number: int, _frame: FrameType | None) -> None:
        if tell is not None:
            tell(signal.Signals(number).name)
        stop.set()
        # Not Python's own handler: KeyboardInterrupt would wait for the threads of the runs.
        for each in before:
            signal.signal(each, signal.SIG_DFL)

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
