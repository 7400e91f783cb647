"""Where rows go, under which name, and what a sink did."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

from gluepot.crawlers.sources.objects import normalize_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql.types import StructType

    from gluepot.jobs.lineage.plan_columns import PlanLineage

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
