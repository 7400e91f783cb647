"""Crawls that are killed, and crawls whose database goes: whole tables, and the next is right."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.planning.apply import apply_change
from gluepot.crawlers.sources.objects import open_source
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.store import RunStore
from tests.conftest import NO_POSTGRES, migrate_new
from tests.crawlers.conftest import Desk, Place, new_bucket
from tests.crawlers.crawl_command import CrawlCommand, wait_for
from tests.jobs.holding_s3 import holding_s3
from tests.servers.postgres import USER, postgres_bin, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gluepot.crawlers.sources.config import S3Config

TABLES, DAYS = 25, 12
WHOLE = {f"t{number:02}": DAYS for number in range(TABLES)}


def put_tables(place: Place) -> None:
    for number in range(TABLES):
        for day in range(DAYS):
            # A column of its own keeps each folder a table.
            place.put(f"t{number:02}/day={day}/a.csv", f"id,name{number}\n1,a\n2,b\n")


def partitions(desk: Desk) -> dict[str, int]:
    """Return how many partitions each table has that there is."""
    return {name: len(desk.values(name)) for name in desk.tables()}


def runs_of(desk: Desk) -> list[RunState]:
    """Return the states of all runs, the newest first."""
    return [run.state for run in RunStore(desk.engine, desk.clock).list(name="killed")]


@pytest.fixture
def command(any_desk: Desk, folder: Place, tmp_path: Path) -> CrawlCommand:
    put_tables(folder)
    url = any_desk.engine.url.render_as_string(hide_password=False)
    return CrawlCommand(place=folder, url=url, home=tmp_path / "home")


def check_repaired(command: CrawlCommand, desk: Desk) -> None:
    """Check that what is there is whole, and that the next crawl finds the rest."""
    assert set(partitions(desk).items()) <= set(WHOLE.items())

    command.run()

    assert partitions(desk) == WHOLE
    assert {desk.versions(name)[-1] for name in WHOLE} == {"0"}
    history = command.history()
    assert [item["state"] for item in history] == ["SUCCEEDED", "FAILED"]
    assert runs_of(desk) == [RunState.SUCCEEDED, RunState.FAILED]


@pytest.mark.parametrize("tables", [2, 15])
def test_a_crawl_killed_while_it_writes_leaves_whole_tables(
    command: CrawlCommand, any_desk: Desk, tables: int
) -> None:
    child = command.start()
    wait_for(lambda: len(any_desk.tables()) >= tables, child)
    child.kill()

    killed = command.wait(child)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(any_desk.tables()) >= tables
    assert "killed or crashed" in command.history()[0]["error"]
    check_repaired(command, any_desk)


@pytest.mark.parametrize("held", ["list-type", "day%3D3"])
def test_a_crawl_killed_while_it_looks_leaves_nothing(
    desk: Desk, versitygw_s3: S3Config, tmp_path: Path, held: str
) -> None:
    place = new_bucket(versitygw_s3)
    put_tables(place)
    url = desk.engine.url.render_as_string(hide_password=False)
    with holding_s3(str(versitygw_s3.endpoint_url)) as (endpoint, hand):
        s3 = dataclasses.replace(versitygw_s3, endpoint_url=endpoint)
        place = Place(root=place.root, s3=s3, source=open_source(place.root, s3))
        command = CrawlCommand(place=place, url=url, home=tmp_path / "home")
        wanted = {held, held.replace("%3D", "=")}
        hand.hold(lambda method, path, _: method == "GET" and any(part in path for part in wanted))
        child = command.start()
        wait_for(hand.caught.is_set, child)
        child.kill()
        killed = command.wait(child)
        hand.let_go()

        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert desk.tables() == []
        check_repaired(command, desk)


def after_each_table(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen whenever a crawl of this process has written a table."""

    def apply_then(*args: Any, **options: Any) -> None:  # noqa: ANN401
        apply_change(*args, **options)
        happens()

    monkeypatch.setattr("gluepot.crawlers.crawl.apply_change", apply_then)


