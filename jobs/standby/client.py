"""Hands a run over to a driver that stands by, or becomes the plain command where none takes it.

python -S client.py FOLDER NAME ENTRY COMMAND...

``FOLDER`` has the sockets, ``NAME-*.sock`` those of drivers that fit; what comes after ``ENTRY``
in the command are the run's arguments. The process takes the place of the run's own: what the
driver writes goes to its standard output and error, SIGTERM is passed on, the driver ends with it,
and it ends with the driver's exit code. It imports nothing but the standard library, since its
start is a part of the run's.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:  # the module of this name would take longer than all the others
    from collections.abc import Iterable

HEADER_BYTES = 8
"""A request begins with its length, and brings standard output and error along."""

START_SECONDS = 60.0
"""How long a driver may take to start once it listens."""

STOP = b"T"
"""What the client says after its request: the run is to end."""

_KILLED = 128 + signal.SIGKILL
_ENDED = 128 + signal.SIGTERM


def connect(file: Path, connection: socket.socket) -> None:
    """Connect to the socket ``file``, whose path may be longer than addresses of sockets can be."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        connection.connect(f"/proc/self/fd/{folder}/{file.name}")
    finally:
        os.close(folder)


def request(arguments: list[str]) -> bytes:
    """Return what is sent to the driver: the run's arguments and this process's variables."""
    body = json.dumps({"arguments": arguments, "environment": dict(os.environ)}).encode()
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def hand_over(file: Path, arguments: list[str]) -> int | None:
    """Have the driver at ``file`` carry out the run; None where it does not take it.

    One that is still starting takes it as soon as it can, which is sooner than to begin anew.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connect(file, connection)
            connection.settimeout(START_SECONDS)
            sent = request(arguments)
            socket.send_fds(connection, [sent[:HEADER_BYTES]], [1, 2])
            connection.sendall(sent[HEADER_BYTES:])
            lines = connection.makefile("r", encoding="utf-8")
            taken = lines.readline()
            connection.settimeout(None)
        except OSError:
            return None
        return _wait(connection, json.loads(taken), lines) if taken else None


def _wait(connection: socket.socket, taken: dict[str, str], lines: Iterable[str]) -> int:
    """Return the exit code of the driver, which ends when this process does."""
    asked = []

    def stop(_number: int, _frame: object) -> None:
        asked.append(True)
        connection.send(STOP)

    with Path(taken["log"]).open("rb") as log:
        signal.signal(signal.SIGTERM, stop)
        try:
            said = list(lines)
        except ConnectionError:
            said = []
        # What the JVM's own C++ code says has gone there: it knows nothing of the run.
        log.seek(int(taken["size"]))
        os.write(2, log.read())
    if said:
        return int(said[0])
    return _ENDED if asked else _KILLED


def main(arguments: list[str]) -> int:
    """Hand over the run that ``arguments`` name, or become its command."""
    folder, name, entry, *command = arguments
    of_run = command[command.index(entry) + 1 :]
    for file in sorted(Path(folder).glob(f"{name}-*.sock")):
        code = hand_over(file, of_run)
        if code is not None:
            return code
    return os.execvp(command[0], command)  # noqa: S606 - it does not return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
