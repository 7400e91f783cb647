"""The process that test_kill starts: it kills itself between a batch's write and its checkpoint.

Arguments: the jars, the folder of files, the checkpoint, the Delta table.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.context import GlueContext
from gluepot.jobs.launchers.class_archive import archive_options, archive_path
from gluepot.jobs.sessions.jars import java_command
from gluepot.jobs.sessions.session import session_conf
from gluepot.jobs.streaming.batches import for_each_batch
from gluepot.jobs.streaming.current import current_batch
from gluepot.jobs.streaming.reading import read_stream

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DEADLY_BATCH = 0


def read(context: GlueContext, folder: str) -> DataFrame:
    """Return the stream of files, one a batch."""
    options = {"paths": [folder], "schema": "id LONG", "maxFilesPerTrigger": 1}
    return read_stream(context, "file", options, format="json")


def append(rows: DataFrame, table: str) -> None:
    """Append a batch to a Delta table, under the batch's own name."""
    batch = current_batch()
    assert batch is not None
    writer = rows.write.format("delta").mode("append")
    writer = writer.option("txnAppId", batch.sequence(table)).option("txnVersion", batch.number)
    writer.save(table)


def main(jars: str, folder: str, checkpoint: str, table: str) -> None:
    """Read until the deadly batch is written."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder
    folder_of_jars = Path(jars)
    archive = archive_path(folder_of_jars, java=java_command(os.environ.get("JAVA_HOME")))
    conf = session_conf(
        jars_dir=folder_of_jars,
        s3=S3Config(),
        master="local[1]",
        extra={},
        jvm_options=f"{archive_options(archive)} -XX:TieredStopAtLevel=1",
    )
    for name, value in conf.items():
        builder = builder.config(name, value)
    context = GlueContext(builder.getOrCreate())

    def work(rows: DataFrame, number: int) -> None:
        append(rows, table)
        if number == DEADLY_BATCH:
            os.kill(os.getpid(), signal.SIGKILL)

    options = {"windowSize": "1 second", "checkpointLocation": checkpoint}
    for_each_batch(context, read(context, folder), work, options)


if __name__ == "__main__":
    main(*sys.argv[1:])
