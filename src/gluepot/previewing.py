"""A job's preview with the settings' session and stores; see ``gluepot.jobs.pipelines.preview``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.launching import workshop_of
from gluepot.spark_session import quiet_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.pipelines.preview import Shown
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
    from gluepot.jobs.pipelines.preview import preview  # noqa: PLC0415 - it imports Spark

    workshop = workshop_of(services, job_name=name, run_id="preview")
    # A sample is small: a cluster, if there is one, would only take longer to answer.
    spark = workshop.attach(quiet_session(services, {**job.spark_conf, "spark.master": "local[*]"}))
    return preview(spark, job.pipeline, workshop, step=step, rows=rows, sample=sample)
