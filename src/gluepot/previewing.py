"""A job's preview with the settings' session and stores; see ``gluepot.jobs.preview``."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.objects import ObjectStore
from gluepot.jobs.stores import Stores
from gluepot.jobs.workshop import Workshop
from gluepot.launching import launch_settings
from gluepot.spark_session import settings_conf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

    from gluepot.jobs.preview import Shown
    from gluepot.services import Services


def previewed(
    services: Services, name: str, *, step: str | None, rows: int, sample: int
) -> Iterator[Shown]:
    """Yield what each source and step of a job gives on a sample.

    Raises:
        UnknownJobError: There is no such job.
        InvalidInputError: It is a script, or has no such step.
        SourceError: A source cannot be read.
        StepError: A step cannot be carried out.
    """
    job = services.job_book.load(name)
    if job.pipeline is None:
        raise InvalidInputError(f"job {name!r} is a script; only the steps of pipelines are shown")
    from gluepot.jobs.preview import preview  # noqa: PLC0415 - it imports Spark

    workshop = _workshop(services, name)
    spark = workshop.attach(_session(services, job.spark_conf))
    return preview(spark, job.pipeline, workshop, step=step, rows=rows, sample=sample)


def _session(services: Services, conf: Mapping[str, str]) -> SparkSession:
    from pyspark.sql import SparkSession  # noqa: PLC0415

    builder = SparkSession.builder.appName("gluepot-preview")
    # A sample is small: a cluster, if there is one, would only take longer to answer.
    for key, value in settings_conf(services, {**conf, "spark.master": "local[*]"}).items():
        builder = builder.config(key, value)
    # A session built in Python takes its workers' interpreter from the variable alone.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    # PySpark logs each error with Java's whole stack, beside the sentence that is shown of it.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    return session


def _workshop(services: Services, name: str) -> Workshop:
    settings = launch_settings(services)
    return Workshop(
        job_name=name,
        run_id="preview",
        home=settings.home,
        catalog=services.catalog,
        jobs=services.jobs,
        runs=services.runs,
        stores=Stores(services.s3),
        clock=services.clock,
        objects=ObjectStore(services.engine, services.clock),
        sealing_key=settings.sealing_key,
        s3=services.s3,
    )
