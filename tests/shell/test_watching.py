"""What `gluepot dev` sees of files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gluepot.dev.watching import Watch

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_new_other_or_gone_is_told_once(tmp_path: Path) -> None:
    for name in ("kept", "changed", "gone"):
        (tmp_path / f"{name}.yaml").write_text("one")
    watch = Watch(place=tmp_path)
    assert watch.changed() == []

    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "new.yaml").write_text("one")
    (tmp_path / "changed.yaml").write_text("two")
    os.utime(tmp_path / "changed.yaml", (1, 1))
    (tmp_path / "gone.yaml").unlink()

    told = [name.removeprefix(f"{tmp_path}/") for name in watch.changed()]
    assert told == ["changed.yaml", "gone.yaml", "jobs/new.yaml"]
    assert watch.changed() == []


def test_hidden_files_and_compiled_ones_are_nobodys_change(tmp_path: Path) -> None:
    watch = Watch(place=tmp_path)

    (tmp_path / ".new.yaml.swp").write_text("one")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "new.pyc").write_text("one")

    assert watch.changed() == []


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "gluepot.toml"
    watch = Watch(place=file)
    assert watch.changed() == []

    file.write_text("")

    assert watch.changed() == [str(file)]
