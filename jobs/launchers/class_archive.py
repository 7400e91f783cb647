"""A class-data archive of Spark: what halves the time a session needs to start.

Java 17 can keep parsed and verified classes in a file (application class-data sharing, JEP 310 and
350). One warm-up session with what most jobs use writes it; later sessions map it. An archive of
another Java or class path is ignored by the JVM, so it can only help.
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.sessions.jars import locked_jars, spark_home

SECONDS = 600
"""How long the warm-up may take before it is given up; a machine with time to spare needs 20."""

KEPT = 3
"""Archives in one folder: an older installation may use it too, and each has 180 MiB."""

_FIRST_TIER = "-XX:TieredStopAtLevel=1"
"""The warm-up runs little code once: the first compiler is enough for it."""


class ClassArchiveError(GluepotError):
    """The archive could not be written; sessions start without it, more slowly."""


def archive_path(folder: Path, *, java: str) -> Path:
    """Return where the archive for this Java, this Spark and these jars lies, there or not.

    The JVM takes an archive only for the very files it was made of, so their sizes and times are
    in its name, in whole seconds as the JVM and the layers of images have them: once they have
    changed, another one is looked for.
    """
    jars = [*sorted((spark_home() / "jars").glob("*.jar"))]
    jars += [folder / jar.file_name for jar in locked_jars()]
    facts = (_java_state(java), *map(_state, jars))
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    return folder / f"spark-{digest[:16]}.jsa"


@functools.cache
def _java_state(java: str) -> str:
    """Return what changes with the Java; asking the command itself takes a tenth of a second."""
    modules = Path(java).resolve().parent.parent / "lib" / "modules"
    if modules.is_file():
        return _state(modules)
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stderr


def _state(file: Path) -> str:
    try:
        found = file.stat()
    except FileNotFoundError:
        return f"{file} is not there"
    return f"{file} {found.st_size} {int(found.st_mtime)}"


def archive_options(archive: Path) -> str:
    """Return the JVM options that use ``archive``, or none when it is not there."""
    return f"-XX:SharedArchiveFile={archive} -Xlog:disable" if archive.is_file() else ""


def build_archive(archive: Path, *, conf: dict[str, str], work: Path) -> None:
    """Run the warm-up session and keep the classes it loaded; the oldest other archives go.

    Several processes may do so at once: each writes a file of its own, and the last one stays.

    Args:
        archive: Replaced when it is there.
        conf: The session's settings; its class path must be that of later sessions.
        work: A folder for the warm-up's tables.

    Raises:
        ClassArchiveError: The session failed or took too long.
    """
    partial = archive.with_name(f".{archive.stem}-{os.getpid()}.partial")
    options = f"-XX:ArchiveClassesAtExit={partial} {_FIRST_TIER} -Xlog:disable"
    settings = conf | {"spark.driver.extraJavaOptions": options}
    command = [sys.executable, "-m", "gluepot.jobs.process.class_training", str(work)]
    pairs = [f"{key}={value}" for key, value in settings.items()]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *pairs], capture_output=True, text=True, check=False, timeout=SECONDS
        )
        if done.returncode or not partial.is_file():
            raise ClassArchiveError(f"the warm-up session failed: {done.stderr[-500:].strip()}")
        partial.replace(archive)
    except subprocess.TimeoutExpired as error:
        raise ClassArchiveError(f"the warm-up session took over {SECONDS} s") from error
    finally:
        partial.unlink(missing_ok=True)
    _let_go_of_old(archive)


def _let_go_of_old(archive: Path) -> None:
    """Remove all but the newest; a JVM that has one open keeps it."""
    others = [other for other in archive.parent.glob("spark-*.jsa") if other != archive]
    others.sort(key=lambda other: other.stat().st_mtime, reverse=True)
    for other in others[KEPT - 1 :]:
        other.unlink(missing_ok=True)
