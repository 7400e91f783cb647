"""Spark's own inference: partition discovery with merged schemas, and ``inferSchema``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from crawling.task import Seen
from gluepot.jobs.launchers.class_archive import archive_options, archive_path
from gluepot.jobs.sessions.jars import java_command
from gluepot.jobs.sessions.session import session_conf

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawling.task import Task

OPTIONS = {
    "parquet": {"mergeSchema": "true"},
    "csv": {"header": "true", "inferSchema": "true"},
    "json": {},
}


def prepare(task: Task) -> Callable[[], Seen]:
    """Open a session of all processors and read a few files; return the inference."""
    spark = _session(task)
    _infer(spark, task.format, task.warm_uri)
    return lambda: _infer(spark, task.format, task.uri)


def _infer(spark: SparkSession, kind: str, uri: str) -> Seen:
    frame = spark.read.format(kind).options(**OPTIONS[kind]).load(uri)
    return Seen(types={item.name: item.dataType.simpleString() for item in frame.schema})


def _session(task: Task) -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    jars = cache / "gluepot" / "jars"
    archive = archive_path(jars, java=java_command(os.environ.get("JAVA_HOME")))
    conf = session_conf(
        jars_dir=jars,
        s3=task.store,
        master="local[*]",
        # Half a million footers do not fit into Spark's default of 1 GB.
        extra={"spark.driver.memory": "4g"},
        jvm_options=archive_options(archive),
    )
    builder = SparkSession.builder.appName("bench")
    for key, value in conf.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
