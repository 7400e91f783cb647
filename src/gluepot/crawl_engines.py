"""What reads the files of a crawl: this process, or a Spark cluster."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from gluepot.crawlers.reading.engine import LocalEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.crawlers.reading.engine import Engine
    from gluepot.services import Services


@contextlib.contextmanager
def spark_engine(services: Services, master: str | None) -> Iterator[Engine]:
    """Yield an engine over a Spark session that ends after the block.

    Args:
        services: Whose settings the session is built from.
        master: Spark's master URL; None for that of the settings.

    Raises:
        JarError: Java, pyspark or a jar is missing.
    """
    from gluepot.jobs.sessions.jars import spark_home  # noqa: PLC0415 - a local crawl knows no Spark

    spark_home()  # it says how to install Spark
    from pyspark.sql import SparkSession  # noqa: PLC0415 - likewise

    from gluepot.jobs.crawl_engine import SparkEngine  # noqa: PLC0415 - likewise
    from gluepot.spark_session import settings_conf  # noqa: PLC0415 - likewise

    builder = SparkSession.builder.appName("gluepot crawl")
    chosen = {} if master is None else {"spark.master": master}
    for key, value in settings_conf(services, chosen).items():
        builder = builder.config(key, value)
    # A session built in Python takes its workers' interpreter from the variable alone.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = builder.getOrCreate()
    try:
        yield SparkEngine(session)
    finally:
        session.stop()


@contextlib.contextmanager
def local_engine() -> Iterator[Engine]:
    """Yield an engine that reads in this process."""
    yield LocalEngine()
