"""A result is there whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import StorageError
from gluepot.matching import whole
from gluepot.matching.errors import OutputRefusedError
from gluepot.matching.whole import whole_file, whole_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _ours(folder: Path) -> bool:
    return {path.name for path in folder.iterdir()} == {"mark"}


def _write(target: Path, text: str, *, overwrite: bool = False) -> None:
    with whole_folder(target, overwrite=overwrite, is_ours=_ours) as folder:
        (folder / "mark").write_text(text)


def test_a_folder_appears_when_all_is_written(tmp_path: Path) -> None:
    target = tmp_path / "new" / "out"

    with whole_folder(target, overwrite=False, is_ours=_ours) as folder:
        (folder / "mark").write_text("1")
        assert not target.exists()

    assert (target / "mark").read_text() == "1"
    assert list(target.parent.iterdir()) == [target]
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o777 & ~umask


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    _write(tmp_path / "out", "1")

    assert (tmp_path / "out" / "mark").read_text() == "1"


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_result_is_replaced_only_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_one_step: bool
) -> None:
    if not in_one_step:
        monkeypatch.setattr(whole, "_exchanged", lambda _one, _other: False)
    _write(tmp_path / "out", "1")

    with pytest.raises(OutputRefusedError, match="--overwrite"):
        _write(tmp_path / "out", "2")
    assert (tmp_path / "out" / "mark").read_text() == "1"

    _write(tmp_path / "out", "2", overwrite=True)
    assert (tmp_path / "out" / "mark").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_is_not_ours_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_text("x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "photos")

    for name in ("photos", "file", "link"):
        with pytest.raises(OutputRefusedError, match=name):
            _write(tmp_path / name, "1", overwrite=True)

    assert (tmp_path / "photos" / "a.jpg").read_text() == "x"


def test_what_comes_while_the_work_goes_on_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"

    def work() -> None:
        with whole_folder(target, overwrite=False, is_ours=_ours):
            target.mkdir()
            (target / "a.jpg").write_text("x")

    with pytest.raises(OutputRefusedError):
        work()

    assert [path.name for path in tmp_path.rglob("*")] == ["out", "a.jpg"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    _write(tmp_path / "out", "1")

    def work() -> None:
        with whole_folder(tmp_path / "out", overwrite=True, is_ours=_ours) as folder:
            (folder / "mark").write_text("2")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()

    assert (tmp_path / "out" / "mark").read_text() == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Let no file grow beyond a kilobyte, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="out cannot be written"):
        _write(tmp_path / "out", "x" * 5000)
    with pytest.raises(StorageError, match=r"model\.json cannot be written"):
        whole_file(tmp_path / "model.json", b"x" * 5000, overwrite=False)

    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_leaves_what_the_next_one_removes(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from gluepot.matching.whole import whole_folder
        with whole_folder(Path(sys.argv[1]), overwrite=True, is_ours=lambda _: True) as folder:
            (folder / "mark").write_text("2")
            print("half", flush=True)
            time.sleep(60)
        """
    )
    _write(tmp_path / "out", "1")
    command = [sys.executable, "-c", script, str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        _write(tmp_path / "out", "3", overwrite=True)
        assert len(list(tmp_path.iterdir())) == 2  # somebody at work is left alone
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert (tmp_path / "out" / "mark").read_text() == "3"
    _write(tmp_path / "out", "4", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_is_replaced_only_when_told(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    whole_file(file, b"1", overwrite=False)

    with pytest.raises(OutputRefusedError, match="--overwrite"):
        whole_file(file, b"2", overwrite=False)
    assert file.read_bytes() == b"1"

    whole_file(file, b"2", overwrite=True)
    assert file.read_bytes() == b"2"
    assert list(tmp_path.iterdir()) == [file]
