"""A server as those who run it see it: probes, figures, logs, several processes, its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.engine import open_engine
from tests.servers.glue import process_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.glue import GlueServer


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url) as reply:  # noqa: S310
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def wait_for(seen: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def metric(url: str, name: str) -> float:
    """Return a figure; those that are not there are 0."""
    _, text = get(f"{url}/metrics")
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


def test_a_server_with_its_database_is_alive_and_ready(glue_server: GlueServer) -> None:
    assert get(f"{glue_server.url}/healthz") == (200, '{"status":"alive"}')
    assert get(f"{glue_server.url}/readyz") == (200, '{"status":"ready"}')


def test_a_server_is_not_ready_at_another_schema(glue_server: GlueServer) -> None:
    engine = open_engine(glue_server.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001_catalog'"))
    engine.dispose()

    status, body = get(f"{glue_server.url}/readyz")

    assert (status, json.loads(body)["status"]) == (503, "not ready")
    assert get(f"{glue_server.url}/healthz")[0] == 200


def test_the_figures_count_requests_by_operation_and_outcome(
    glue_server: GlueServer,
    glue: Any,  # noqa: ANN401
) -> None:
    glue.create_database(DatabaseInput={"Name": "a"})
    for _ in range(2):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            glue.get_database(Name="b")

    def count(operation: str, outcome: str) -> float:
        labels = f'{{operation="{operation}",outcome="{outcome}"}}'
        return metric(glue_server.url, f"gluepot_requests_total{labels}")

    assert count("CreateDatabase", "ok") == 1
    assert count("GetDatabase", "EntityNotFoundException") == 2
    seconds = 'gluepot_request_seconds_count{operation="GetDatabase"}'
    assert metric(glue_server.url, seconds) == 2
    assert metric(glue_server.url, "gluepot_requests_in_flight") == 0
    assert metric(glue_server.url, "gluepot_database_connections") >= 1
    assert metric(glue_server.url, "gluepot_database_bytes") > 0
    assert metric(glue_server.url, "gluepot_request_bytes_total") > 20


def test_the_log_tells_of_each_request_by_the_id_in_its_reply(
    sqlite_url: str, tmp_path: Path
) -> None:
    with process_server(sqlite_url, tmp_path / "home") as server:
        reply = server.client().get_databases()
        request_id = reply["ResponseMetadata"]["RequestId"]
        log = next((tmp_path / "home").glob("serve-*.log"))
        wait_for(lambda: request_id in log.read_text())

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request_id") == request_id]
    assert line["action"] == "request"
    assert (line["operation"], line["outcome"], line["status"]) == ("GetDatabases", "ok", 200)
    assert line["source"] == "127.0.0.1"
    assert line["principal"] == "arn:aws:iam::000000000000:root"
    assert line["milliseconds"] > 0


def locked(path: Path) -> sqlite3.Connection:
    """Return a connection that keeps writers of a SQLite database waiting."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_the_end_waits_for_what_runs_and_refuses_what_is_new(
    sqlite_url: str, tmp_path: Path
) -> None:
    found: list[Any] = []
    with process_server(sqlite_url, tmp_path / "home") as server:
        client = server.client()
        client.get_databases()
        lock = locked(tmp_path / "catalog.db")
        writer = threading.Thread(
            target=lambda: found.append(client.create_database(DatabaseInput={"Name": "a"}))
        )
        writer.start()
        wait_for(lambda: metric(server.url, "gluepot_requests_in_flight") == 1)

        os.kill(server.pid or 0, signal.SIGTERM)
        port = int(server.url.rpartition(":")[2])
        wait_for(lambda: not _connects(port))
        assert found == []
        lock.execute("COMMIT")
        lock.close()
        writer.join(20)

        assert [reply["ResponseMetadata"]["HTTPStatusCode"] for reply in found] == [200]
        _, status = os.waitpid(server.pid or 0, 0)
        assert os.waitstatus_to_exitcode(status) == 0


def test_the_end_is_bounded_whatever_runs(sqlite_url: str, tmp_path: Path) -> None:
    environment = {"GLUEPOT_SERVER__SHUTDOWN_SECONDS": "1"}
    with process_server(sqlite_url, tmp_path / "home", env=environment) as server:
        client = server.client()
        client.get_databases()
        lock = locked(tmp_path / "catalog.db")
        errors: list[Exception] = []

        def write() -> None:
            try:
                client.create_database(DatabaseInput={"Name": "a"})
            except Exception as error:  # noqa: BLE001
                errors.append(error)

        writer = threading.Thread(target=write)
        writer.start()
        wait_for(lambda: metric(server.url, "gluepot_requests_in_flight") == 1)
        started = time.monotonic()

        os.kill(server.pid or 0, signal.SIGTERM)
        os.waitpid(server.pid or 0, 0)

        # The statement alone would wait for the lock for half a minute.
        assert time.monotonic() - started < 20
        writer.join(20)
        lock.execute("ROLLBACK")
        lock.close()
        assert errors


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _children(pid: int) -> set[int]:
    found = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if f"\nPPid:\t{pid}\n" in text:
            found.add(int(status.parent.name))
    return found


def test_workers_share_a_port_and_a_database_and_are_replaced(
    database_url: str, tmp_path: Path
) -> None:
    environment = {"GLUEPOT_SERVER__WORKERS": "2"}
    with process_server(database_url, tmp_path / "home", env=environment) as server:
        clients = [server.client() for _ in range(8)]
        for number, client in enumerate(clients):
            client.create_database(DatabaseInput={"Name": f"d{number}"})
        pid = server.pid or 0
        before = _children(pid)
        counted = 'gluepot_requests_total{operation="CreateDatabase",outcome="ok"}'
        assert metric(server.url, counted) == 8
        assert len(before) == 2

        os.kill(min(before), signal.SIGKILL)
        wait_for(lambda: len(_children(pid) - before) == 1)

        client = server.client(retries={"max_attempts": 5})
        assert len(client.get_databases()["DatabaseList"]) == 8
        last = _children(pid)
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        assert not any(Path(f"/proc/{child}").exists() for child in last)


def test_workers_end_when_their_parent_is_killed(sqlite_url: str, tmp_path: Path) -> None:
    environment = {"GLUEPOT_SERVER__WORKERS": "2"}
    with process_server(sqlite_url, tmp_path / "home", env=environment) as server:
        server.client().get_databases()
        workers = _children(server.pid or 0)

        os.kill(server.pid or 0, signal.SIGKILL)

        assert len(workers) == 2
        wait_for(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in workers))


def test_a_unix_socket_answers_its_owner_alone(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "glue.sock"
    command = [str(Path(sys.executable).with_name("gluepot")), "serve", "--unix-socket", str(path)]
    variables = os.environ | {"GLUEPOT_HOME": str(tmp_path), "GLUEPOT_CATALOG_URL": sqlite_url}
    child = subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL)
    try:
        wait_for(path.is_socket)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        child.terminate()
        child.wait(20)


def test_a_port_that_is_taken_is_said_in_one_line(sqlite_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [str(Path(sys.executable).with_name("gluepot")), "serve", "--port", port]
        variables = os.environ | {"GLUEPOT_HOME": str(tmp_path), "GLUEPOT_CATALOG_URL": sqlite_url}
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, timeout=30
        )

    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: The server cannot listen on 127.0.0.1:{port}")
    assert done.stderr.count("\n") == 1
