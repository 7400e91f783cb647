# ruff: noqa: N802, N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""Glue's script API: GlueContext, Job, getResolvedOptions.

Source: the awsglue library's ``context``, ``job`` and ``dynamicframe`` modules, as documented in
the AWS Glue developer guide.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.arguments import getResolvedOptions
from gluepot.jobs.script_sinks import DataSink, write_to_catalog, write_to_options
from gluepot.jobs.script_sources import read_catalog, read_options
from gluepot.jobs.scripts import ENABLE, current_run, find_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark import SparkContext

    from gluepot.transforms.frame import DynamicFrame

__all__ = ["DynamicFrameReader", "DynamicFrameWriter", "GlueContext", "Job", "getResolvedOptions"]


class GlueContext:
    """Reads and writes DynamicFrames through the catalog.

    Its ``spark_session`` knows the catalog's tables as ``gluepot.database.table``.

    Args:
        sparkContext: A SparkContext or a SparkSession; without one, the session of the process.
    """

    def __init__(self, sparkContext: SparkContext | SparkSession | None = None) -> None:
        if isinstance(sparkContext, SparkSession):
            self.spark_session = sparkContext
        else:
            self.spark_session = SparkSession.builder.getOrCreate()
        run = find_run()
        if run is not None:
            run.workshop.attach(self.spark_session)
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)

    def create_dynamic_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] | None = None,
        catalog_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> DynamicFrame:
        """Return the rows of a catalog table.

        With a bookmark and a ``transformation_ctx``, only files that were not read before.

        Args:
            database: Also as ``name_space``.
            table_name: The table.
            redshift_tmp_dir: Not used.
            transformation_ctx: The name under which the bookmark remembers this source.
            push_down_predicate: Which partitions, in Spark SQL over the partition columns.
            additional_options: ``catalogPartitionPredicate``, which the catalog evaluates.
            catalog_id: Not used.
            **kwargs: ``name_space``.

        Raises:
            InvalidInputError: Database or table are missing or given twice.
            SourceError: The table is not there or cannot be read.
        """
        _ = redshift_tmp_dir, catalog_id
        return read_catalog(
            self,
            _database(database, kwargs.get("name_space")),
            table_name,
            transformation_ctx=transformation_ctx,
            push_down_predicate=push_down_predicate,
            options=additional_options or {},
        )

    def create_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
    ) -> DynamicFrame:
        """Return the rows of files: ``connection_type`` s3, ``paths`` in the options.

        Raises:
            InvalidInputError: The connection, the format or an option is not supported.
            SourceError: The files cannot be read.
        """
        if push_down_predicate:
            raise InvalidInputError("push_down_predicate needs a table of the catalog")
        return read_options(
            self,
            connection_type,
            connection_options or {},
            format,
            format_options or {},
            transformation_ctx=transformation_ctx,
        )

    def write_dynamic_frame_from_options(
        self,
        frame: DynamicFrame,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
    ) -> DynamicFrame:
        """Write a frame to ``path`` of the options; returns the records that failed before.

        Raises:
            InvalidInputError: The connection, the format or an option is not supported.
            SinkError: The rows could not be written.
        """
        return write_to_options(
            frame,
            connection_type,
            connection_options or {},
            format,
            format_options or {},
            transformation_ctx=transformation_ctx,
        )

    def write_dynamic_frame_from_catalog(
        self,
        frame: DynamicFrame,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Mapping[str, Any] | None = None,
        catalog_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> DynamicFrame:
        """Write a frame where a catalog table lies, in its format and partitions.

        Raises:
            InvalidInputError: Database or table are missing, or the format is not written.
            SinkError: The rows could not be written.
        """
        _ = redshift_tmp_dir, catalog_id
        return write_to_catalog(
            frame,
            _database(database, kwargs.get("name_space")),
            table_name,
            transformation_ctx=transformation_ctx,
            options=additional_options or {},
        )

    def getSink(
        self,
        connection_type: str,
        format: str | None = None,  # noqa: A002
        transformation_ctx: str = "",
        **options: Any,  # noqa: ANN401
    ) -> DataSink:
        """Return a sink; with ``enableUpdateCatalog`` it makes and updates its table.

        Raises:
            InvalidInputError: The connection or an option is not supported.
        """
        sink = DataSink(connection_type, options, transformation_ctx=transformation_ctx)
        if format is not None:
            sink.setFormat(format)
        return sink

    def get_logger(self) -> logging.Logger:
        """Return a logger with info, warn and error."""
        return logging.getLogger("gluepot.script")


class DynamicFrameReader:
    """``glueContext.create_dynamic_frame``."""

    def __init__(self, glue_context: GlueContext) -> None:
        self.from_catalog = glue_context.create_dynamic_frame_from_catalog
        self.from_options = glue_context.create_dynamic_frame_from_options


class DynamicFrameWriter:
    """``glueContext.write_dynamic_frame``."""

    def __init__(self, glue_context: GlueContext) -> None:
        self.from_catalog = glue_context.write_dynamic_frame_from_catalog
        self.from_options = glue_context.write_dynamic_frame_from_options


class Job:
    """The run that a script is in: ``init`` before reading, ``commit`` when all is written."""

    def __init__(self, glue_context: GlueContext | SparkSession | None = None) -> None:
        _ = glue_context
        self._name: str | None = None

    def init(self, name: str, args: Mapping[str, Any] | None = None) -> None:
        """Load the bookmark; ``args`` are those of getResolvedOptions."""
        option = (args or {}).get("job_bookmark_option")
        run = current_run()
        if option is not None:
            run.bookmark = option == ENABLE
        self._name = name

    def isInitialized(self) -> bool:
        """Return whether ``init`` was called."""
        return self._name is not None

    def commit(self) -> None:
        """Move the bookmark over what was read.

        Raises:
            InvalidInputError: ``init`` was not called.
        """
        if self._name is None:
            raise InvalidInputError("job.commit() needs job.init(name, args) before it")
        current_run().commit()


def _database(database: str | None, name_space: str | None) -> str:
    if database is not None and name_space is not None:
        raise InvalidInputError("Parameter name_space and database are both specified, choose one.")
    found = database if database is not None else name_space
    if found is None:
        raise InvalidInputError("Parameter name_space or database is missing.")
    return found
