"""``gluepot doctor``: every known trap of a machine, each with what was found and the fix."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import GluepotError
from gluepot.jobs.launchers.class_archive import archive_path
from gluepot.jobs.sessions.jars import damaged_jars, java_command, locked_jars, missing_jars
from gluepot.jobs.sessions.session import LAPTOP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.settings import Settings

PYSPARK = "4.1.1"
JAVA = 17
HELP_SECONDS = 0.2
DISK_GIB = 2


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check's outcome; ``fix`` is empty when nothing is wrong."""

    check: str
    found: str
    fix: str = ""


def check_python(_settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """Python 3.11 to 3.13: what pyspark and the lock are tried with."""
    version = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding(check="Python", found=version, fix="" if good else "Use Python 3.11 to 3.13")


def check_java(settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """Java 17 or newer, from JAVA_HOME or the path."""
    java = java_command(settings.java_home)
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r'version "(\d+)', done.stderr)
    version = int(found[1]) if found else 0
    fix = "Install Java 17: apt-get install openjdk-17-jre-headless" if version < JAVA else ""
    return Finding(check="Java", found=f"{version} ({java})", fix=fix)


def check_pyspark(_settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """The Spark that the jars fit."""
    try:
        version = importlib.metadata.version("pyspark")
    except importlib.metadata.PackageNotFoundError:
        return Finding(check="pyspark", found="not installed", fix="pip install 'gluepot[spark]'")
    fix = "" if version == PYSPARK else f"pip install pyspark=={PYSPARK}: the jars fit no other"
    return Finding(check="pyspark", found=version, fix=fix)


def check_jars(settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """Every locked jar is there and is the one that was locked."""
    missing = missing_jars(settings.jars_dir)
    damaged = damaged_jars(settings.jars_dir)
    if missing or damaged:
        names = ", ".join(jar.file_name for jar in (*missing, *damaged)[:3])
        found = f"{len(missing)} missing, {len(damaged)} damaged in {settings.jars_dir}: {names}"
        return Finding(check="jars", found=found, fix="gluepot jars fetch")
    return Finding(check="jars", found=f"{len(locked_jars())} in {settings.jars_dir}")


def check_class_archive(settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """Without the archive of Spark's classes a session takes twice as long to start."""
    java = java_command(settings.java_home)
    archive = archive_path(settings.jars_dir.absolute(), java=java)
    if archive.is_file():
        return Finding(check="class archive", found=archive.name)
    return Finding(check="class archive", found="not there", fix="gluepot jars warm")


def check_pyspark_python(settings: Settings, environment: Mapping[str, str]) -> Finding:
    """Executors must run the Python of this virtual environment.

    gluepot sets it for its own sessions; a plain ``spark-submit`` goes by the variable.
    """
    chosen = environment.get("PYSPARK_PYTHON")
    local = settings.spark.master.startswith("local")
    if chosen is None:
        return Finding(check="PYSPARK_PYTHON", found=f"unset; jobs use {sys.executable}")
    same = Path(shutil.which(chosen) or chosen).resolve() == Path(sys.executable).resolve()
    fix = "" if same or not local else f"export PYSPARK_PYTHON={sys.executable}, or unset it"
    return Finding(check="PYSPARK_PYTHON", found=chosen, fix=fix)


def check_snapshot_partitions(settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """Delta's 50 snapshot partitions make small tables 3 to 6 times slower on a laptop."""
    key = "spark.databricks.delta.snapshotPartitions"
    value = settings.spark.conf.get(key, LAPTOP[key])
    slow = settings.spark.master.startswith("local") and int(value) > 8  # noqa: PLR2004
    return Finding(
        check="Delta snapshot partitions", found=value, fix=f"Set {key}=2" if slow else ""
    )


def check_maven_cache(_settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """An interrupted download leaves empty or partial jars that ``--packages`` then trusts."""
    folders = [Path.home() / ".ivy2.5.2", Path.home() / ".ivy2", Path.home() / ".m2"]
    bad = [path for folder in folders if folder.is_dir() for path in _half_filled(folder)]
    if bad:
        return Finding(check="Maven cache", found=f"half-filled: {bad[0]}", fix=f"rm {bad[0]}")
    return Finding(check="Maven cache", found="nothing half-filled")


def _half_filled(folder: Path) -> list[Path]:
    partial = [*folder.rglob("*.part"), *folder.rglob("*.jar.lastUpdated")]
    return [*partial, *(jar for jar in folder.rglob("*.jar") if jar.stat().st_size == 0)]


def check_ansi(settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """Spark 4 raises on a bad cast; gluepot's own conversions use ``try_cast`` and do not."""
    value = settings.spark.conf.get("spark.sql.ansi.enabled", "true")
    fix = "" if value == "true" else "Remove spark.sql.ansi.enabled: jobs are tested with ANSI mode"
    return Finding(check="ANSI mode", found=value, fix=fix)


def check_start(_settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """``gluepot --help`` imports neither Spark nor Great Expectations."""
    command = [sys.executable, "-c", "import sys; from gluepot.cli import main; sys.exit(0)"]
    best = min(_seconds(command) for _ in range(3))
    fix = "" if best < HELP_SECONDS else "A slow disk or virus scanner; a .pyc cache may be missing"
    return Finding(check="start of the command", found=f"{best * 1000:.0f} ms", fix=fix)


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True)  # noqa: S603
    return time.perf_counter() - started


def check_catalog(settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """The catalog database answers."""
    settings.home.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    with engine.connect():
        pass
    shown = engine.url.render_as_string(hide_password=True)
    engine.dispose()
    return Finding(check="catalog", found=shown)


def check_disk(settings: Settings, _environment: Mapping[str, str]) -> Finding:
    """Spark spills and stages below the home folder's disk."""
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free / 2**30
    fix = "" if free >= DISK_GIB else f"Free some space: a job wants {DISK_GIB} GiB to spill to"
    return Finding(check="disk", found=f"{free:.0f} GiB free", fix=fix)


CHECKS: tuple[Callable[[Settings, Mapping[str, str]], Finding], ...] = (
    check_python,
    check_java,
    check_pyspark,
    check_jars,
    check_class_archive,
    check_pyspark_python,
    check_snapshot_partitions,
    check_maven_cache,
    check_ansi,
    check_start,
    check_catalog,
    check_disk,
)


def diagnose(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    """Return the outcome of every check; one that fails is a finding, not a crash."""
    return [_outcome(check, settings, environment) for check in CHECKS]


def _outcome(
    check: Callable[[Settings, Mapping[str, str]], Finding],
    settings: Settings,
    environment: Mapping[str, str],
) -> Finding:
    try:
        return check(settings, environment)
    except (GluepotError, OSError, ValueError) as error:
        name = check.__name__.removeprefix("check_").replace("_", " ")
        return Finding(check=name, found="could not be checked", fix=str(error))
