"""Glue's script API: GlueContext, Job, getResolvedOptions.

Source: the awsglue library's ``context``, ``job`` and ``dynamicframe`` modules, as documented in
the AWS Glue developer guide.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any, cast

from pyspark.sql import SparkSession

from gluepot.jobs.parameters.arguments import getResolvedOptions
from gluepot.jobs.run_context.own_run import join_run
from gluepot.jobs.script_api.job import Job
from gluepot.jobs.script_api.readers import (
    DataFrameReader,
    DataFrameWriter,
    DynamicFrameReader,
    DynamicFrameWriter,
)
from gluepot.jobs.script_api.session import SessionMethods
from gluepot.jobs.script_api.sinks import SinkMethods
from gluepot.jobs.script_api.sources import SourceMethods
from gluepot.jobs.script_api.upkeep import UpkeepMethods

if TYPE_CHECKING:
    from pyspark import SparkContext

logger = logging.getLogger(__name__)

__all__ = [
    "DataFrameReader",
    "DataFrameWriter",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "GlueContext",
    "Job",
    "getResolvedOptions",
]


class GlueContext(SourceMethods, SinkMethods, UpkeepMethods, SessionMethods):
    """Reads and writes DynamicFrames through the catalog.

    Its ``spark_session`` knows the catalog's tables as ``gluepot.database.table``. Without a
    catalog (a script that runs on its own) everything works that needs none.

    Args:
        sparkContext: A SparkContext or a SparkSession; without one, the session of the process.
        **options: ``minPartitions`` and ``targetPartitions``: Spark decides by itself.
    """

    Spark_SQL_Formats = frozenset({"parquet", "orc"})

    def __init__(
        self,
        sparkContext: SparkContext | SparkSession | None = None,  # noqa: N803 - Glue's name
        **options: Any,  # noqa: ANN401, ARG002
    ) -> None:
        # By what it can do: the classes of Connect's sessions and the classic ones differ.
        if sparkContext is not None and hasattr(sparkContext, "createDataFrame"):
            self.spark_session = cast("SparkSession", sparkContext)
        else:
            self.spark_session = SparkSession.builder.getOrCreate()
        if _has_jvm(self.spark_session):
            _share_python(self.spark_session.sparkContext)
        run = join_run(self.spark_session)
        if run is not None and _has_jvm(self.spark_session):
            run.workshop.attach(self.spark_session)
        elif run is not None:
            logger.info(
                "Spark Connect: spark.sql and spark.table do not know the catalog's tables; create_"
                "dynamic_frame.from_catalog does"
            )
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_data_frame = DataFrameWriter(self)


def _has_jvm(spark: SparkSession) -> bool:
    # Importing the class of Connect's sessions takes gRPC, which classic jobs do without.
    return not type(spark).__module__.startswith("pyspark.sql.connect")


def _share_python(context: SparkContext) -> None:
    """Let executors on this machine use the script's own Python, which has what they need.

    Spark takes any ``python3`` on the path where nothing says which: not that of a virtual
    environment that is called by its path.
    """
    if "PYSPARK_PYTHON" not in os.environ and str(context.master).startswith("local"):
        context.pythonExec = sys.executable
