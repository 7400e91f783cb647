"""A driver's Spark session started while the driver is still importing: the two take as long.

Only for runs that are sure to need one, and want none but that of their settings: the launcher
says so by a variable. A script may set up its own, and a bookmarked run may find nothing to do.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any

from gluepot.jobs.parameters.facts import FACTS, FACTS_VARIABLE, JobFacts, from_conf, read_facts_at
from gluepot.jobs.sessions.session import bring_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from gluepot.jobs.definitions.model import JobDefinition

VARIABLE = "GLUEPOT_SESSION_AHEAD"

logger = logging.getLogger(__name__)


def variables(job: JobDefinition) -> Mapping[str, str]:
    """Return the variables of the process that runs a job."""
    sure = job.pipeline is not None and job.pipeline.bookmark != "enable"
    return {VARIABLE: "1"} if sure else {}


def read_facts() -> JobFacts:
    """Return what this process has been told, and let its sessions reach S3."""
    place = os.environ.get(FACTS_VARIABLE)
    if place is not None:
        kept = read_facts_at(place)
        return from_conf(lambda name, default: kept.get(name, default))  # noqa: PLW0108 - overloaded
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415

    # The settings are in the JVM before there is a session; starting one takes seconds.
    SparkContext._ensure_initialized()  # noqa: SLF001  # type: ignore[attr-defined]
    conf = SparkConf()
    facts = from_conf(lambda name, default: conf.get(name, default))  # noqa: PLW0108 - overloaded
    if conf.get(FACTS, None) is not None:
        bring_credentials(facts.s3)
    return facts


def start() -> JobFacts | None:
    """Begin to start the session where the variable says so, and return the process's facts.

    Returns:
        None where it does not say so.

    Raises:
        LaunchError: The process was not told its facts.
    """
    if VARIABLE not in os.environ:
        return None
    facts = read_facts()
    threading.Thread(target=_start, name="session-ahead", daemon=True).start()
    return facts


def _start() -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415

    try:
        # The statement has Spark load its extensions and its parser.
        SparkSession.builder.getOrCreate().sql("SELECT 1")
    except Exception:
        logger.debug("The session could not be started ahead", exc_info=True)


def own_session() -> SparkSession:
    """Return the session of the process, started now where it has not been; this thread's own.

    Java's libraries look for the session in their own thread first.
    """
    from pyspark.sql import SparkSession  # noqa: PLC0415

    spark = SparkSession.builder.getOrCreate()
    if VARIABLE in os.environ:
        jvm: Any = spark._jvm  # noqa: SLF001
        classic = jvm.org.apache.spark.sql.classic.SparkSession
        classic.setActiveSession(spark._jsparkSession)  # noqa: SLF001
    return spark
