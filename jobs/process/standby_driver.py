"""The driver that stands by: it starts a session, uses it once, and waits for a run.

It serves one run and ends, so nothing of a run is left for another. The run's arguments and
variables, its standard output and error come from the client, which has the run's place in the
eyes of whoever started it: when it ends, so does this process with all of Spark.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.jobs.metrics import spark_figures
from gluepot.jobs.parameters.arguments import pairs
from gluepot.jobs.process import child, lifeline
from gluepot.jobs.process.warm_up import warm_up
from gluepot.jobs.runs.failure import brief
from gluepot.jobs.standby.choosing import ready_mark
from gluepot.jobs.standby.client import HEADER_BYTES, STOP
from gluepot.jobs.standby.fingerprint import is_loose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark import SparkContext

FAILED = 1

CLOSE_SECONDS = 5.0
"""How long the JVM may take to close what is the client's."""

REQUEST_SECONDS = 10.0
"""How long a client may take to say what it wants."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A run that a client has handed over.

    Attributes:
        connection: The client's; it lives as long as the run may.
        arguments: The run's.
        environment: The client's variables.
        output: Where standard output goes, a descriptor.
        errors: Where standard error goes, a descriptor.
    """

    connection: socket.socket
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    output: int
    errors: int


def main(args: Sequence[str]) -> int:
    """Stand by at the socket that ``args`` name, carry out one run, and return its exit code."""
    named = pairs(args)
    at, log = Path(named["socket"]), Path(named["log"])
    taken = threading.Event()
    lifeline.watch(Path(named["lifeline"]), partial(_leave, taken))
    _watch_jvm()
    with _listening(at) as listener:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - whoever imports this need not have it

        spark = SparkSession.builder.getOrCreate()
        warm_up(spark, enough=lambda: _is_asked(listener))
        ready_mark(at).touch()
        order = _take(listener, at, log)
    taken.set()
    opened = _adopt(order, spark.sparkContext)
    code = _carry_out(order)
    _take_back(spark.sparkContext, opened, log)
    _let_go(order, log, code)
    return code


def _leave(taken: threading.Event) -> None:
    """End with the process that keeps this one; a run puts its end on record first."""
    if taken.is_set():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(lifeline.GRACE_SECONDS)
    lifeline.kill_group()


def _watch_jvm() -> None:
    """End when the JVM does: it holds the other end of this process's standard input."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        lifeline.kill_group()

    threading.Thread(target=wait, name="jvm", daemon=True).start()


@contextlib.contextmanager
def _listening(at: Path) -> Iterator[socket.socket]:
    """Listen from the first moment: who comes early waits for what has begun already."""
    at.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(at.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        before = os.umask(0o177)
        # The address of a socket is at most 107 bytes, and a path may be longer.
        listener.bind(f"/proc/self/fd/{folder}/{at.name}")
        os.umask(before)
        os.close(folder)
        listener.listen(1)
        yield listener


def _is_asked(listener: socket.socket) -> bool:
    return bool(select.select([listener], [], [], 0)[0])


def _take(listener: socket.socket, at: Path, log: Path) -> Order:
    """Wait for a client; the others are refused, so that each finds another way at once."""
    while True:
        connection, _ = listener.accept()
        connection.settimeout(REQUEST_SECONDS)
        with contextlib.suppress(OSError):  # it has gone, or says nothing: the next, please
            order = _order(connection)
            if order is not None:
                said = {"log": str(log), "size": str(log.stat().st_size)}
                connection.sendall(f"{json.dumps(said)}\n".encode())
                connection.settimeout(None)
                ready_mark(at).unlink(missing_ok=True)
                at.unlink()
                return order
        connection.close()


def _order(connection: socket.socket) -> Order | None:
    """Return what a client of this user wants; None of one that has gone, or is another's."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, user, _ = struct.unpack("3i", credentials)
    if user != os.getuid():
        return None
    header, descriptors, _, _ = socket.recv_fds(connection, HEADER_BYTES, 2)
    if len(header) != HEADER_BYTES or len(descriptors) != 2:  # noqa: PLR2004 - output and errors
        return None
    left = int.from_bytes(header, "big")
    parts = []
    while left:
        parts.append(connection.recv(min(left, 1 << 16)))
        if not parts[-1]:
            return None
        left -= len(parts[-1])
    told = json.loads(b"".join(parts))
    return Order(
        connection=connection,
        arguments=tuple(told["arguments"]),
        environment=told["environment"],
        output=descriptors[0],
        errors=descriptors[1],
    )


