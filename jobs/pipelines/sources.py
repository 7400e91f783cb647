"""What the sources of a pipeline are, and their rows as frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.database_io.kinds import DYNAMODB, MONGODB
from gluepot.jobs.database_io.reading import is_database_table, read_database, read_database_table
from gluepot.jobs.file_sources.formats import open_files
from gluepot.jobs.file_sources.lake_changes import read_changes
from gluepot.jobs.file_sources.lake_tables import lake_place
from gluepot.jobs.metrics.observed import RowCount
from gluepot.jobs.reading.inputs import (
    BY_LOG,
    SourceInput,
    find_source_table,
    list_path,
    list_table,
    location_of,
    table_format,
)
from gluepot.jobs.reading.sources import errors_of, read_source
from gluepot.jobs.run_context.catalog_schema import catalog_schema
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from gluepot.jobs.bookmarks.store import InputFile
    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.definitions.pipeline import SourceSpec
    from gluepot.jobs.run_context.script_run import ScriptRun
    from gluepot.jobs.run_context.workshop import Workshop

_SCRIPT_FORMATS = {"grok": "grokLog"}


@dataclass(frozen=True, kw_only=True, eq=False)
class PipelineContext:
    """What frames of a pipeline know of where they are: the session, and the run's catalog."""

    spark_session: SparkSession

    def get_catalog_schema_as_spark_schema(
        self, database: str, table_name: str, catalog_id: str | None = None
    ) -> StructType:
        """Return the columns and partition keys of a catalog table as Spark's types."""
        _ = catalog_id
        return catalog_schema(self.as_glue, database, table_name)

    @property
    def as_glue(self) -> GlueContext:
        """Return this for what takes a GlueContext and asks it for its session alone."""
        return cast("GlueContext", self)


def describe_source(alias: str, spec: SourceSpec, workshop: Workshop) -> SourceInput | None:
    """Return a source without its files; None where it is a database.

    Raises:
        SourceError: Its table is not there.
        InvalidInputError: The table is of a format that jobs do not read.
    """
    if spec.connection_type is not None:
        return None
    if spec.table is None:
        root, kind = normalize_uri(spec.path or ""), spec.format or ""
        name = _SCRIPT_FORMATS.get(kind, kind) if spec.as_in_scripts else kind
        return SourceInput(name=alias, table=None, format=name, root=root, options=spec.options)
    table = find_source_table(workshop.catalog, alias, spec.table)
    if is_database_table(table):
        return None
    return SourceInput(
        name=alias,
        table=table,
        format=table_format(table),
        root=location_of(table),
        options=spec.options,
        predicate=spec.partition_predicate,
    )


def list_source(spec: SourceSpec, source: SourceInput, workshop: Workshop) -> Iterator[InputFile]:
    """Yield the files that a source has.

    Raises:
        StorageError: A place cannot be listed.
        InvalidInputError: The predicate does not fit the table.
    """
    if source.table is None:
        return list_path(source.root, workshop.stores)
    return list_table(
        workshop.catalog, source.table, expression=spec.partition_predicate, stores=workshop.stores
    )


def keeps_keys(alias: str, spec: SourceSpec, workshop: Workshop) -> bool:
    """Return whether a bookmark can remember how far a database was read."""
    kind: str | None = spec.connection_type
    if spec.table is not None:
        table = find_source_table(workshop.catalog, alias, spec.table)
        kind = (table.parameters or {}).get("classification")
    return kind not in {*DYNAMODB, *MONGODB}


def open_database(
    context: PipelineContext, alias: str, spec: SourceSpec, run: ScriptRun, *, bookmarked: bool
) -> DynamicFrame:
    """Return the rows of a database; they are counted while they pass.

    Raises:
        InvalidInputError: An option is wrong.
        EntityNotFoundError: There is no such connection.
        SourceError: The database cannot be read.
    """
    options: dict[str, Any] = dict(spec.options)
    ctx = alias if bookmarked else ""
    if spec.table is not None:
        table = find_source_table(run.workshop.catalog, alias, spec.table)
        frame = read_database_table(context.as_glue, table, options, transformation_ctx=ctx)
    else:
        if spec.connection is not None:
            options |= {"connectionName": spec.connection, "useConnectionProperties": "true"}
        kind = str(spec.connection_type)
        frame = read_database(context.as_glue, kind, options, transformation_ctx=ctx)
    count = run.counts[alias] = RowCount()
    counted = frame.derive(lambda: count.attach(frame.planned()), Stage(name=alias, site=alias))
    counted.name = alias
    return counted


def open_source(
    context: PipelineContext, spec: SourceSpec, source: SourceInput, run: ScriptRun
) -> DynamicFrame:
    """Return the rows of a source's files; they are counted while they pass.

    Raises:
        SourceError: Spark cannot read them as the catalog or the options say.
    """
    spark, alias = context.spark_session, source.name
    count = run.counts[alias] = RowCount()
    if source.table is None and source.format in BY_LOG:
        place = lake_place(spark, source.format, source.root, run.workshop.stores)
        source = replace(source, root=place)
    if source.changes is not None:
        rows = read_changes(spark, source, run.workshop.stores)
        return DynamicFrame(count.attach(rows), context, alias)
    if not spec.as_in_scripts or not source.files:
        return DynamicFrame(count.attach(read_source(spark, source)), context, alias)
    with errors_of(alias):
        opened = open_files(spark, source, (source.root,), spec.format_options)

    def plan() -> DataFrame:
        with errors_of(alias):
            return count.attach(opened.plan())

    stage = Stage(name=alias, site=alias, errors=opened.errors)
    frame = DynamicFrame.planned_later(plan, stage, context, alias)
    if not opened.lazily:
        frame.planned()
    return frame
