"""What happens to data when processes are killed, databases go away and disks are full."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from botocore.exceptions import BotoCoreError, ClientError

from tests.conftest import NO_POSTGRES
from tests.servers.glue import process_server, thread_server
from tests.servers.postgres import _as_owner, postgres_bin, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.glue import GlueServer

KILLS = int(os.environ.get("GLUEPOT_KILLS", "2"))
"""For a long run: GLUEPOT_KILLS=200."""
BATCH = 10
WRITERS = 4
TABLE = {"Name": "t", "PartitionKeys": [{"Name": "k", "Type": "string"}]}


class Writer(threading.Thread):
    """Sends batches of partitions until the server is gone; knows which were acknowledged."""

    def __init__(self, server: GlueServer, name: str) -> None:
        super().__init__()
        self._client = server.client()
        self._name = name
        self.sent: list[list[str]] = []
        self.acknowledged: list[list[str]] = []

    def run(self) -> None:
        """Write until that fails."""
        number = 0
        while True:
            values = [f"{self._name}-{number}-{index}" for index in range(BATCH)]
            self.sent.append(values)
            try:
                reply = self._client.batch_create_partition(
                    DatabaseName="a",
                    TableName="t",
                    PartitionInputList=[{"Values": [value]} for value in values],
                )
            except (BotoCoreError, ClientError):
                return
            if "Errors" not in reply:
                return  # cut off before its body: nothing was acknowledged
            assert reply["Errors"] == []
            self.acknowledged.append(values)
            number += 1


def test_a_killed_server_loses_nothing_it_acknowledged(database_url: str, tmp_path: Path) -> None:
    chosen = random.Random()  # noqa: S311
    writers: list[Writer] = []
    for kill in range(KILLS):
        with process_server(database_url, tmp_path / "home") as server:
            if kill == 0:
                server.client().create_database(DatabaseInput={"Name": "a"})
                server.client().create_table(DatabaseName="a", TableInput=TABLE)
            else:
                server.client().get_databases()
            new = [Writer(server, f"{kill}-{index}") for index in range(WRITERS)]
            for writer in new:
                writer.start()
            time.sleep(chosen.uniform(0.05, 0.6))
            os.kill(server.pid or 0, signal.SIGKILL)
            for writer in new:
                writer.join()
            writers += new

    with thread_server(database_url, tmp_path / "home") as server:
        pages = server.client().get_paginator("get_partitions")
        found = {
            item["Values"][0]
            for page in pages.paginate(DatabaseName="a", TableName="t")
            for item in page["Partitions"]
        }
    for writer in writers:
        for values in writer.acknowledged:
            assert found.issuperset(values)
        for values in writer.sent:
            assert len(found.intersection(values)) in {0, BATCH}
    assert sum(len(writer.acknowledged) for writer in writers) > 0
    if database_url.startswith("sqlite"):
        check_sqlite(Path(database_url.removeprefix("sqlite:///")))


def check_sqlite(path: Path) -> None:
    assert path.stat().st_size > 0
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


@pytest.fixture
def own_postgres(
    server_dir: Path,
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the URL of a PostgreSQL of this test's own, and what restarts it."""
    binaries = postgres_bin()
    if binaries is None:
        pytest.skip(NO_POSTGRES)
    folder = server_dir / "restarted"
    control = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-w", "-m", "fast"]

    def restart() -> None:
        log = ["-l", str(folder / "data" / "second.log")]
        subprocess.run(
            _as_owner([*control, *log, "restart"]), check=True, stdout=subprocess.DEVNULL, cwd="/"
        )

    with postgres_server(folder, binaries=binaries) as url:
        yield url, restart
        stop = _as_owner([*control, "stop"])
        subprocess.run(stop, check=False, stdout=subprocess.DEVNULL, cwd="/")


