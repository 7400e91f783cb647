"""What a script reads: catalog tables and files, with the bookmark of the source's own name."""

from __future__ import annotations

import json
from dataclasses import replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from gluepot.catalog.errors import AccessDeniedError, GluepotError, InvalidInputError, did_you_mean
from gluepot.catalog.predicates import parse_predicate
from gluepot.catalog.types import parse_type, to_spark_ddl
from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.errors import SourceError
from gluepot.jobs.failure import brief
from gluepot.jobs.inputs import (
    SourceInput,
    find_source_table,
    list_path,
    list_table,
    location_of,
    table_format,
)
from gluepot.jobs.observed import RowCount
from gluepot.jobs.scripts import current_run
from gluepot.jobs.sources import read_source
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pyspark.sql import SparkSession

    from gluepot.catalog.model import Partition, Table
    from gluepot.jobs.bookmarks import InputFile
    from gluepot.jobs.context import GlueContext

CSV_OPTIONS = {
    "separator": "sep",
    "withHeader": "header",
    "quoteChar": "quote",
    "escaper": "escape",
    "multiLine": "multiLine",
}
JSON_OPTIONS = {"multiLine": "multiLine"}
FORMATS: Mapping[str, Mapping[str, str]] = {
    "csv": CSV_OPTIONS,
    "json": JSON_OPTIONS,
    "parquet": {},
}
IGNORED = frozenset({"optimizePerformance", "groupFiles", "groupSize", "compressionType"})
"""Options that only say how fast: Spark decides by itself."""


def read_catalog(  # noqa: PLR0913 - Glue's arguments
    context: GlueContext,
    database: str,
    table_name: str | None,
    *,
    transformation_ctx: str,
    push_down_predicate: str,
    options: Mapping[str, Any],
) -> DynamicFrame:
    """Return the rows of a table, as ``create_dynamic_frame.from_catalog`` says."""
    if table_name is None:
        raise InvalidInputError("Parameter table_name is missing.")
    run = current_run()
    name = transformation_ctx or f"{database}.{table_name}"
    table = find_source_table(run.workshop.catalog, name, f"{database}.{table_name}")
    expression, keep = _partition_choice(
        context.spark_session,
        table,
        str(options.get("catalogPartitionPredicate", "")),
        push_down_predicate,
    )
    source = SourceInput(
        name=name,
        table=table,
        format=table_format(table),
        root=location_of(table),
        options={},
        predicate=push_down_predicate or None,
    )
    listed = list_table(
        run.workshop.catalog, table, expression=expression, stores=run.workshop.stores, keep=keep
    )
    return _frame(context, source, listed, transformation_ctx, table_name)


def read_options(  # noqa: PLR0913 - Glue's arguments
    context: GlueContext,
    connection_type: str,
    connection_options: Mapping[str, Any],
    kind: str | None,
    format_options: Mapping[str, Any],
    *,
    transformation_ctx: str,
) -> DynamicFrame:
    """Return the rows of files, as ``create_dynamic_frame.from_options`` says."""
    if connection_type not in {"s3", "file"}:
        raise InvalidInputError(
            f"connection_type {connection_type!r} is not supported yet; there is: s3"
        )
    if kind is None or kind not in FORMATS:
        raise InvalidInputError(
            f"format {kind!r} is not read yet.{did_you_mean(str(kind), FORMATS)}"
            f" There are: {', '.join(FORMATS)}"
        )
    paths = connection_options.get("paths") or []
    if not paths:
        raise InvalidInputError("connection_options needs paths, a list of s3:// addresses")
    exclusions = json.loads(connection_options.get("exclusions", "[]"))
    source = SourceInput(
        name=transformation_ctx or str(paths[0]),
        table=None,
        format=kind,
        root=normalize_uri(str(paths[0])),
        options=_reader_options(kind, format_options),
    )
    listed = _list_paths([str(path) for path in paths], exclusions)
    return _frame(context, source, listed, transformation_ctx, transformation_ctx)


def _frame(
    context: GlueContext,
    source: SourceInput,
    listed: Iterator[InputFile],
    transformation_ctx: str,
    name: str,
) -> DynamicFrame:
    run = current_run()
    if not source.by_log:
        bookmarked = bool(transformation_ctx)
        try:
            files = run.ledger.choose(source.name, listed, bookmarked=bookmarked)
        except (SourceError, AccessDeniedError):
            raise
        except GluepotError as error:
            raise SourceError(source.name, str(error)) from error
        source = replace(source, files=files)
    run.metrics.add_input(source.name, source)
    if source.table is None and not source.files:
        empty = context.spark_session.createDataFrame([], "")
        return DynamicFrame(empty, context, name)
    count = run.counts[source.name] = RowCount()
    rows = count.attach(read_source(context.spark_session, source))
    return DynamicFrame(rows, context, name)


def _list_paths(paths: Sequence[str], exclusions: Sequence[str]) -> Iterator[InputFile]:
    stores = current_run().workshop.stores
    for path in paths:
        for file in list_path(path, stores):
            if not any(fnmatch(file.uri, pattern) for pattern in exclusions):
                yield file


def _reader_options(kind: str, options: Mapping[str, Any]) -> dict[str, str]:
    known = FORMATS[kind]
    found = {}
    for name, value in options.items():
        if name in IGNORED:
            continue
        if name not in known:
            raise InvalidInputError(
                f"format option {name!r} of {kind} is not supported.{did_you_mean(name, known)}"
            )
        # Glue turns quoting off by -1, Spark by an empty text.
        off = name == "quoteChar" and str(value) == "-1"
        found[known[name]] = "" if off else str(value).lower() if value in {True, False} else value
    return found


def _partition_choice(
    spark: SparkSession, table: Table, catalog_predicate: str, push_down: str
) -> tuple[str | None, Callable[[Sequence[Partition]], Sequence[Partition]] | None]:
    """Return the catalog's expression, and a filter for what only Spark SQL can say."""
    parts = [f"({catalog_predicate})"] if catalog_predicate.strip() else []
    if not push_down.strip():
        return (parts[0] if parts else None), None
    try:
        parse_predicate(push_down)
    except InvalidInputError:
        expression = parts[0] if parts else None
        return expression, lambda found: _filter_by_spark(spark, table, found, push_down)
    return " AND ".join([*parts, f"({push_down})"]), None


def _filter_by_spark(
    spark: SparkSession, table: Table, partitions: Sequence[Partition], predicate: str
) -> Sequence[Partition]:
    keys = table.partition_keys or ()
    schema = ", ".join(["_at long", *(f"`{key.name}` string" for key in keys)])
    rows = [(at, *item.values) for at, item in enumerate(partitions)]
    frame = spark.createDataFrame(rows, schema)
    for key in keys:
        kind = to_spark_ddl(parse_type(key.type or "string"))
        frame = frame.withColumn(key.name, frame[f"`{key.name}`"].try_cast(kind))
    try:
        kept = frame.where(predicate).select("_at").collect()
    except PySparkException as error:
        raise SourceError(table.name, f"push_down_predicate: {brief(error)}") from error
    return [partitions[row[0]] for row in kept]
