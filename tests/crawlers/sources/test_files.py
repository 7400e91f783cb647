"""What lies in folders of a disk: links, loops, odd names, and what may not be opened."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gluepot.crawlers.sources import files
from gluepot.crawlers.sources.errors import AccessRefusedError, PathNotFoundError
from gluepot.crawlers.sources.files import LocalFiles

if TYPE_CHECKING:
    from collections.abc import Iterator


def names(root: Path) -> list[str]:
    return [info.uri.removeprefix(f"file://{root}/") for info in LocalFiles().list(str(root))]


def test_files_come_in_the_order_of_keys_as_s3_has_them(tmp_path: Path) -> None:
    for name in ("a/x", "a.b", "a0", "a-1", "a/b/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")

    assert names(tmp_path) == ["a-1", "a.b", "a/b/c", "a/x", "a0"]


def test_links_to_files_are_followed_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "real").write_bytes(b"12")
    (tmp_path / "d" / "up").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "d" / "real")
    (tmp_path / "broken").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")

    assert names(tmp_path) == ["d/real", "link"]


@pytest.fixture
def deep_folder() -> Iterator[Path]:
    """Yield a folder with a file 1,500 folders down; Python could not remove it itself."""
    root = Path(tempfile.mkdtemp(prefix="gluepot-deep-"))
    here = os.open(root, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=here)
        inside = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(os.open("deep", os.O_CREAT, dir_fd=here))
    os.close(here)
    yield root
    subprocess.run(["/bin/rm", "-rf", str(root)], check=True)


def test_folders_may_be_deeper_than_python_recurses(deep_folder: Path) -> None:
    assert names(deep_folder) == ["d/" * 1_500 + "deep"]


def test_what_vanishes_during_the_listing_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    listed = files._entries

    def vanishing(folder: str) -> list[os.DirEntry[str]]:
        found = listed(folder)
        (tmp_path / "b").unlink(missing_ok=True)
        (tmp_path / "c" / "d").unlink(missing_ok=True)
        (tmp_path / "c").rmdir()
        return found

    monkeypatch.setattr(files, "_entries", vanishing)
    walk = LocalFiles().list(str(tmp_path))
    first = next(walk)
    monkeypatch.setattr(files, "_entries", listed)

    assert [info.uri for info in (first, *walk)] == [f"file://{tmp_path}/a"]


def test_a_folder_that_the_system_refuses_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: str) -> None:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("gluepot.crawlers.sources.files.os.scandir", refuse)

    with pytest.raises(AccessRefusedError, match=str(tmp_path)):
        names(tmp_path)


def test_a_name_that_is_no_text_is_listed_and_named_when_it_is_read(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/bad\xff.csv", "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"1")
    source = LocalFiles()

    (found,) = source.list(str(tmp_path))

    assert found.uri == f"file://{tmp_path}/bad\ufffd.csv"
    with pytest.raises(PathNotFoundError, match="bad\ufffd"):
        source.read(found.uri, 0, 1)
