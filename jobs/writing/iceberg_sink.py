"""Iceberg tables in a folder: a write is one snapshot, which names its transaction.

The folder is its own catalog, as Iceberg's Hadoop tables are: metadata files numbered ``v1``,
``v2`` and so on. One writer at a time is safe on any store; several at once only where the store
renames files in one step, which S3 does not. Tables whose metadata another catalog keeps are
refused: a commit that does not go through that catalog would be lost.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.types import parse_type, to_spark_ddl
from gluepot.crawlers.lakehouse.kinds import ICEBERG_FOLDER, ICEBERG_METADATA
from gluepot.crawlers.sources.errors import PathNotFoundError
from gluepot.jobs.errors import SinkError
from gluepot.jobs.writing.target import Target, Transaction, Written
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, Row, SparkSession

    from gluepot.jobs.run_context.stores import Stores

APPLICATION = "gluepot.application"
VERSION = "gluepot.version"
RUN_ID = "gluepot.run-id"
"""Properties of a snapshot: which transaction it is."""

_OWN_NAMES = re.compile(r"v\d+(\.gz)?\.metadata\.json(\.gz)?")


def write_iceberg(
    frame: DataFrame, target: Target, transaction: Transaction, *, stores: Stores
) -> Written:
    """Add the rows to a table, which is made where there is none.

    Columns that the table lacks are added to it; those that the rows lack become null.

    Raises:
        SinkError: Another catalog keeps the table, or it lies at the root of a bucket.
    """
    is_there = _is_there(target, stores)
    spark = frame.sparkSession
    name = _name(spark, target)
    if is_there and (before := _find(spark, target, transaction)) is not None:
        return _written(spark, name, before, skipped=True)
    if is_there:
        _add_columns(frame, name)
    writer = frame.writeTo(name)
    for key, value in (*target.options.items(), *_properties(target, transaction).items()):
        writer = writer.option(key, value)
    if not is_there:
        keys = [F.col(quote(key)) for key in target.partition_by]
        (writer.partitionedBy(*keys) if keys else writer).create()
    elif target.mode == "overwrite":
        writer.overwrite(F.lit(col=True))
    else:
        writer.append()
    snapshots = spark.table(f"{name}.snapshots")
    done = snapshots.orderBy(F.col("committed_at").desc()).first()
    if done is None:
        raise SinkError(target.name, target.path, "Iceberg has no snapshot of what was written")
    return _written(spark, name, done, skipped=False)


def _is_there(target: Target, stores: Stores) -> bool:
    """Return whether there is a table; Spark would make a second one over another catalog's."""
    try:
        files = [
            item.uri.rpartition("/")[2]
            for item in stores.open(target.uri).list(f"{target.uri}/{ICEBERG_FOLDER}")
        ]
    except PathNotFoundError:
        return False
    foreign = [
        name for name in files if name.endswith(ICEBERG_METADATA) and not _OWN_NAMES.fullmatch(name)
    ]
    if foreign:
        reason = (
            f"its metadata ({foreign[0]}) is kept by another Iceberg catalog, through which it has"
            " to be written"
        )
        raise SinkError(target.name, target.path, reason)
    return any(_OWN_NAMES.fullmatch(name) for name in files)


def _name(spark: SparkSession, target: Target) -> str:
    """Return what Spark calls the table: its folder in a catalog of the folder above."""
    parent, _, folder = target.uri.rpartition("/")
    if not folder or parent in {"s3:/", "file:", "file://"}:
        reason = "an Iceberg table needs a folder below the bucket"
        raise SinkError(target.name, target.path, reason)
    catalog = f"gluepot_files_{hashlib.blake2b(parent.encode(), digest_size=6).hexdigest()}"
    prefix = f"spark.sql.catalog.{catalog}"
    spark.conf.set(prefix, "org.apache.iceberg.spark.SparkCatalog")
    spark.conf.set(f"{prefix}.type", "hadoop")
    spark.conf.set(f"{prefix}.warehouse", parent)
    # Another process may write the table between two writes of this one.
    spark.conf.set(f"{prefix}.cache-enabled", "false")
    return f"{catalog}.{quote(folder)}"


def _properties(target: Target, transaction: Transaction) -> Mapping[str, str]:
    found = {RUN_ID: transaction.run_id}
    if transaction.version is not None:
        found |= {
            APPLICATION: transaction.application(target.key),
            VERSION: str(transaction.version),
        }
    return {f"snapshot-property.{key}": value for key, value in found.items()}


def _find(spark: SparkSession, target: Target, transaction: Transaction) -> Row | None:
    """Return the snapshot of an earlier run that wrote this very transaction."""
    if transaction.version is None:
        return None
    summary = F.col("summary")
    return (
        spark.table(f"{_name(spark, target)}.snapshots")
        .where(summary[APPLICATION] == transaction.application(target.key))
        .where(summary[VERSION] == str(transaction.version))
        .first()
    )


def _add_columns(frame: DataFrame, name: str) -> None:
    there = {column.lower() for column in frame.sparkSession.table(name).columns}
    new = [field for field in frame.schema.fields if field.name.lower() not in there]
    if new:
        columns = ", ".join(
            f"{quote(field.name)} {to_spark_ddl(parse_type(field.dataType.simpleString()))}"
            for field in new
        )
        frame.sparkSession.sql(f"ALTER TABLE {name} ADD COLUMNS ({columns})")


def _written(spark: SparkSession, name: str, snapshot: Row, *, skipped: bool) -> Written:
    summary = snapshot["summary"] or {}
    return Written(
        schema=spark.table(name).schema,
        rows=int(summary.get("added-records", 0)),
        bytes=int(summary.get("added-files-size", 0)),
        files=int(summary.get("added-data-files", 0)),
        version=int(snapshot["snapshot_id"]),
        skipped=skipped,
    )
