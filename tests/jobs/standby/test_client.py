"""What takes a run's place while a driver that stands by carries it out."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.standby import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Behaviour = Callable[[socket.socket], None]

PLAIN = ("env", sys.executable, "-c", "import sys; print('plain', *sys.argv[1:])", "entry.py")


class Driver:
    """A stand-in for the driver: it takes one client at a time and does what it is told."""

    def __init__(self, file: Path, behaviour: Behaviour) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(file))
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve, args=(behaviour,), daemon=True)
        self.thread.start()

    def _serve(self, behaviour: Behaviour) -> None:
        connection, _ = self.listener.accept()
        with connection:
            behaviour(connection)


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[Callable[[Behaviour], None]]:
    (tmp_path / "standby.log").write_text("of before\n")
    started: list[Driver] = []

    def start(behaviour: Behaviour) -> None:
        started.append(Driver(tmp_path / "name-1.sock", behaviour))

    yield start
    for driver in started:
        driver.listener.close()


def received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    header, descriptors, _, _ = socket.recv_fds(connection, client.HEADER_BYTES, 2)
    body = connection.recv(int.from_bytes(header, "big"), socket.MSG_WAITALL)
    return json.loads(body), descriptors


def take(connection: socket.socket, tmp_path: Path) -> list[int]:
    told, descriptors = received(connection)
    assert told["arguments"] == ["--JOB_NAME", "two words"]
    assert told["environment"]["OF_THE_RUN"] == "1"
    log = tmp_path / "standby.log"
    taken = {"log": str(log), "size": str(log.stat().st_size)}
    connection.sendall(f"{json.dumps(taken)}\n".encode())
    return descriptors


def started(tmp_path: Path) -> subprocess.Popen[str]:
    arguments = (str(tmp_path), "name", "entry.py", *PLAIN, "--JOB_NAME", "two words")
    return subprocess.Popen(
        (sys.executable, "-S", client.__file__, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OF_THE_RUN": "1"},
    )


def test_the_driver_writes_where_the_client_would_and_its_exit_code_is_the_clients(
    stand_in: Callable[[Behaviour], None], tmp_path: Path
) -> None:
    def behave(connection: socket.socket) -> None:
        output, errors = take(connection, tmp_path)
        os.write(output, b"of the run\n")
        os.write(errors, b"of its log\n")
        with (tmp_path / "standby.log").open("a") as log:
            log.write("of the JVM\n")
        os.close(output)
        os.close(errors)
        connection.sendall(b"3\n")

    stand_in(behave)

    child = started(tmp_path)
    said, errors = child.communicate(timeout=30)

    assert (said, errors) == ("of the run\n", "of its log\nof the JVM\n")
    assert child.returncode == 3


def test_a_driver_that_is_still_starting_is_waited_for(
    stand_in: Callable[[Behaviour], None], tmp_path: Path
) -> None:
    begun, started_up = threading.Event(), threading.Event()

    def behave(connection: socket.socket) -> None:
        begun.set()
        started_up.wait()
        for descriptor in take(connection, tmp_path):
            os.close(descriptor)
        connection.sendall(b"0\n")

    stand_in(behave)
    child = started(tmp_path)
    begun.wait()
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(timeout=0.5)

    started_up.set()

    said, _ = child.communicate(timeout=30)
    assert (said, child.returncode) == ("", 0)


def hangs_up(_connection: socket.socket) -> None:
    """A driver that was taken by another at the same time."""


def hangs_up_after_the_request(connection: socket.socket) -> None:
    for descriptor in received(connection)[1]:
        os.close(descriptor)


@pytest.mark.parametrize("behaviour", [None, hangs_up, hangs_up_after_the_request])
def test_the_plain_command_runs_where_no_driver_takes_the_run(
    behaviour: Behaviour | None, stand_in: Callable[[Behaviour], None], tmp_path: Path
) -> None:
    if behaviour is not None:
        stand_in(behaviour)

    child = started(tmp_path)

    said, _ = child.communicate(timeout=30)
    assert (said, child.returncode) == ("plain entry.py --JOB_NAME two words\n", 0)


def test_the_plain_command_runs_where_the_driver_is_dead(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "name-1.sock"))

    child = started(tmp_path)

    said, _ = child.communicate(timeout=30)
    assert (said, child.returncode) == ("plain entry.py --JOB_NAME two words\n", 0)


@pytest.mark.parametrize(
    ("answer", "code"), [(b"1\n", 1), (b"", 128 + signal.SIGTERM)], ids=["records", "only ends"]
)
def test_sigterm_is_passed_on_and_the_drivers_end_is_waited_for(
    answer: bytes, code: int, stand_in: Callable[[Behaviour], None], tmp_path: Path
) -> None:
    at_work = threading.Event()
    heard: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        for descriptor in take(connection, tmp_path):
            os.close(descriptor)
        at_work.set()
        heard.append(connection.recv(1))
        connection.sendall(answer)

    stand_in(behave)
    child = started(tmp_path)
    assert at_work.wait(30)
    while not _handles(child.pid, signal.SIGTERM):
        pass

    child.terminate()

    child.communicate(timeout=30)
    assert (heard, child.returncode) == ([client.STOP], code)


def _handles(pid: int, number: int) -> bool:
    with open(f"/proc/{pid}/status") as status:  # noqa: PTH123 - no file of the disk
        caught = next(line for line in status if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & 1 << (number - 1))


def test_a_driver_that_ends_without_a_word_is_told_as_killed(
    stand_in: Callable[[Behaviour], None], tmp_path: Path
) -> None:
    def behave(connection: socket.socket) -> None:
        for descriptor in take(connection, tmp_path):
            os.close(descriptor)

    stand_in(behave)

    child = started(tmp_path)

    child.communicate(timeout=30)
    assert child.returncode == 128 + signal.SIGKILL