def _adopt(order: Order, context: SparkContext) -> list[Any]:
    """Make this process the run's: what it says, its variables, its name, its figures.

    Returns:
        The streams of the JVM that lead to the client.
    """
    descriptors = f"/proc/{os.getpid()}/fd"
    opened = _redirect_jvm(
        context, f"{descriptors}/{order.output}", f"{descriptors}/{order.errors}"
    )
    sys.stdout.flush()
    sys.stderr.flush()
    # What a driver of spark-submit writes to either goes to the JVM's standard output.
    os.dup2(order.output, 1)
    os.dup2(order.output, 2)
    for name in {*os.environ, *order.environment}:
        if not is_loose(name):
            continue
        if name in order.environment:
            os.environ[name] = order.environment[name]
        else:
            del os.environ[name]
    job = pairs(order.arguments)["JOB_NAME"]
    context.appName = job
    context._jsc.sc().conf().setAppName(job)  # noqa: SLF001
    spark_figures.count_anew(context)
    return opened


def _redirect_jvm(context: SparkContext, output: str, errors: str) -> list[Any]:
    """Have the JVM write to these files, and return its streams; its log follows ``System.err``."""
    jvm: Any = context._jvm  # noqa: SLF001
    java = jvm.java
    found = []
    for stream, place in (("setOut", output), ("setErr", errors)):
        append = flushing = True
        opened = java.io.PrintStream(java.io.FileOutputStream(place, append), flushing)
        getattr(java.lang.System, stream)(opened)
        found.append(opened)
    return found


def _take_back(context: SparkContext, opened: list[Any], log: Path) -> None:
    """Have the JVM write to its own log again; what it does not close is closed when it ends."""

    def take() -> None:
        try:
            _redirect_jvm(context, str(log), str(log))
            for stream in opened:
                stream.close()
        except Exception as error:  # noqa: BLE001 - py4j's: the run has its end on record already
            sys.stderr.write(f"The JVM keeps the run's log open: {brief(error)}\n")

    # In a thread of its own: a run that was stopped has left the main thread's conversation with
    # the JVM in the middle.
    taking = threading.Thread(target=take, daemon=True)
    taking.start()
    taking.join(timeout=CLOSE_SECONDS)


def _obey(connection: socket.socket, done: threading.Event) -> None:
    """Pass on that the run is to end; end at once when the client is gone before the run is."""
    try:
        while connection.recv(1) == STOP:
            os.kill(os.getpid(), signal.SIGTERM)
    except ConnectionError:
        pass
    if not done.is_set():
        lifeline.kill_group()


def _carry_out(order: Order) -> int:
    """Carry out the run and return its exit code; without the client it ends at once."""
    done = threading.Event()
    threading.Thread(
        target=_obey, args=(order.connection, done), name="client", daemon=True
    ).start()
    code = FAILED
    try:
        code = child.main(order.arguments)
    except Exception:  # noqa: BLE001 - it is told as Python would tell it
        traceback.print_exc()
    done.set()
    return code


def _let_go(order: Order, log: Path, code: int) -> None:
    """Close what is the client's and tell it the code: Java takes seconds to end."""
    sys.stdout.flush()
    sys.stderr.flush()
    with log.open("ab") as own:
        os.dup2(own.fileno(), 1)
        os.dup2(own.fileno(), 2)
    os.close(order.output)
    os.close(order.errors)
    order.connection.sendall(f"{code}\n".encode())
    order.connection.shutdown(socket.SHUT_WR)
