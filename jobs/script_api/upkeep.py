# ruff: noqa: N802, PLR0913, PLR0917  (names and signatures are Glue's)
"""What GlueContext does beside reading and writing: old files, connections, logs, streams."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from gluepot.catalog.errors import OperationNotSupportedError
from gluepot.jobs.database_io.connections import connection_properties, extract_jdbc_conf
from gluepot.jobs.script_api import purge
from gluepot.jobs.script_api.logs import ScriptLogger, script_logger
from gluepot.jobs.streaming.batches import for_each_batch
from gluepot.jobs.streaming.ingestion_time import add_ingestion_time_columns
from gluepot.jobs.streaming.sampling import sample_stream
from gluepot.transforms.resolve import ResolveOption

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from gluepot.jobs.context import GlueContext
    from gluepot.transforms.frame import DynamicFrame

    Options = Mapping[str, Any]


class UpkeepMethods:
    """Mixed into GlueContext."""

    @property
    def _keeper(self) -> GlueContext:
        return cast("GlueContext", self)

    def extract_jdbc_conf(
        self, connection_name: str, catalog_id: str | None = None
    ) -> dict[str, Any]:
        """Return what a JDBC connection of the catalog says: url, user, password, vendor and more.

        Raises:
            EntityNotFoundError: There is no such connection.
        """
        _ = catalog_id
        return extract_jdbc_conf(connection_name)

    def connection_properties(self, name: str) -> Mapping[str, str]:
        """Return a connection's properties with its secrets; Glue has no such method."""
        return connection_properties(name)

    def purge_table(
        self,
        database: str,
        table_name: str,
        options: Options | None = None,
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> None:
        """Delete a table's files that are older than ``retentionPeriod`` hours (168)."""
        _ = transformation_ctx, catalog_id
        purge.purge_table(database, table_name, options or {})

    def purge_s3_path(
        self, s3_path: str, options: Options | None = None, transformation_ctx: str = ""
    ) -> None:
        """Delete the files below a path that are older than ``retentionPeriod`` hours (168)."""
        _ = transformation_ctx
        purge.purge_path(s3_path, options or {})

    def transition_table(
        self,
        database: str,
        table_name: str,
        transition_to: str,
        options: Options | None = None,
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> None:
        """Move a table's files that are old enough to another storage class."""
        _ = transformation_ctx, catalog_id
        purge.transition_table(database, table_name, transition_to, options or {})

    def transition_s3_path(
        self,
        s3_path: str,
        transition_to: str,
        options: Options | None = None,
        transformation_ctx: str = "",
    ) -> None:
        """Move the files below a path that are old enough to another storage class."""
        _ = transformation_ctx
        purge.transition_path(s3_path, transition_to, options or {})

    def forEachBatch(
        self,
        frame: DataFrame,
        batch_function: Callable[[DataFrame, int], object],
        options: Options | None = None,
    ) -> None:
        """Call a function for each micro-batch of a stream until the job is stopped.

        Raises:
            InvalidInputError: ``windowSize`` or ``checkpointLocation`` is missing.
        """
        for_each_batch(self._keeper, frame, batch_function, options or {})

    def getSampleStreamingDynamicFrame(
        self,
        frame: DataFrame,
        options: Options | None = None,
        batch_function: Callable[[DataFrame, int], object] | None = None,
    ) -> DynamicFrame:
        """Return some records of a stream, for a look at it."""
        return sample_stream(self._keeper, frame, options or {}, batch_function)

    def add_ingestion_time_columns(self, frame: DataFrame, time_granularity: str) -> DataFrame:
        """Return the rows with the time of their reading in columns: to the day, hour or minute."""
        return add_ingestion_time_columns(frame, time_granularity)

    def get_logger(self) -> ScriptLogger:
        """Return a logger with info, warn, error, debug and trace."""
        return script_logger()

    def currentTimeMillis(self) -> int:
        """Return the milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def convert_resolve_option(
        self,
        path: str,
        action: str,
        target: Any,  # noqa: ANN401 - a type of Glue or Spark
    ) -> ResolveOption:
        """Return how ``toDF`` resolves one choice."""
        return ResolveOption(path, action, target)

    def start_transaction(self, read_only: bool) -> str:  # noqa: FBT001 - Glue's signature
        """Refuse: see ``begin_transaction``."""
        raise _no_governed_tables("start_transaction", read_only)

    def begin_transaction(self, read_only: bool) -> str:  # noqa: FBT001 - Glue's signature
        """Refuse: governed tables are gone from AWS too.

        Raises:
            OperationNotSupportedError: Always; it names what does the same.
        """
        raise _no_governed_tables("begin_transaction", read_only)

    def commit_transaction(
        self,
        transaction_id: str,
        wait_for_commit: bool = True,  # noqa: FBT001, FBT002 - Glue's signature
    ) -> bool:
        """Refuse: see ``begin_transaction``."""
        raise _no_governed_tables("commit_transaction", transaction_id, wait_for_commit)

    def cancel_transaction(self, transaction_id: str) -> None:
        """Refuse: see ``begin_transaction``."""
        raise _no_governed_tables("cancel_transaction", transaction_id)

    def abort_transaction(self, transaction_id: str) -> None:
        """Refuse: see ``begin_transaction``."""
        raise _no_governed_tables("abort_transaction", transaction_id)


def _no_governed_tables(name: str, *arguments: object) -> OperationNotSupportedError:
    _ = arguments
    return OperationNotSupportedError(
        f"{name} belongs to Lake Formation's governed tables, which AWS has closed;"
        " Delta and Iceberg tables have transactions of their own"
    )
