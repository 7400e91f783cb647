"""Jars come from the lock: checked by checksum, and named when one is missing or wrong."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.sessions import jars
from gluepot.jobs.sessions.jars import Jar, JarError

if TYPE_CHECKING:
    from pathlib import Path

JAVA = jars.java_command(os.environ.get("JAVA_HOME"))
CONTENT = b"not really a jar"


def _lock(monkeypatch: pytest.MonkeyPatch, content: bytes = CONTENT) -> Jar:
    """Lock one jar, which is then all that a folder needs."""
    digest = hashlib.sha256(content).hexdigest()
    jar = Jar(group="org.example", artifact="thing_2.13", version="1.0", sha256=digest)
    monkeypatch.setattr(jars, "locked_jars", lambda: (jar,))
    return jar


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return Ivy settings of a repository in a folder that holds the one jar."""
    folder = tmp_path / "mirror" / "org.example" / "thing_2.13"
    folder.mkdir(parents=True)
    (folder / "thing_2.13-1.0.jar").write_bytes(CONTENT)
    settings = tmp_path / "ivysettings.xml"
    pattern = f"{tmp_path}/mirror/[organisation]/[artifact]/[artifact]-[revision].[ext]"
    settings.write_text(
        '<ivysettings><settings defaultResolver="mirror"/><resolvers>'
        f'<filesystem name="mirror" checksums=""><artifact pattern="{pattern}"/></filesystem>'
        "</resolvers></ivysettings>"
    )
    return settings


def test_a_missing_jar_is_fetched_once(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = _lock(monkeypatch)
    folder = tmp_path / "jars"

    fetched = [jars.fetch_jars(folder, java=JAVA, settings=mirror) for _ in range(2)]

    assert fetched == [1, 0]
    assert [path.name for path in folder.iterdir()] == [jar.file_name]


def test_a_damaged_jar_is_fetched_again(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = _lock(monkeypatch)
    (tmp_path / jar.file_name).write_bytes(b"half")

    jars.fetch_jars(tmp_path, java=JAVA, settings=mirror)

    assert (tmp_path / jar.file_name).read_bytes() == CONTENT
    assert jars.damaged_jars(tmp_path) == ()


def test_a_jar_with_another_checksum_is_not_kept(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = _lock(monkeypatch, content=b"what was locked")
    folder = tmp_path / "jars"

    with pytest.raises(JarError, match="sha256"):
        jars.fetch_jars(folder, java=JAVA, settings=mirror)

    assert not (folder / jar.file_name).exists()


def test_a_jar_that_cannot_be_had_is_named(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = Jar(group="org.example", artifact="other", version="2.0", sha256="0")
    monkeypatch.setattr(jars, "locked_jars", lambda: (jar,))

    with pytest.raises(JarError, match="other"):
        jars.fetch_jars(tmp_path / "jars", java=JAVA, settings=mirror)


def test_a_session_without_a_jar_says_which_and_how_to_fetch_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lock(monkeypatch)

    with pytest.raises(JarError, match=r"org\.example:thing_2\.13:1\.0.*gluepot jars fetch"):
        jars.jar_paths(tmp_path)


def test_without_java_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(JarError, match="openjdk-17"):
        jars.java_command(None)


def test_the_lock_names_each_artifact_once() -> None:
    names = [jar.artifact for jar in jars.locked_jars()]

    assert len(names) == len(set(names)) > 40
