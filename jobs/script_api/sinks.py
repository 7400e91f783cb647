# ruff: noqa: A002, N802, PLR0913, PLR0917  (names and signatures are Glue's)
"""What GlueContext writes: files, tables of the catalog, databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from gluepot.jobs.database_io import writing as databases
from gluepot.jobs.database_io.reading import is_database_table
from gluepot.jobs.file_sinks.script_sinks import DataSink, write_to_catalog, write_to_options
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.script_api.names import named_table
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from gluepot.jobs.context import GlueContext

    Options = Mapping[str, Any]
    Frames = DynamicFrame | DynamicFrameCollection


def _of_frame(options: Options, frame: DynamicFrame) -> Options:
    """Return the options of one frame: with useFrameName its name is the table's."""
    if not is_true(options.get("useFrameName")):
        return options
    return {**options, "dbtable": frame.name}


class SinkMethods:
    """Mixed into GlueContext. What is returned are the records that failed before the write."""

    @property
    def _writer(self) -> GlueContext:
        return cast("GlueContext", self)

    def getSink(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        **options: Any,  # noqa: ANN401
    ) -> DataSink | databases.DatabaseSink:
        """Return a sink; with ``enableUpdateCatalog`` it makes and updates its table.

        Raises:
            InvalidInputError: The connection or an option cannot be used.
        """
        if databases.writes(connection_type):
            return databases.DatabaseSink(
                connection_type, options, transformation_ctx=transformation_ctx
            )
        sink = DataSink(connection_type, options, transformation_ctx=transformation_ctx)
        if format is not None:
            sink.setFormat(format)
        return sink

    def write_dynamic_frame_from_options(
        self,
        frame: Frames,
        connection_type: str,
        connection_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
    ) -> Frames:
        """Write a frame, or a collection of them, to files or a database.

        Raises:
            InvalidInputError: The connection, the format or an option cannot be used.
            SinkError: The rows could not be written.
        """
        return self.write_from_options(
            frame,
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
        )

    def write_from_options(
        self,
        frame_or_dfc: Frames,
        connection_type: str,
        connection_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
        **kwargs: Any,  # noqa: ANN401, ARG002 - accumulator_size, which tunes Glue's own writer
    ) -> Frames:
        """Write a frame or a collection; see ``write_dynamic_frame_from_options``."""
        if databases.writes(connection_type):
            return self._to_database(
                frame_or_dfc, connection_type, connection_options or {}, transformation_ctx
            )
        return write_to_options(
            frame_or_dfc,
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
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> Frames:
        """Write a frame where a catalog table lies, in its format and partitions.

        Raises:
            InvalidInputError: Database or table are missing, or the format is not written.
            SinkError: The rows could not be written.
        """
        _ = redshift_tmp_dir, catalog_id
        named = named_table(database, kwargs.get("name_space"), table_name)
        options = additional_options or {}
        if is_database_table(named.table):
            return databases.write_database_table(
                frame, named.table, options, transformation_ctx=transformation_ctx
            )
        return write_to_catalog(
            frame, named.name, named.table, transformation_ctx=transformation_ctx, options=options
        )

    def write_dynamic_frame_from_jdbc_conf(
        self,
        frame: Frames,
        catalog_connection: str,
        connection_options: Options | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> Frames:
        """Write to a database by one of the catalog's connections: ``dbtable``, ``database``.

        Raises:
            EntityNotFoundError: There is no such connection.
            SinkError: The rows could not be written.
        """
        return self.write_from_jdbc_conf(
            frame,
            catalog_connection,
            connection_options,
            redshift_tmp_dir,
            transformation_ctx,
            catalog_id,
        )

    def write_from_jdbc_conf(
        self,
        frame_or_dfc: Frames,
        catalog_connection: str,
        connection_options: Options | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> Frames:
        """Write a frame or a collection; see ``write_dynamic_frame_from_jdbc_conf``."""
        _ = redshift_tmp_dir, catalog_id
        return self._each(
            frame_or_dfc,
            lambda frame: databases.write_jdbc_conf(
                frame,
                catalog_connection,
                connection_options or {},
                transformation_ctx=transformation_ctx,
            ),
        )

    def _to_database(
        self, frames: Frames, connection_type: str, options: Options, transformation_ctx: str
    ) -> Frames:
        return self._each(
            frames,
            lambda frame: databases.write_database(
                frame,
                connection_type,
                _of_frame(options, frame),
                transformation_ctx=transformation_ctx,
            ),
        )

    def _each(self, frames: Frames, write: Callable[[DynamicFrame], DynamicFrame]) -> Frames:
        if isinstance(frames, DynamicFrame):
            return write(frames)
        failed = {name: write(frames[name]) for name in frames}
        return DynamicFrameCollection(failed, self._writer)

    def write_data_frame_from_catalog(
        self,
        frame: DataFrame,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Options | None = None,
        catalog_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> Frames:
        """Write a DataFrame where a catalog table lies."""
        return self.write_dynamic_frame_from_catalog(
            DynamicFrame.fromDF(frame, self._writer, table_name or ""),
            database,
            table_name,
            redshift_tmp_dir,
            transformation_ctx,
            additional_options,
            catalog_id,
            **kwargs,
        )

    def write_data_frame_from_options(
        self,
        frame: DataFrame,
        connection_type: str,
        connection_options: Options | None = None,
        format: str | None = None,
        format_options: Options | None = None,
        transformation_ctx: str = "",
    ) -> Frames:
        """Write a DataFrame to files or a database."""
        return self.write_from_options(
            DynamicFrame.fromDF(frame, self._writer, transformation_ctx),
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
        )
