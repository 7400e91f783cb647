"""DataFrames to tables: the one way in for every kind of sink."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.sources.objects import FILE_SCHEME
from gluepot.jobs.errors import SinkError
from gluepot.jobs.runs.failure import brief
from gluepot.jobs.writing.delta_sink import write_delta
from gluepot.jobs.writing.iceberg_sink import write_iceberg
from gluepot.jobs.writing.staged_sink import write_staged
from gluepot.transforms.spark_errors import SPARK_ERRORS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from gluepot.jobs.run_context.stores import Stores
    from gluepot.jobs.writing.target import Target, Transaction, Written


def check_target(target: Target, stores: Stores) -> None:
    """See that a sink's bucket or folder can be had, before any work is done for it.

    Raises:
        SinkError: It cannot; the sentence names the sink, its path and the cause.
    """
    try:
        if target.uri.startswith(FILE_SCHEME):
            _check_folder(target)
            return
        bucket = target.uri.removeprefix("s3://").partition("/")[0]
        next(iter(stores.open(target.uri).list(f"s3://{bucket}/_gluepot/none/")), None)
    except StorageError as error:
        raise SinkError(target.name, target.path, str(error)) from error


def _check_folder(target: Target) -> None:
    path = Path(target.uri.removeprefix(FILE_SCHEME))
    standing = next(folder for folder in (path, *path.parents) if folder.exists())
    if not standing.is_dir():
        raise SinkError(target.name, target.path, f"{standing} is a file, not a folder")


def write(
    frame: DataFrame, target: Target, transaction: Transaction, *, stores: Stores, resume: bool
) -> Written:
    """Write ``frame`` to ``target`` once, however often this is repeated for a transaction.

    Args:
        frame: The rows.
        target: Where they go.
        transaction: Repeating one that was done writes nothing.
        stores: Where files lie.
        resume: An earlier run may have begun this very transaction.

    Raises:
        SinkError: The rows could not be written.
    """
    missing = [name for name in target.partition_by if name not in frame.columns]
    if missing:
        known = ", ".join(frame.columns)
        reason = f"there is no column {missing[0]!r} to partition by; there are: {known}"
        raise SinkError(target.name, target.path, reason)
    try:
        if target.format == "delta":
            return write_delta(frame, target, transaction)
        if target.format == "iceberg":
            return write_iceberg(frame, target, transaction, stores=stores)
        return write_staged(frame, target, transaction, stores=stores, resume=resume)
    except SPARK_ERRORS as error:
        raise SinkError(target.name, target.path, brief(error)) from error
    except StorageError as error:
        raise SinkError(target.name, target.path, str(error)) from error
