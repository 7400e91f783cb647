"""DataFrames to tables: the one way in for every kind of sink, and what they report."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri
from gluepot.jobs.errors import SinkError
from gluepot.jobs.failure import brief
from gluepot.transforms.spark_errors import SPARK_ERRORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from gluepot.jobs.lineage.plan_columns import PlanLineage
    from gluepot.jobs.stores import Stores

SinkFormat: TypeAlias = Literal["avro", "csv", "delta", "iceberg", "json", "orc", "parquet"]


class Upkeep(StrEnum):
    """What a write does to the definition of a table that is in the catalog already."""

    MERGE = "MERGE"
    """Columns that are new are added, and types widened: files of earlier runs stay readable."""

    UPDATE = "UPDATE_IN_DATABASE"
    """The columns become those of the rows, if there are partition keys; Glue's default."""

    LOG = "LOG"
    """Nothing; partitions are added where the table has all columns of the rows."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where rows go and how.

    Attributes:
        name: What messages call it.
        key: What tells it from the job's other sinks, run after run.
        path: As the user wrote it.
        format: One of SinkFormat.
        partition_by: Columns that become folders.
        mode: ``append`` or ``overwrite``.
        table: ``database.table`` in the catalog, or None.
        options: Of Spark's writer.
        upkeep: What becomes of the table's definition if it has one.
    """

    name: str
    key: str
    path: str
    format: SinkFormat
    partition_by: tuple[str, ...] = ()
    mode: Literal["append", "overwrite"] = "append"
    table: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    upkeep: Upkeep = Upkeep.MERGE

    @property
    def uri(self) -> str:
        """Return the path in the spelling of listings."""
        return normalize_uri(self.path).rstrip("/")

    @property
    def is_staged(self) -> bool:
        """Return whether its files are staged and published, for want of transactions."""
        return self.format not in {"delta", "iceberg"}


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """Under which name a write is done, so that doing it again changes nothing.

    Attributes:
        job_name: The job.
        run_id: Kept with what is written.
        bookmark_id: Of the job's bookmark; None for jobs without one.
        version: The bookmark version that the write reaches; None without a bookmark.
    """

    job_name: str
    run_id: str
    bookmark_id: str | None = None
    version: int | None = None

    def application(self, key: str) -> str:
        """Return the name of the sequence of this job's writes to the sink of that key."""
        return f"gluepot/{self.job_name}/{self.bookmark_id}/{key}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a sink did.

    Attributes:
        schema: Of the table after the write.
        rows: Rows written.
        bytes: Bytes written.
        files: Files written.
        version: Delta's version, or Iceberg's snapshot; None for others.
        skipped: An earlier run had written the same transaction.
        partitions: Folders written to, as pairs of values and address; of staged files only.
        sample: The address of one of the files; None where there is none, or it does not matter.
        lineage: What the columns of the rows come from; None where nobody has looked.
    """

    schema: StructType
    rows: int
    bytes: int
    files: int
    version: int | None = None
    skipped: bool = False
    partitions: tuple[tuple[tuple[str, ...], str], ...] = ()
    sample: str | None = None
    lineage: PlanLineage | None = None


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
    from gluepot.jobs.delta_sink import write_delta  # noqa: PLC0415 - they import this module
    from gluepot.jobs.iceberg_sink import write_iceberg  # noqa: PLC0415
    from gluepot.jobs.staged_sink import write_staged  # noqa: PLC0415

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
