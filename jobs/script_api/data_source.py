# ruff: noqa: A002, N802  (names and signatures are Glue's)
"""DataSource: what ``getSource`` returns; its frame is read when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from gluepot.jobs.context import GlueContext
    from gluepot.transforms.frame import DynamicFrame


class DataSource:
    """Files or a database, not read yet.

    Args:
        context: Reads it.
        connection_type: As ``create_dynamic_frame.from_options`` takes it.
        options: The connection's options.
        transformation_ctx: The name under which the bookmark remembers this source.
        push_down_predicate: For databases.
    """

    def __init__(
        self,
        context: GlueContext,
        connection_type: str,
        options: Mapping[str, Any],
        *,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
    ) -> None:
        self.name = transformation_ctx or connection_type
        self._context = context
        self._connection_type = connection_type
        self._options = dict(options)
        self._ctx = transformation_ctx
        self._predicate = push_down_predicate
        self._format: str | None = None
        self._format_options: dict[str, Any] = {}

    def setFormat(self, format: str | None, **options: Any) -> None:  # noqa: ANN401
        """Choose the format of files, and its options."""
        self._format = format
        self._format_options = options

    def getFrame(self, **options: Any) -> DynamicFrame:  # noqa: ANN401, ARG002
        """Return the rows; ``minPartitions`` and ``targetPartitions`` are left to Spark."""
        return self._context.create_dynamic_frame_from_options(
            self._connection_type,
            self._options,
            self._format,
            self._format_options,
            self._ctx,
            self._predicate,
        )

    def getSampleFrame(self, num: int, **options: Any) -> DynamicFrame:  # noqa: ANN401
        """Return the first ``num`` rows."""
        return self._context.create_sample_dynamic_frame_from_options(
            self._connection_type,
            self._options,
            num,
            options,
            self._format,
            self._format_options,
            self._ctx,
            self._predicate,
        )

    def getDataFrame(self) -> DataFrame:
        """Return the rows as a DataFrame."""
        return self.getFrame().toDF()
