"""The rows that rulesets are evaluated on: a table of the catalog, or files at a path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri
from gluepot.jobs.database_io.reading import is_database_table, read_database_table
from gluepot.jobs.errors import SourceError
from gluepot.jobs.file_sources.lake_changes import choose_changes, read_changes
from gluepot.jobs.file_sources.requests import catalog_request
from gluepot.jobs.reading.inputs import find_source_table
from gluepot.jobs.reading.sources import read_source, spark_errors_of
from gluepot.jobs.run_context.script_run import current_run

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.quality.orders import TableSource
    from gluepot.jobs.run_context.script_run import ScriptRun

PRIMARY = "primary"
_FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".orc": "orc",
    ".avro": "avro",
}
_PACKED = {".gz", ".bz2", ".zst", ".snappy"}
_CSV = {"header": "true", "inferSchema": "true", "multiLine": "true", "escape": '"'}


def read_table(context: GlueContext, source: TableSource) -> DataFrame:
    """Return the rows of a table, typed as the catalog says, or what its query makes of them.

    With ``only_new``, in a run with a bookmark, those that no earlier run has read.

    Raises:
        SourceError: The table is not there, or it cannot be read.
        InvalidInputError: An option cannot be followed.
        BookmarkError: What is new cannot be told.
    """
    frame = _rows(context, source, current_run())
    if source.query is None:
        return frame
    for name in (PRIMARY, source.table):
        frame.createOrReplaceTempView(name)
    with spark_errors_of(source.name):
        return context.spark_session.sql(source.query)


def _rows(context: GlueContext, source: TableSource, run: ScriptRun) -> DataFrame:
    spark, stores = context.spark_session, run.workshop.stores
    table = find_source_table(run.workshop.catalog, source.name, source.name)
    if is_database_table(table):
        return read_database_table(
            context,
            table,
            source.options,
            transformation_ctx=source.name if source.only_new else "",
            push_down_predicate=source.predicate,
        ).toDF()
    request = catalog_request(
        spark,
        source.name,
        table,
        transformation_ctx=source.name,
        push_down_predicate=source.predicate,
        options=source.options,
    )
    found = request.source
    if not found.by_log:
        files = run.ledger.choose(source.name, request.listed, bookmarked=source.only_new)
        return read_source(spark, found.of(files))
    if not source.only_new:
        return read_source(spark, found)
    changed = replace(found, changes=choose_changes(found, run.ledger, stores))
    return read_changes(spark, changed, stores)


def read_path(spark: SparkSession, path: str) -> DataFrame:
    """Return the rows of a file or a folder; what a CSV file's values are is found out.

    Raises:
        InvalidInputError: Its name does not end as one of a format that is read.
        SourceError: It is not there, or cannot be read.
    """
    kind = format_of(path)
    reader = spark.read.format(kind)
    if kind == "csv":
        reader = reader.options(**_CSV, sep="\t" if ".tsv" in path else ",")
    with spark_errors_of(path):
        return reader.load(normalize_uri(path))


def format_of(path: str) -> str:
    """Return the format that a file's name ends with; of a folder, that of a file in it.

    >>> format_of("s3://lake/raw/flights.csv.gz")
    'csv'

    Raises:
        InvalidInputError: It is none that is read.
        SourceError: The folder is not there, or has no file.
    """
    found = _format(path)
    if found is None and not path.startswith("s3://"):
        folder = Path(path.removeprefix(FILE_SCHEME))
        if not folder.exists():
            raise SourceError(path, "it is not there")
        inside = (_format(each.name) for each in sorted(folder.rglob("*")) if each.is_file())
        found = next((each for each in inside if each is not None), None)
    if found is None:
        known = ", ".join(sorted(_FORMATS))
        raise InvalidInputError(f"{path} does not tell its format: names end with {known}")
    return found


def _format(path: str) -> str | None:
    suffixes = [suffix.lower() for suffix in PurePosixPath(path).suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return _FORMATS.get(suffixes[-1]) if suffixes else None
