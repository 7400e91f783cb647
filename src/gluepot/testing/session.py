"""The warm Spark session of tests, and what is put back between them."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

from gluepot.jobs.launchers.class_archive import archive_options, archive_path
from gluepot.jobs.sessions.jars import java_command, missing_jars, spark_home
from gluepot.jobs.sessions.session import EVERYWHERE, JVM_OPTIONS, LAPTOP, session_conf
from gluepot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config

MASTER = "local[2]"
"""Tests have few rows, and with pytest-xdist several sessions share a machine."""

NAMES_OF_THE_CATALOG = ("sql", "table")
"""What a run's catalog puts in the place of the session's own."""


def has_jars() -> bool:
    """Tell whether ``gluepot jars fetch`` has filled the folder of the settings."""
    return not missing_jars(load_settings().jars_dir)


@contextlib.contextmanager
def open_session(s3: S3Config, folder: Path) -> Iterator[SparkSession]:
    """Yield the Spark session of the process: the one that is there, or a new one, then stopped.

    Args:
        s3: The store that ``s3://`` means.
        folder: For Spark's own warehouse.

    Raises:
        JarError: Java or pyspark is missing.
    """
    spark_home()  # it says how to install Spark
    from pyspark.sql import SparkSession  # noqa: PLC0415

    found = SparkSession.getActiveSession()
    if found is not None:
        yield found
        return
    builder = SparkSession.builder.appName("gluepot-pytest")
    for key, value in settings_of_tests(s3, folder).items():
        builder = builder.config(key, value)
    # A session built in Python takes its workers' interpreter from the variable alone.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


def settings_of_tests(s3: S3Config, folder: Path) -> dict[str, str]:
    """Return the Spark settings of a job on this machine, those of the settings file among them."""
    settings = load_settings()
    jars_dir = settings.jars_dir.absolute()
    java = java_command(settings.java_home)
    # Tests run little code many times: the first compiler tier is enough and starts sooner.
    first_tier = "-XX:TieredStopAtLevel=1"
    own = {"spark.sql.warehouse.dir": str(folder / "warehouse"), **settings.spark.conf}
    if missing_jars(jars_dir):
        options = f"{first_tier} {own.get(JVM_OPTIONS, '')}".strip()
        return {**EVERYWHERE, **LAPTOP, **own, "spark.master": MASTER, JVM_OPTIONS: options}
    return session_conf(
        jars_dir=jars_dir,
        s3=s3,
        master=MASTER,
        extra={**own, "spark.master": MASTER},
        jvm_options=f"{archive_options(archive_path(jars_dir, java=java))} {first_tier}",
    )


@contextlib.contextmanager
def isolated(spark: SparkSession) -> Iterator[None]:
    """Put back, at the end of the block, what was changed in the session inside it.

    These are its settings, its temporary views, what DynamicFrames keep in memory, and ``sql`` and
    ``table`` as a catalog has taught them.
    """
    from gluepot.transforms.kept import letting_go  # noqa: PLC0415 - it imports Spark

    settings, views = spark.conf.getAll, _views(spark)
    try:
        with letting_go():
            yield
    finally:
        for name in NAMES_OF_THE_CATALOG:
            vars(spark).pop(name, None)
        _put_back(spark, settings)
        for name in _views(spark) - views:
            spark.catalog.dropTempView(name)


def _views(spark: SparkSession) -> set[str]:
    return {table.name for table in spark.catalog.listTables() if table.isTemporary}


def _put_back(spark: SparkSession, before: dict[str, str]) -> None:
    now = spark.conf.getAll
    for key in now.keys() - before.keys():
        spark.conf.unset(key)
    for key, value in before.items():
        if now.get(key) != value:
            spark.conf.set(key, value)


@contextlib.contextmanager
def shared_context(spark: SparkSession) -> Iterator[None]:
    """Let a script that makes its own SparkContext have the session's, and stop neither."""
    from pyspark import SparkContext  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    shared = vars(spark.sparkContext)

    def adopt(self: SparkContext, *_: Any, **__: Any) -> None:  # noqa: ANN401
        self.__dict__ = shared

    def go_on(_: object) -> None:
        """Leave the session to the next test."""

    with (
        mock.patch.object(SparkContext, "__init__", adopt),
        mock.patch.object(SparkContext, "stop", go_on),
        mock.patch.object(SparkSession, "stop", go_on),
    ):
        yield
