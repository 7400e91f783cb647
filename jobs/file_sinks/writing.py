"""One frame to one place: through the run's ledger, or by Spark alone where there is no run."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.errors import SinkError
from gluepot.jobs.file_sinks.shaping import fit
from gluepot.jobs.run_context.script_run import current_run, find_run
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.runs.failure import brief
from gluepot.jobs.writing.registration import check_keys
from gluepot.jobs.writing.sinks import check_target, write
from gluepot.jobs.writing.spark_files import write_folder
from gluepot.jobs.writing.target import Target, Transaction, Upkeep
from gluepot.transforms.spark_errors import SPARK_ERRORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.jobs.file_sinks.formats import FileFormat
    from gluepot.transforms.frame import DynamicFrame


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a frame goes and how.

    Attributes:
        path: As the script wrote it.
        format: With its options.
        partition_keys: Columns that become folders.
        table: Database and name of the table to make or update, or None.
        upkeep: What becomes of its definition.
        transformation_ctx: What tells the sink from the job's others; empty where the path does.
    """

    path: str
    format: FileFormat
    partition_keys: tuple[str, ...] = ()
    table: tuple[str, str] | None = None
    upkeep: Upkeep = Upkeep.UPDATE
    transformation_ctx: str = ""

    @property
    def target(self) -> Target:
        """Return it as sinks know it."""
        return Target(
            name=self.transformation_ctx or self.path,
            key=self.transformation_ctx or self.path.rstrip("/"),
            path=self.path,
            format=self.format.name,
            partition_by=self.partition_keys,
            table=None if self.table is None else ".".join(self.table),
            options=self.format.options,
            upkeep=self.upkeep,
        )


def write_frame(frame: DynamicFrame, destination: Destination) -> DynamicFrame:
    """Write the good records of a frame; returns the others.

    Files that are there are never touched. In a run it is done once, however often the run is
    repeated after a death. A script without a run, and so without a catalog, leaves it to Spark's
    committer: no file appears before it is whole, and none before all tasks are done; a process
    that dies while the files are moved to their names leaves some of them.

    Raises:
        SinkError: The rows could not be written.
        LaunchError: There is a table to update, and no catalog.
    """
    target = destination.target
    run = find_run() if target.table is None else current_run()
    if run is not None:
        check_target(target, run.workshop.stores)
        check_keys(run.workshop.catalog, target)
    began = time.monotonic()
    rows = _spelled(fit(frame.toDF(), destination.format, target.name), target.partition_by)
    if not rows.columns:
        return frame.errorsAsDynamicFrame()
    if run is None:
        _write_alone(rows, target)
    else:
        written = run.ledger.write(rows, target)
        run.metrics.add_sink(target, written, seconds=time.monotonic() - began)
    return frame.errorsAsDynamicFrame()


def _spelled(rows: DataFrame, keys: Sequence[str]) -> DataFrame:
    """Return rows whose partition columns are spelled as the keys are: catalogs know no case."""
    by_name = {key.lower(): key for key in keys}
    names = [by_name.get(name.lower(), name) if name not in keys else name for name in rows.columns]
    return rows if names == rows.columns else rows.toDF(*names)


def _write_alone(rows: DataFrame, target: Target) -> None:
    if not target.is_staged:
        transaction = Transaction(job_name="script", run_id=uuid.uuid4().hex)
        write(rows, target, transaction, stores=Stores(S3Config()), resume=False)
        return
    missing = [name for name in target.partition_by if name not in rows.columns]
    if missing:
        raise SinkError(target.name, target.path, f"there is no column {missing[0]!r}")
    try:
        write_folder(rows, target, _for_spark(rows.sparkSession, target.uri), mode="append")
    except SPARK_ERRORS as error:
        raise SinkError(target.name, target.path, brief(error)) from error


def _for_spark(spark: SparkSession, uri: str) -> str:
    """Return an address that a session understands which was not told what ``s3://`` is."""
    told = spark.conf.get("spark.hadoop.fs.s3.impl", None)
    return uri if told else uri.replace("s3://", "s3a://", 1)
