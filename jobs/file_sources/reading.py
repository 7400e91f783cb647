"""What a script reads: catalog tables and files, with the bookmark of the source's own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AccessDeniedError, GluepotError, InvalidInputError
from gluepot.jobs.errors import SourceError
from gluepot.jobs.file_sources.catalog_csv import open_csv_table
from gluepot.jobs.file_sources.formats import open_files
from gluepot.jobs.file_sources.json_files import open_json
from gluepot.jobs.file_sources.opened import Opened, origin_of_source
from gluepot.jobs.file_sources.requests import (
    CONNECTION_TYPES,
    catalog_request,
    check_names,
    options_request,
)
from gluepot.jobs.metrics.observed import RowCount
from gluepot.jobs.reading.json_documents import json_layout
from gluepot.jobs.reading.sources import errors_of, read_source, spark_errors_of, table_options
from gluepot.jobs.reading.text_rows import UTF_8
from gluepot.jobs.run_context.script_run import find_run
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.catalog.model import Table
    from gluepot.jobs.bookmarks.store import InputFile
    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.file_sources.requests import Request
    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.jobs.run_context.script_run import ScriptRun

__all__ = ["CONNECTION_TYPES", "frame_of_files", "read_catalog", "read_options"]


def read_catalog(  # noqa: PLR0913 - Glue's arguments
    context: GlueContext,
    named: str,
    table: Table,
    *,
    transformation_ctx: str,
    push_down_predicate: str,
    options: Mapping[str, Any],
) -> DynamicFrame:
    """Return the rows of a table, as ``create_dynamic_frame.from_catalog`` says.

    ``named`` is ``database.table`` as the script spells it.

    Values of delimited files that are not of the catalog's type make choices with text; JSON has
    the types of its values, unless ``useCatalogSchema`` is true.

    Raises:
        InvalidInputError: An option cannot be followed.
        LaunchError: The script has no catalog.
        SourceError: The table cannot be read.
    """
    request = catalog_request(
        context.spark_session,
        named,
        table,
        transformation_ctx=transformation_ctx,
        push_down_predicate=push_down_predicate,
        options=options,
    )
    return _frame(context, request, transformation_ctx, named.partition(".")[2])


def read_options(  # noqa: PLR0913 - Glue's arguments
    context: GlueContext,
    connection_type: str,
    connection_options: Mapping[str, Any],
    kind: str | None,
    format_options: Mapping[str, Any],
    *,
    transformation_ctx: str,
    push_down_predicate: str = "",
) -> DynamicFrame:
    """Return the rows of files, as ``create_dynamic_frame.from_options`` says.

    ``push_down_predicate`` chooses among the folders of Parquet and ORC that are named by keys,
    and among the rows of Delta and Iceberg tables.

    Raises:
        InvalidInputError: The connection type, the format or an option cannot be followed.
        SourceError: The files are not there or cannot be read.
    """
    request = options_request(
        context.spark_session,
        connection_type,
        connection_options,
        kind,
        format_options,
        transformation_ctx,
        push_down_predicate=push_down_predicate,
    )
    return _frame(context, request, transformation_ctx, transformation_ctx)


def frame_of_files(
    context: GlueContext, request: Request, files: tuple[InputFile, ...], name: str
) -> DynamicFrame:
    """Return the rows of some files of a request as a frame; they count for the run's figures.

    Raises:
        SourceError: The files cannot be read as the request says.
    """
    source, spark = request.source.of(files), context.spark_session
    check_names(request, files)
    run = find_run()
    if run is not None:
        run.metrics.add_input(source.name, source)
    # A wrong table is the source's fault, a wrong option the script's.
    told = spark_errors_of if source.table is None else errors_of
    with told(source.name):
        opened = _open(spark, request, source)
    tasks = request.choice.tasks(files)

    def plan() -> DataFrame:
        with told(source.name):
            rows = opened.plan()
        rows = _counted(run, source, rows)
        return rows if tasks is None else rows.coalesce(tasks)

    stage = Stage(name=name or "source", site=origin_of_source(name).site, errors=opened.errors)
    frame = DynamicFrame.planned_later(plan, stage, context, name)
    if not opened.lazily:
        frame.planned()
    return frame


def _frame(
    context: GlueContext, request: Request, transformation_ctx: str, name: str
) -> DynamicFrame:
    bookmarked = bool(transformation_ctx)
    return frame_of_files(context, request, _chosen(request, bookmarked=bookmarked), name)


def _chosen(request: Request, *, bookmarked: bool) -> tuple[InputFile, ...]:
    source, choice, run = request.source, request.choice, find_run()
    keeps = run is not None and bookmarked and (run.paused or run.ledger.version is not None)
    if choice.is_bounded and not keeps:
        raise InvalidInputError(
            "boundedFiles and boundedSize need a job with a bookmark, and a transformation_ctx"
        )
    if source.by_log:
        return ()
    try:
        with errors_of(source.name):
            if run is None:
                return tuple(request.listed)
            return run.ledger.choose(
                source.name, request.listed, bookmarked=bookmarked, bound=choice.bound
            )
    except (SourceError, AccessDeniedError):
        raise
    except GluepotError as error:
        raise SourceError(source.name, str(error)) from error


def _open(spark: SparkSession, request: Request, source: SourceInput) -> Opened:
    table = source.table
    if source.by_log or (table is not None and not source.files):
        rows = read_source(spark, source)
        return Opened(plan=lambda: rows)
    if table is not None:
        return _open_table(spark, request, source, table)
    if not source.files:
        empty = spark.createDataFrame([], "")
        return Opened(plan=lambda: empty)
    return open_files(spark, source, request.roots, request.format_options)


def _open_table(spark: SparkSession, request: Request, source: SourceInput, table: Table) -> Opened:
    if source.format == "csv":
        return open_csv_table(spark, source, table)
    if source.format == "json" and not request.uses_catalog_schema:
        encoding = table_options(table, "json").get("encoding", UTF_8)
        origin = origin_of_source(source.name)
        return open_json(spark, source, json_layout(table), origin, encoding=encoding)
    rows = read_source(spark, source)
    return Opened(plan=lambda: rows)


def _counted(run: ScriptRun | None, source: SourceInput, rows: DataFrame) -> DataFrame:
    if run is None or (source.table is None and not source.files and not source.by_log):
        return rows
    count = run.counts[source.name] = RowCount()
    return count.attach(rows)
