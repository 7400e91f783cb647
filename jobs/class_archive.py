"""A class-data archive of Spark: what halves the time a session needs to start.

Java 17 can keep parsed and verified classes in a file (application class-data sharing, JEP 310 and
350). One warm-up session with Delta, CSV, JSON and Parquet writes it; later sessions map it. An
archive of another Java or class path is ignored by the JVM, so it can only help.
"""

from __future__ import annotations

import functools
import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.jars import locked_jars, spark_home

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 180
"""How long the warm-up may take before it is given up."""


class ClassArchiveError(GluepotError):
    """The archive could not be written; sessions start without it, more slowly."""


def archive_path(folder: Path, *, java: str) -> Path:
    """Return where the archive for this Java, this Spark and these jars lies, there or not."""
    facts = (_java_version(java), str(spark_home()), *(str(jar) for jar in locked_jars()))
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    return folder / f"spark-{digest[:16]}.jsa"


@functools.cache
def _java_version(java: str) -> str:
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stderr


def archive_options(archive: Path) -> str:
    """Return the JVM options that use ``archive``, or none when it is not there."""
    return f"-XX:SharedArchiveFile={archive} -Xlog:disable" if archive.is_file() else ""


def build_archive(archive: Path, *, conf: dict[str, str], work: Path) -> None:
    """Run the warm-up session and keep the classes it loaded.

    Args:
        archive: Replaced when it is there.
        conf: The session's settings; its class path must be that of later sessions.
        work: A folder for the warm-up's tables.

    Raises:
        ClassArchiveError: The session failed or took too long.
    """
    partial = archive.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    options = f"-XX:ArchiveClassesAtExit={partial} -Xlog:disable"
    settings = conf | {"spark.driver.extraJavaOptions": options}
    command = [sys.executable, "-m", "gluepot.jobs.class_archive", str(work)]
    pairs = [f"{key}={value}" for key, value in settings.items()]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *pairs], capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise ClassArchiveError(f"the warm-up session took over {SECONDS} s") from error
    if done.returncode or not partial.is_file():
        raise ClassArchiveError(f"the warm-up session failed: {done.stderr[-500:].strip()}")
    partial.replace(archive)


def warm_up(work: str, conf: dict[str, str]) -> None:
    """Use what jobs use, so that its classes are loaded."""
    from pyspark.sql import SparkSession, functions  # noqa: PLC0415

    builder = SparkSession.builder.appName("warm-up")
    for key, value in conf.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    rows = spark.range(100).select("id", (functions.col("id") % 3).alias("part"))
    for kind in ("csv", "json", "parquet", "delta"):
        path = f"{work}/{kind}"
        rows.write.format(kind).partitionBy("part").save(path)
        back = spark.read.format(kind).option("header", "true").load(path)
        back.join(rows, "part").groupBy("part").count().collect()
    spark.stop()


if __name__ == "__main__":
    warm_up(sys.argv[1], dict(pair.split("=", 1) for pair in sys.argv[2:]))
