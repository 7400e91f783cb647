"""Delta tables: a write is one transaction, named so that Delta itself skips its repetition."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gluepot.jobs.writing.target import Target, Transaction, Written

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

LOOKED_AT = 50
"""How many of the newest commits are searched for ours; others may have written meanwhile."""


def write_delta(frame: DataFrame, target: Target, transaction: Transaction) -> Written:
    """Write a Delta table; Delta skips a transaction version that the table has seen.

    Source: Delta Lake's idempotent writes, ``txnAppId`` and ``txnVersion``.
    """
    note = {
        "job": transaction.job_name,
        "run_id": transaction.run_id,
        "sink": target.key,
        "bookmark_version": transaction.version,
    }
    writer = frame.write.format("delta").mode(target.mode).options(**target.options)
    writer = writer.option("userMetadata", json.dumps(note))
    writer = writer.option(
        "overwriteSchema" if target.mode == "overwrite" else "mergeSchema", "true"
    )
    if target.partition_by:
        writer = writer.partitionBy(*target.partition_by)
    if transaction.version is not None:
        writer = writer.option("txnAppId", transaction.application(target.key))
        writer = writer.option("txnVersion", str(transaction.version))
    writer.save(target.uri)
    return _report(frame.sparkSession, target, note)


def _report(spark: SparkSession, target: Target, note: dict[str, Any]) -> Written:
    schema = spark.read.format("delta").load(target.uri).schema
    commits = spark.sql(f"DESCRIBE HISTORY delta.`{_escaped(target.uri)}` LIMIT {LOOKED_AT}")
    wanted = ["version", "userMetadata", "operationMetrics"]
    found = [(row, _note(row)) for row in commits.select(*wanted).collect()]
    ours = next((row for row, other in found if other == note), None)
    if ours is not None:
        return _written(ours, schema, skipped=False)
    before = [row for row, other in found if _same_transaction(other, note)]
    if before:
        return _written(before[0], schema, skipped=True)
    # The commit that Delta skipped is older than the commits looked at.
    return Written(schema=schema, rows=0, bytes=0, files=0, skipped=True)


def _written(commit: Row, schema: Any, *, skipped: bool) -> Written:  # noqa: ANN401
    metrics = commit["operationMetrics"] or {}
    return Written(
        schema=schema,
        rows=int(metrics.get("numOutputRows", 0)),
        bytes=int(metrics.get("numOutputBytes", 0)),
        files=int(metrics.get("numFiles", 0)),
        version=int(commit["version"]),
        skipped=skipped,
    )


def _note(commit: Row) -> dict[str, Any]:
    try:
        found = json.loads(commit["userMetadata"] or "{}")
    except ValueError:  # another writer's own words
        return {}
    return found if isinstance(found, dict) else {}


def _same_transaction(other: dict[str, Any], note: dict[str, Any]) -> bool:
    keys = ("job", "sink", "bookmark_version")
    return all(other.get(key) == note[key] for key in keys)


def _escaped(path: str) -> str:
    return path.replace("`", "``")
