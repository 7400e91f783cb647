"""``gluepot.spark()``: a session of one's own, set up as a job's, with the catalog in it."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from gluepot.catalog.model import Cause
from gluepot.jobs.launchers.class_archive import archive_options, archive_path
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.sessions.jars import java_command, spark_home
from gluepot.jobs.sessions.session import JVM_OPTIONS, session_conf
from gluepot.services import Services
from gluepot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession


def open_session(conf: Mapping[str, str]) -> SparkSession:
    """Return a session in which tables are ``gluepot.database.table``, in ``sql`` and ``table``.

    In a job it is the job's session. Elsewhere it is built from the settings, as ``gluepot query``
    finds them; where the process has a session already, that one is taught the names.

    Args:
        conf: Spark settings that go before those of the settings file.

    Raises:
        JarError: Java, pyspark or a jar is missing.
        InvalidInputError: The settings are wrong.
    """
    spark_home()  # it says how to install Spark
    from pyspark.sql import SparkSession  # noqa: PLC0415

    from gluepot.jobs.run_context.script_run import find_run  # noqa: PLC0415 - it imports Spark
    from gluepot.jobs.spark_sql.session import attach_catalog  # noqa: PLC0415 - likewise

    run = find_run()
    if run is not None:
        return run.workshop.attach(SparkSession.builder.getOrCreate())
    services = own_services()
    builder = SparkSession.builder.appName("gluepot")
    for key, value in settings_conf(services, conf).items():
        builder = builder.config(key, value)
    # A session built in Python takes its workers' interpreter from the variable alone.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return attach_catalog(
        builder.getOrCreate(),
        catalog=services.catalog,
        stores=Stores(services.s3),
        cause=Cause(kind="cli", id=services.owner()),
    )


@cache
def own_services() -> Services:
    """Return the services of this process's own session, read from the settings once."""
    services = Services(load_settings())
    # As long as the session: frames are read when somebody asks for their rows.
    atexit.register(services.close)
    return services


def quiet_session(services: Services, conf: Mapping[str, str]) -> SparkSession:
    """Return a session for a command that answers here, which tells faults by itself.

    Args:
        services: Whose settings it has.
        conf: Spark settings that go before those.
    """
    from pyspark.sql import SparkSession  # noqa: PLC0415 - it imports Spark

    builder = SparkSession.builder.appName("gluepot")
    log = resources.files("gluepot.conf").joinpath("log4j2.properties")
    options = f"-Dlog4j2.configurationFile={log} {conf.get(JVM_OPTIONS, '')}".strip()
    for key, value in settings_conf(services, {**conf, JVM_OPTIONS: options}).items():
        builder = builder.config(key, value)
    # A session built in Python takes its workers' interpreter from the variable alone.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    # PySpark logs each error with Java's whole stack, beside the sentence that is shown of it.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    return session


def settings_conf(services: Services, conf: Mapping[str, str]) -> dict[str, str]:
    """Return the Spark settings of a session; ``conf`` goes before those of the settings file."""
    settings = services.settings
    jars_dir = settings.jars_dir.absolute()
    archive = archive_path(jars_dir, java=java_command(settings.java_home))
    return session_conf(
        jars_dir=jars_dir,
        s3=services.s3,
        master=conf.get("spark.master", settings.spark.master),
        extra={**settings.spark.conf, **conf},
        jvm_options=archive_options(archive),
    )
