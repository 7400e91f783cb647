"""A driver stands by, and another one after it; stand-ins for drivers do what files tell them."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.launchers import standby_keeper as keeper
from gluepot.jobs.launchers.launch import LaunchSettings, Submission
from gluepot.jobs.launchers.standby_keeper import StandbyKeeper
from gluepot.jobs.process import lifeline
from gluepot.jobs.standby.choosing import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS = 30

STAND_IN = """
import os, pathlib, socket, sys, time
named = dict(zip(sys.argv[2::2], sys.argv[3::2]))
at = pathlib.Path(named["--socket"])
os.chdir(at.parent)
listener = socket.socket(socket.AF_UNIX)
listener.bind(at.name)
def wait_for(name):
    while not pathlib.Path(name).exists():
        time.sleep(0.02)
    pathlib.Path(name).unlink()
wait_for("warm")
at.with_suffix(".ready").touch()
wait_for("take")
at.with_suffix(".ready").unlink()
at.unlink()
wait_for("end")
"""


class Kept:
    """A keeper, the folder of its drivers, and what they are told."""

    def __init__(self, settings: LaunchSettings, alive: Path) -> None:
        self.folder = settings.home / FOLDER
        self.keeper = StandbyKeeper(lambda: settings, alive)

    def tell(self, word: str) -> None:
        """Tell the driver that waits for this word."""
        (self.folder / word).touch()
        self.until(lambda: not (self.folder / word).exists())

    def sockets(self) -> set[Path]:
        """Return those that a run could be handed to."""
        return set(self.folder.glob("*.sock"))

    def until(self, holds: Callable[[], bool]) -> None:
        """Let the keeper look after all until something holds."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < deadline
            self.keeper.step()
            time.sleep(0.02)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    submission = Submission(
        job_name="", environment={}, command=(sys.executable, str(program), "entry.py")
    )

    def prepared(*_: Any) -> Submission:  # noqa: ANN401
        return submission

    monkeypatch.setattr(keeper, "prepare", prepared)
    monkeypatch.setattr(keeper, "TAKEN_SECONDS", 0.0)
    settings = LaunchSettings(
        catalog_url="",
        home=tmp_path / "home",
        conf_dir=tmp_path,
        s3=S3Config(),
        jars_dir=tmp_path,
        java_home=None,
        master="local[2]",
    )
    with lifeline.held(tmp_path) as alive:
        made = Kept(settings, alive)
        yield made
        made.keeper.end(time.monotonic())


def test_a_driver_can_be_asked_before_it_is_warm(kept: Kept) -> None:
    kept.until(lambda: len(kept.sockets()) == 1)
    assert not kept.keeper.ready

    kept.tell("warm")
    kept.until(lambda: kept.keeper.ready)


def test_the_next_driver_stands_by_when_the_run_of_the_one_before_ends(kept: Kept) -> None:
    kept.until(lambda: len(kept.sockets()) == 1)
    first = kept.sockets()
    kept.tell("warm")
    kept.tell("take")
    kept.until(lambda: bool(kept.sockets() - first))
    kept.tell("warm")
    kept.until(lambda: kept.keeper.ready)

    kept.tell("end")
    for _ in range(50):  # until the keeper has seen the end, and for a while after that
        kept.keeper.step()
        time.sleep(0.02)

    assert kept.keeper.ready
    assert len(kept.sockets()) == 1


def test_nothing_is_left_when_the_keeper_ends(kept: Kept) -> None:
    kept.until(lambda: len(kept.sockets()) == 1)
    kept.tell("warm")

    kept.keeper.end(time.monotonic())

    assert list(kept.folder.iterdir()) == []