def test_a_crawl_that_was_taken_for_dead_writes_no_more(
    desk: Desk, folder: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_tables(folder)
    url = desk.engine.url.render_as_string(hide_password=False)
    command = CrawlCommand(place=folder, url=url, home=tmp_path / "home")
    runs = RunStore(desk.engine, desk.clock)
    after_each_table(
        monkeypatch, lambda: runs.finish(runs.list(name="killed")[0].id, RunState.FAILED)
    )

    command.run()

    assert partitions(desk) == {"t00": DAYS}
    assert [item["state"] for item in command.history()] == ["CANCELLED"]
    assert runs_of(desk) == [RunState.FAILED]


def test_a_crawl_by_hand_renews_its_lease_while_it_works(
    desk: Desk, folder: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("t/a.csv", "id,name\n1,a\n2,b\n")
    url = desk.engine.url.render_as_string(hide_password=False)
    command = CrawlCommand(place=folder, url=url, home=tmp_path / "home")
    runs = RunStore(desk.engine, desk.clock)
    renewed = threading.Event()

    def renew(*_: object, **__: object) -> bool:
        renewed.set()
        return True

    monkeypatch.setattr("gluepot.jobs.runs.lease.BEAT_SECONDS", 0.01)
    monkeypatch.setattr("gluepot.jobs.runs.store.RunStore.heartbeat", renew)
    after_each_table(monkeypatch, lambda: renewed.wait(timeout=10))

    command.run()

    assert renewed.is_set()
    assert [run.state for run in runs.list()] == [RunState.SUCCEEDED]


def test_a_full_disk_is_an_error_in_one_line_and_leaves_whole_tables(
    desk: Desk, folder: Place, tmp_path: Path
) -> None:
    put_tables(folder)
    url = desk.engine.url.render_as_string(hide_password=False)
    file = Path(str(desk.engine.url.database))
    full = CrawlCommand(
        place=folder,
        url=url,
        home=tmp_path / "home",
        biggest_file=file.stat().st_size + 40_000,
    )

    failed = full.wait(full.start())

    assert failed.returncode == 1, failed.stdout
    assert "Traceback" not in failed.stderr
    assert "check the disk" in failed.stderr or "disk is full" in failed.stderr
    check_repaired(dataclasses.replace(full, biggest_file=None), desk)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Server:
    """A PostgreSQL that a test stops and starts."""

    url: str
    folder: Path

    def control(self, *words: str) -> None:
        """Have the server's own program do something with it."""
        binaries = postgres_bin()
        assert binaries is not None
        command = [str(binaries / "pg_ctl"), "-D", str(self.folder / "data"), "-w", *words]
        if os.geteuid() == 0:
            owner = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
            command = [*owner, *command]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=60)

    def stop(self) -> None:
        """Stop at once, as if the machine had lost its power."""
        self.control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start on the same port."""
        options = f"-p {sa.make_url(self.url).port} -h 127.0.0.1 -k '' -c fsync=off"
        self.control("start", "-o", options, "-l", "/dev/null")


@pytest.fixture
def server(server_dir: Path) -> Iterator[Server]:
    binaries = postgres_bin()
    if binaries is None:
        pytest.skip(NO_POSTGRES)
    folder = server_dir / "stopped"
    with postgres_server(folder, binaries=binaries) as url:
        assert USER in url
        migrate_new(url)
        yield Server(url=url, folder=folder)


def test_a_database_that_goes_is_an_error_in_one_line_and_leaves_whole_tables(
    server: Server, folder: Place, tmp_path: Path
) -> None:
    put_tables(folder)
    desk = Desk(server.url)
    command = CrawlCommand(place=folder, url=server.url, home=tmp_path / "home")
    child = command.start()
    wait_for(lambda: len(desk.tables()) >= 5, child)
    server.stop()

    failed = command.wait(child)
    with pytest.raises(GluepotError, match="cannot be reached"):
        desk.tables()
    while_away = command.wait(command.start())

    server.start()
    try:
        for ended in (failed, while_away):
            assert ended.returncode == 1
            assert "Traceback" not in ended.stderr
            assert "cannot be reached; see that the server runs" in ended.stderr
        assert partitions(desk)
        check_repaired(command, desk)
    finally:
        desk.engine.dispose()
        server.stop()
