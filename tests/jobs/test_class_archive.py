"""The archive of Spark's classes: named after what it was made of, and never in the way."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.launchers import class_archive
from gluepot.jobs.launchers.class_archive import (
    KEPT,
    ClassArchiveError,
    archive_options,
    archive_path,
)
from gluepot.jobs.sessions import jars
from gluepot.jobs.sessions.jars import Jar

if TYPE_CHECKING:
    from pathlib import Path

JAVA = jars.java_command(os.environ.get("JAVA_HOME"))

PROGRAM = """
import pathlib, sys
pairs = dict(pair.split("=", 1) for pair in sys.argv[2:])
option = pairs["spark.driver.extraJavaOptions"].split()[0]
pathlib.Path(option.partition("=")[2]).write_text("classes")
"""


@pytest.fixture
def jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the one locked jar, which is there."""
    locked = Jar(group="org.example", artifact="thing", version="1.0", sha256="0")
    monkeypatch.setattr(class_archive, "locked_jars", lambda: (locked,))
    file = tmp_path / locked.file_name
    file.write_bytes(b"classes")
    return file


def made_by(monkeypatch: pytest.MonkeyPatch, folder: Path, program: str) -> None:
    """Have another program in the place of Python with the warm-up."""
    file = folder / "python"
    file.write_text(f"#!{sys.executable}\nimport sys\ndel sys.argv[1:3]\n{program}")
    file.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(file))


def test_an_archive_is_another_when_a_jar_of_it_has_changed(jar: Path) -> None:
    first = archive_path(jar.parent, java=JAVA)
    assert archive_path(jar.parent, java=JAVA) == first

    os.utime(jar, (1, 1))
    touched = archive_path(jar.parent, java=JAVA)
    jar.unlink()

    assert len({first, touched, archive_path(jar.parent, java=JAVA)}) == 3


def test_an_archive_is_another_for_another_java(jar: Path) -> None:
    other = jar.parent / "jdk" / "bin" / "java"
    (jar.parent / "jdk" / "lib").mkdir(parents=True)
    (jar.parent / "jdk" / "lib" / "modules").write_bytes(b"")

    assert archive_path(jar.parent, java=str(other)) != archive_path(jar.parent, java=JAVA)


def test_only_an_archive_that_is_there_is_used(tmp_path: Path) -> None:
    archive = tmp_path / "spark-0.jsa"
    assert archive_options(archive) == ""

    archive.touch()
    assert f"-XX:SharedArchiveFile={archive}" in archive_options(archive)


def test_of_old_archives_the_newest_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by(monkeypatch, tmp_path, PROGRAM)
    now = time.time()
    for number in range(5):
        old = tmp_path / f"spark-{number}.jsa"
        old.touch()
        os.utime(old, (now - number, now - number))
    new = tmp_path / "spark-new.jsa"

    class_archive.build_archive(new, conf={}, work=tmp_path)

    left = {file.name for file in tmp_path.glob("*.jsa")}
    assert left == {"spark-new.jsa", *(f"spark-{number}.jsa" for number in range(KEPT - 1))}
    assert new.read_text() == "classes"


def test_a_warm_up_that_fails_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by(monkeypatch, tmp_path, f"{PROGRAM}\nsys.exit('no memory')")

    with pytest.raises(ClassArchiveError, match="no memory"):
        class_archive.build_archive(tmp_path / "spark-0.jsa", conf={}, work=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["python"]
