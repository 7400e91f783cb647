# ruff: noqa: N802, N803  (names and signatures are Glue's)
"""DataSink: files on S3 or the disk, and a table of the catalog if asked."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.file_sinks.formats import SINK_FORMATS, file_format, log_unknown
from gluepot.jobs.file_sinks.writing import Destination, write_frame
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.writing.target import Upkeep
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from gluepot.jobs.file_sinks.formats import FileFormat

logger = logging.getLogger(__name__)

CONNECTIONS = ("s3", "file", *SINK_FORMATS)
"""Those that lead to files; a format's name means files of it."""

_OF_FORMAT = ("compression", "blockSize", "pageSize", "useGlueParquetWriter")
_KNOWN = (
    *("path", "partitionKeys", "useFrameName", "enableUpdateCatalog", "updateBehavior"),
    *_OF_FORMAT,
)


class DataSink:
    """What ``getSink`` returns.

    Args:
        connection_type: ``s3``, or ``file`` for folders of this machine; or a format's name.
        options: ``path``, ``partitionKeys``, ``compression``, ``useFrameName``,
            ``enableUpdateCatalog``, ``updateBehavior``; others are logged and do nothing, except
            that those of Delta and Iceberg go to Spark's writer.
        transformation_ctx: What tells the sink from the job's others, run after run.

    Raises:
        InvalidInputError: The connection is another one, there is no path, or ``updateBehavior``
            is neither UPDATE_IN_DATABASE nor LOG.
    """

    def __init__(
        self, connection_type: str, options: Mapping[str, Any], *, transformation_ctx: str
    ) -> None:
        if connection_type not in CONNECTIONS:
            raise InvalidInputError(
                f"connection_type {connection_type!r} is no sink of files; there are:"
                f" {', '.join(CONNECTIONS)}"
            )
        if not options.get("path"):
            raise InvalidInputError("a sink needs a path, an s3:// address")
        self._options = dict(options)
        self._upkeep = update_behavior(options)
        self._ctx = transformation_ctx
        self._format: tuple[str, dict[str, Any]] | None = None
        if connection_type in SINK_FORMATS:
            self._format = (connection_type, {})
        self._catalog: tuple[str, str] | None = None

    def setFormat(self, format: str, **options: Any) -> None:  # noqa: A002, ANN401
        """Choose the format, such as ``json`` or ``glueparquet``, and its options."""
        self._format = (format, options)

    def setAccumulableSize(self, size: int) -> None:
        """Do nothing: it tunes how Glue collects failed records, which stay with Spark here."""

    def setCatalogInfo(
        self, catalogDatabase: str, catalogTableName: str, catalogId: str = ""
    ) -> None:
        """Choose the table to make or update when ``enableUpdateCatalog`` is on."""
        _ = catalogId
        self._catalog = (catalogDatabase, catalogTableName)

    def writeFrame(self, dynamic_frame: DynamicFrame, info: str = "") -> DynamicFrame:
        """Write a frame; returns the records that failed before, as ``<name>_errors``.

        Raises:
            InvalidInputError: No format is chosen, or one that is not written.
            SinkError: The rows could not be written.
        """
        _ = info
        return self._write(dynamic_frame, None)

    def writeDataFrame(
        self,
        dataframe: DataFrame,
        glue_context: Any,  # noqa: ANN401 - a GlueContext
        info: str = "",
    ) -> DynamicFrame:
        """Write a DataFrame; see ``writeFrame``."""
        return self.writeFrame(DynamicFrame.fromDF(dataframe, glue_context, self._ctx), info)

    def write(
        self, dynamic_frame_or_dfc: DynamicFrame | DynamicFrameCollection, info: str = ""
    ) -> DynamicFrame | DynamicFrameCollection:
        """Write a frame or each frame of a collection; see ``writeFrame``.

        With ``useFrameName`` each frame goes to a folder, and a table, of its own name.

        Raises:
            TypeError: It is neither.
        """
        if isinstance(dynamic_frame_or_dfc, DynamicFrame):
            return self.writeFrame(dynamic_frame_or_dfc, info)
        if not isinstance(dynamic_frame_or_dfc, DynamicFrameCollection):
            raise TypeError(
                "dynamic_frame_or_dfc must be a DynamicFrame or a DynamicFrameCollection, not"
                f" {type(dynamic_frame_or_dfc).__name__}; DynamicFrame.fromDF makes one"
            )
        frames = dynamic_frame_or_dfc
        errors = {f"{name}_errors": self._write(frames[name], name) for name in frames}
        context = next((frame.glue_ctx for frame in errors.values()), None)
        return DynamicFrameCollection(errors, context)

    def _write(self, frame: DynamicFrame, name: str | None) -> DynamicFrame:
        return write_frame(
            frame,
            Destination(
                path=self._path(name),
                format=self._file_format(),
                partition_keys=tuple(self._options.get("partitionKeys") or ()),
                table=self._table(name),
                upkeep=self._upkeep,
                # Frames of one collection must not take each other for written.
                transformation_ctx=f"{self._ctx}:{name}" if self._ctx and name else self._ctx,
            ),
        )

    def _file_format(self) -> FileFormat:
        kind, options = self._format or (None, {})
        own = {name: self._options[name] for name in self._options if name in _OF_FORMAT}
        more = {name: self._options[name] for name in self._options if name not in _KNOWN}
        if kind in {"delta", "iceberg"}:
            return file_format(kind, own | more | options, self._name)
        for name in more:
            log_unknown(self._name, name, _KNOWN)
        return file_format(kind, own | options, self._name)

    @property
    def _name(self) -> str:
        return self._ctx or str(self._options["path"])

    @property
    def _by_name(self) -> bool:
        return is_true(self._options.get("useFrameName"))

    def _path(self, name: str | None) -> str:
        path = str(self._options["path"])
        return f"{path.rstrip('/')}/{name}" if name and self._by_name else path

    def _table(self, name: str | None) -> tuple[str, str] | None:
        if not is_true(self._options.get("enableUpdateCatalog")):
            return None
        if self._catalog is None:
            logger.warning(
                "Sink %s: enableUpdateCatalog does nothing without setCatalogInfo",
                self._name,
                extra={"action": "no_catalog_info", "sink": self._name},
            )
            return None
        database, table = self._catalog
        return (database, name) if name and self._by_name else (database, table)


def update_behavior(options: Mapping[str, Any]) -> Upkeep:
    """Return what ``updateBehavior`` says, UPDATE_IN_DATABASE without it.

    Raises:
        InvalidInputError: It is neither that nor LOG.
    """
    known = (Upkeep.UPDATE, Upkeep.LOG)
    given = str(options.get("updateBehavior") or Upkeep.UPDATE).upper()
    if given not in known:
        hint = did_you_mean(given, [item.value for item in known])
        raise InvalidInputError(
            f"updateBehavior {given!r} is not known.{hint} There are: {', '.join(known)}"
        )
    return Upkeep(given)