class Load:
    """Clients that create databases with the SDK's retries, and one that looks without."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.faults: list[Exception] = []
        self.seen: list[ClientError] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, server: GlueServer) -> None:
        """Let all of them begin."""
        retrying = {"max_attempts": 12, "mode": "standard"}
        for index in range(3):
            writer = (server.client(retries=retrying), f"w{index}x")
            self._threads.append(threading.Thread(target=self._write, args=writer))
        self._threads.append(threading.Thread(target=self._look, args=(server.client(),)))
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let all of them come to their end."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _write(self, client: Any, name: str) -> None:  # noqa: ANN401
        number = 0
        while not self._stop.is_set():
            try:
                client.create_database(DatabaseInput={"Name": f"{name}{number}"})
            except client.exceptions.AlreadyExistsException:
                pass  # The first try was done, only its answer was lost.
            except Exception as error:  # noqa: BLE001
                self.faults.append(error)
                return
            self.made.append(f"{name}{number}")
            number += 1

    def _look(self, client: Any) -> None:  # noqa: ANN401
        while not self._stop.is_set():
            try:
                client.get_databases(MaxResults=1)
            except ClientError as error:
                self.seen.append(error)


def test_clients_outlive_a_restart_of_postgresql(
    own_postgres: tuple[str, Callable[[], None]], tmp_path: Path
) -> None:
    url, restart = own_postgres
    load = Load()
    with thread_server(url, tmp_path / "home") as server:
        load.start(server)
        time.sleep(0.5)
        restart()
        before = len(load.made)
        deadline = time.monotonic() + 30
        while len(load.made) < before + 10 and not load.faults and time.monotonic() < deadline:
            time.sleep(0.05)
        load.end()
        pages = server.client().get_paginator("get_databases").paginate()
        found = {item["Name"] for page in pages for item in page["DatabaseList"]}

    assert load.faults == []
    assert len(load.made) >= before + 10
    assert found.issuperset(load.made)
    for error in load.seen:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert error.response["Error"]["Code"] == "OperationTimeoutException"


def fill_up(client: Any) -> ClientError:  # noqa: ANN401
    """Write until that fails, and return the error."""
    for number in range(10_000):
        try:
            client.create_database(
                DatabaseInput={"Name": f"d{number}", "Parameters": {"a": "x" * 100_000}}
            )
        except ClientError as error:
            return error
    pytest.fail("the disk is not full yet")


def test_a_full_disk_is_said_and_the_database_stays_whole(sqlite_url: str, tmp_path: Path) -> None:
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 600")

    with thread_server(sqlite_url, tmp_path / "home") as server:
        server.client().get_databases()
    sa.event.listen(sa.pool.Pool, "connect", limit)
    try:
        with thread_server(sqlite_url, tmp_path / "home") as server:
            client = server.client()
            error = fill_up(client)
            count = len(client.get_databases()["DatabaseList"])
    finally:
        sa.event.remove(sa.pool.Pool, "connect", limit)

    assert "disk is full" in error.response["Error"]["Message"]
    assert "nothing was changed" in error.response["Error"]["Message"]
    check_sqlite(tmp_path / "catalog.db")
    with thread_server(sqlite_url, tmp_path / "home") as server:
        client = server.client()
        client.create_database(DatabaseInput={"Name": "room again"})
        assert len(client.get_databases()["DatabaseList"]) == count + 1


def test_a_file_that_may_not_grow_breaks_nothing(sqlite_url: str, tmp_path: Path) -> None:
    with process_server(sqlite_url, tmp_path / "home") as server:
        client = server.client()
        client.get_databases()
        # The kernel refuses writes beyond this, half-way through a transaction.
        resource.prlimit(server.pid or 0, resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
        error = fill_up(client)
        names = {item["Name"] for item in client.get_databases()["DatabaseList"]}

    assert error.response["Error"]["Code"] == "InternalServiceException"
    assert "disk" in error.response["Error"]["Message"]
    check_sqlite(tmp_path / "catalog.db")
    with thread_server(sqlite_url, tmp_path / "home") as server:
        client = server.client()
        client.create_database(DatabaseInput={"Name": "room again"})
        found = {item["Name"] for item in client.get_databases()["DatabaseList"]}
    assert found == names | {"room again"}


def test_two_servers_on_one_database_lose_no_update(database_url: str, tmp_path: Path) -> None:
    updates, errors = 15, []

    def count_up(client: Any) -> None:  # noqa: ANN401
        done = 0
        while done < updates:
            table = client.get_table(DatabaseName="a", Name="t")["Table"]
            number = int(table["Parameters"]["n"]) + 1
            try:
                client.update_table(
                    DatabaseName="a",
                    TableInput={"Name": "t", "Parameters": {"n": str(number)}},
                    VersionId=table["VersionId"],
                )
                done += 1
            except client.exceptions.ConcurrentModificationException:
                pass
            except Exception as error:  # noqa: BLE001
                errors.append(error)
                return

    with (
        process_server(database_url, tmp_path / "home") as one,
        process_server(database_url, tmp_path / "home") as two,
    ):
        client = one.client()
        client.create_database(DatabaseInput={"Name": "a"})
        client.create_table(DatabaseName="a", TableInput={"Name": "t", "Parameters": {"n": "0"}})
        servers = [one, two] * 2
        threads = [threading.Thread(target=count_up, args=(item.client(),)) for item in servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        table = two.client().get_table(DatabaseName="a", Name="t")["Table"]

    assert errors == []
    assert table["Parameters"]["n"] == str(4 * updates)
    assert table["VersionId"] == str(4 * updates)
