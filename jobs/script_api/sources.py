# ruff: noqa: A002, N802, PLR0913, PLR0917  (names and signatures are Glue's)
"""What GlueContext reads: tables of the catalog, files, databases, rows in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from gluepot.jobs.database_io import reading as databases
from gluepot.jobs.file_sources import samples
from gluepot.jobs.file_sources.reading import read_catalog, read_options
from gluepot.jobs.run_context.catalog_schema import catalog_schema
from gluepot.jobs.script_api.data_source import DataSource
from gluepot.jobs.script_api.names import NamedTable, database_of, named_table, table_of
from gluepot.jobs.script_api.rows import frame_of_rows
from gluepot.jobs.streaming import reading as streams
from gluepot.jobs.streaming.stream_tables import is_stream_table, read_table_stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from gluepot.jobs.context import GlueContext
    from gluepot.transforms.frame import DynamicFrame

    Options = Mapping[str, Any]

MOST_SAMPLED = 100
"""Rows of a sample, where the script says no number."""


class SourceMethods:
    """Mixed into GlueContext."""

    @property
    def _context(self) -> GlueContext:
        return cast("GlueContext", self)

    def getSource(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **options: Any,  # noqa: ANN401
    ) -> DataSource:
        """Return a source, whose frame is read when it is asked for.

        Raises:
            InvalidInputError: The connection is of a type that is not read.
        """
        source = DataSource(
            self._context,
            connection_type,
            options,
            transformation_ctx=transformation_ctx,
            push_down_predicate=push_down_predicate,
        )
        if format is not None:
            source.setFormat(format)
        return source

    def getStreamingSource(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **options: Any,  # noqa: ANN401
    ) -> streams.StreamingDataSource:
        """Return a source whose frame is a stream; ``push_down_predicate`` has no meaning there."""
        _ = push_down_predicate
        source = streams.StreamingDataSource(
            self._context,
            connection_type,
            options,
            transformation_ctx=transformation_ctx,
            connections=self._context.connection_properties,
        )
        if format is not None:
            source.setFormat(format)
        return source

    def get_catalog_schema_as_spark_schema(
        self,
        database: str | None = None,
        table_name: str | None = None,
        catalog_id: str | None = None,
    ) -> StructType:
        """Return the columns and partition keys of a catalog table as Spark's types."""
        _ = catalog_id
        return catalog_schema(self._context, database_of(database, None), table_of(table_name))

    def create_dynamic_frame_from_rdd(
        self,
        data: Any,  # noqa: ANN401 - an RDD or a list of rows
        name: str,
        schema: Any = None,  # noqa: ANN401 - as createDataFrame takes it
        sample_ratio: float | None = None,
        transformation_ctx: str = "",
    ) -> DynamicFrame:
        """Return rows in memory as a frame; dicts may differ in the types of their fields."""
        _ = transformation_ctx
        spark = self._context.spark_session
        return frame_of_rows(spark, data, schema, sample_ratio, context=self, name=name)

    def create_dynamic_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> DynamicFrame:
        """Return the rows of a catalog table.

        With a bookmark and a ``transformation_ctx``, only what was not read before.

        Args:
            database: Also as ``name_space``.
            table_name: The table.
            redshift_tmp_dir: For Redshift only, which is read by JDBC here.
            transformation_ctx: The name under which the bookmark remembers this source.
            push_down_predicate: Which partitions, in Spark SQL over the partition columns.
            additional_options: ``catalogPartitionPredicate``, which the catalog evaluates, and
                what the kind of source takes.
            catalog_id: There is one catalog here.
            **kwargs: ``name_space``.

        Raises:
            InvalidInputError: Database or table are missing or given twice.
            SourceError: The table is not there or cannot be read.
        """
        _ = redshift_tmp_dir, catalog_id
        return self._read_table(
            named_table(database, kwargs.get("name_space"), table_name),
            transformation_ctx,
            push_down_predicate,
            additional_options or {},
        )

    def _read_table(
        self,
        named: NamedTable,
        transformation_ctx: str,
        push_down_predicate: str,
        options: Options,
    ) -> DynamicFrame:
        if databases.is_database_table(named.table):
            return databases.read_database_table(
                self._context,
                named.table,
                options,
                transformation_ctx=transformation_ctx,
                push_down_predicate=push_down_predicate,
            )
        return read_catalog(
            self._context,
            named.name,
            named.table,
            transformation_ctx=transformation_ctx,
            push_down_predicate=push_down_predicate,
            options=options,
        )

    def create_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **kwargs: Any,  # noqa: ANN401, ARG002 - Glue takes what it does not know
    ) -> DynamicFrame:
        """Return the rows of files or of a database.

        Raises:
            InvalidInputError: The connection, the format or an option cannot be used.
            SourceError: The rows cannot be read.
        """
        if databases.reads(connection_type):
            return databases.read_database(
                self._context,
                connection_type,
                connection_options or {},
                transformation_ctx=transformation_ctx,
                push_down_predicate=push_down_predicate,
            )
        return read_options(
            self._context,
            connection_type,
            connection_options or {},
            format,
            format_options or {},
            transformation_ctx=transformation_ctx,
            push_down_predicate=push_down_predicate,
        )

    def create_sample_dynamic_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        num: int | None = None,
        sample_options: Options | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> DynamicFrame:
        """Return a few rows of a table, of a few partitions and files, for a look at it."""
        _ = redshift_tmp_dir, catalog_id
        named = named_table(database, kwargs.get("name_space"), table_name)
        options, most = additional_options or {}, MOST_SAMPLED if num is None else num
        if databases.is_database_table(named.table):
            frame = self._read_table(named, transformation_ctx, push_down_predicate, options)
            return frame.first_rows(most)
        return samples.sample_catalog(
            self._context,
            named.name,
            named.table,
            num=most,
            sample_options=sample_options or {},
            push_down_predicate=push_down_predicate,
            options=options,
        )

    def create_sample_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Options | None = None,
        num: int | None = None,
        sample_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **kwargs: Any,  # noqa: ANN401, ARG002 - Glue takes what it does not know
    ) -> DynamicFrame:
        """Return a few rows of a few files, for a look at them."""
        if databases.reads(connection_type):
            frame = self.create_dynamic_frame_from_options(
                connection_type,
                connection_options,
                format,
                format_options,
                transformation_ctx,
                push_down_predicate,
            )
            return frame.first_rows(MOST_SAMPLED if num is None else num)
        return samples.sample_options(
            self._context,
            connection_type,
            connection_options or {},
            format,
            format_options or {},
            num=MOST_SAMPLED if num is None else num,
            sample_options=sample_options or {},
            transformation_ctx=transformation_ctx,
            push_down_predicate=push_down_predicate,
        )

    def create_data_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> DataFrame:
        """Return a table as a DataFrame; a table of Kafka or Kinesis is a stream."""
        _ = redshift_tmp_dir, catalog_id
        named = named_table(database, kwargs.get("name_space"), table_name)
        options = additional_options or {}
        if is_stream_table(named.table):
            return read_table_stream(
                self._context,
                named.table,
                options,
                transformation_ctx=transformation_ctx,
                connections=self._context.connection_properties,
            )
        frame = self._read_table(named, transformation_ctx, push_down_predicate, options)
        return frame.toDF()

    def create_data_frame_from_options(
        self,
        connection_type: str,
        connection_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **kwargs: Any,  # noqa: ANN401
    ) -> DataFrame:
        """Return a stream of Kafka or Kinesis, or rows of files or a database, as a DataFrame."""
        if connection_type in streams.ALWAYS_STREAMS:
            return streams.read_stream(
                self._context,
                connection_type,
                connection_options or {},
                format=format,
                format_options=format_options or {},
                transformation_ctx=transformation_ctx,
                connections=self._context.connection_properties,
            )
        return self.create_dynamic_frame_from_options(
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
            push_down_predicate,
            **kwargs,
        ).toDF()
