# ruff: noqa: N802, N803  (names and signatures are Glue's)
"""What a script writes: files at a path, with or without a table in the catalog."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, cast

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.inputs import find_source_table, location_of, table_format
from gluepot.jobs.scripts import current_run
from gluepot.jobs.sinks import Target, check_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.transforms.frame import DynamicFrame

FORMATS: Mapping[str, Literal["delta", "parquet"]] = {
    "parquet": "parquet",
    "glueparquet": "parquet",
    "delta": "delta",
}
KNOWN_OPTIONS = (
    *("path", "partitionKeys", "enableUpdateCatalog", "updateBehavior", "compression"),
    *("useGlueParquetWriter", "blockSize", "pageSize"),
)


class DataSink:
    """What ``getSink`` returns: files on S3 or the disk, and a table of the catalog if asked."""

    def __init__(
        self, connection_type: str, options: Mapping[str, Any], *, transformation_ctx: str
    ) -> None:
        _check_connection(connection_type)
        _check_options(options)
        if not options.get("path"):
            raise InvalidInputError("a sink needs a path, an s3:// address")
        self._options = dict(options)
        self._ctx = transformation_ctx
        self._format: str | None = None
        self._table: str | None = None

    def setFormat(self, format: str, **options: Any) -> None:  # noqa: A002, ANN401
        """Choose the format: parquet, glueparquet or delta."""
        _check_options(options)
        self._format = format

    def setCatalogInfo(
        self, catalogDatabase: str, catalogTableName: str, catalogId: str = ""
    ) -> None:
        """Choose the table to make or update when ``enableUpdateCatalog`` is on."""
        _ = catalogId
        self._table = f"{catalogDatabase}.{catalogTableName}"

    def writeFrame(self, dynamic_frame: DynamicFrame, info: str = "") -> DynamicFrame:
        """Write a frame; returns the records that failed before.

        Raises:
            InvalidInputError: No format is chosen, or one that is not written.
            SinkError: The rows could not be written.
        """
        _ = info
        keeps_table = _is_true(self._options.get("enableUpdateCatalog"))
        return _write(
            dynamic_frame,
            path=str(self._options["path"]),
            kind=self._format,
            partition_keys=self._options.get("partitionKeys") or (),
            table=self._table if keeps_table else None,
            transformation_ctx=self._ctx,
        )


def write_to_options(  # noqa: PLR0913 - Glue's arguments
    frame: DynamicFrame,
    connection_type: str,
    connection_options: Mapping[str, Any],
    kind: str | None,
    format_options: Mapping[str, Any],
    *,
    transformation_ctx: str,
) -> DynamicFrame:
    """Write a frame, as ``write_dynamic_frame.from_options`` says."""
    sink = DataSink(connection_type, connection_options, transformation_ctx=transformation_ctx)
    sink.setFormat(str(kind), **format_options)
    return sink.writeFrame(frame)


def write_to_catalog(
    frame: DynamicFrame,
    database: str,
    table_name: str | None,
    *,
    transformation_ctx: str,
    options: Mapping[str, Any],
) -> DynamicFrame:
    """Write a frame, as ``write_dynamic_frame.from_catalog`` says."""
    if table_name is None:
        raise InvalidInputError("Parameter table_name is missing.")
    _check_options(options)
    name = f"{database}.{table_name}"
    table = find_source_table(current_run().workshop.catalog, name, name)
    return _write(
        frame,
        path=location_of(table),
        kind=table_format(table),
        partition_keys=[key.name for key in table.partition_keys or ()],
        table=name if _is_true(options.get("enableUpdateCatalog")) else None,
        transformation_ctx=transformation_ctx,
    )


def _write(  # noqa: PLR0913 - what the ways to write differ in
    frame: DynamicFrame,
    *,
    path: str,
    kind: str | None,
    partition_keys: Sequence[str],
    table: str | None,
    transformation_ctx: str,
) -> DynamicFrame:
    if kind not in FORMATS:
        raise InvalidInputError(
            f"format {kind!r} is not written yet.{did_you_mean(str(kind), FORMATS)}"
            f" There are: {', '.join(FORMATS)}"
        )
    target = Target(
        name=transformation_ctx or path,
        key=transformation_ctx or path.rstrip("/"),
        path=path,
        format=FORMATS[cast("str", kind)],
        partition_by=tuple(partition_keys),
        table=table,
    )
    run = current_run()
    check_target(target, run.workshop.stores)
    began = time.monotonic()
    rows = frame.toDF()
    if rows.columns:
        written = run.ledger.write(rows, target)
        run.metrics.add_sink(target, written, seconds=time.monotonic() - began)
    return frame.errorsAsDynamicFrame()


def _check_connection(connection_type: str) -> None:
    if connection_type not in {"s3", "file"}:
        raise InvalidInputError(
            f"connection_type {connection_type!r} is not supported yet; there is: s3"
        )


def _check_options(options: Mapping[str, Any]) -> None:
    for name in options:
        if name not in KNOWN_OPTIONS:
            hint = did_you_mean(name, KNOWN_OPTIONS)
            raise InvalidInputError(f"option {name!r} of a sink is not supported.{hint}")


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
