"""What the JVM says without secrets: log lines of Spark, stacks of exceptions, a library's own.

The JVM was started before this process and has streams of its own. While a run has secrets they
lead through this process, which passes the text on to where they led before.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from gluepot.jobs.runs.failure import brief
from gluepot.jobs.sessions.masked_streams import WAIT_SECONDS, Diverted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.parameters.secret_references import Masker


@contextlib.contextmanager
def masked_jvm(masker: Masker) -> Iterator[None]:
    """Hide secrets in what the JVM says inside the block; without a JVM nothing is to be done."""
    core = sys.modules.get("pyspark.core.context")
    jvm = None if core is None else core.SparkContext._jvm  # noqa: SLF001
    if masker.idle or jvm is None:
        yield
        return
    ways = [_Way(jvm, name, masker) for name in ("out", "err")]
    try:
        yield
    finally:
        # In a thread of its own: a run that was stopped has left the main thread's conversation
        # with the JVM in the middle.
        back = threading.Thread(target=_put_back, args=(ways,), daemon=True)
        back.start()
        back.join(timeout=WAIT_SECONDS)


class _Way:
    """One of the JVM's two streams, led through this process."""

    def __init__(self, jvm: Any, name: str, masker: Masker) -> None:  # noqa: ANN401 - Java's
        self._set = getattr(jvm.java.lang.System, f"set{name.capitalize()}")
        self._before = getattr(jvm.java.lang.System, name)
        self._diverted = Diverted(_JavaStream(self._before), masker)
        file = f"/proc/{os.getpid()}/fd/{self._diverted.end}"
        append = flushing = True
        output = jvm.java.io.FileOutputStream(file, append)
        self._stream = jvm.java.io.PrintStream(output, flushing, "UTF-8")
        os.close(self._diverted.end)
        self._set(self._stream)

    def put_back(self) -> None:
        self._set(self._before)
        self._stream.close()
        self._diverted.wait()


def _put_back(ways: list[_Way]) -> None:
    for way in ways:
        try:
            way.put_back()
        except Exception as error:  # noqa: BLE001 - py4j's: the run's own end counts, not this
            sys.stderr.write(f"The JVM's streams could not be put back: {brief(error)}\n")


class _JavaStream:
    """A stream of the JVM, written to from here; once it is gone, our own standard error."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - Java's
        self._stream = stream

    def write(self, text: str, /) -> None:
        try:
            self._stream.print(text)
        except Exception:  # noqa: BLE001 - py4j's
            sys.stderr.write(text)

    def flush(self) -> None:
        """Do nothing: the JVM keeps none of it."""
