"""What a script asks for, as a source and the files that it could read."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.errors import SourceError
from gluepot.jobs.file_sources.chosen import CHOOSING, GROUPING, log_unknown, read_choice
from gluepot.jobs.file_sources.chosen import TUNING as TUNING_FILES
from gluepot.jobs.file_sources.formats import FORMATS, KEYED_FORMATS, TUNING, format_name
from gluepot.jobs.file_sources.lake_tables import lake_place
from gluepot.jobs.file_sources.listing import list_paths, root_of
from gluepot.jobs.file_sources.partitions import partition_choice
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.reading.compressed_files import SPARK_CODECS, fault_of_names
from gluepot.jobs.reading.inputs import BY_LOG, SourceInput, list_table, location_of, table_format
from gluepot.jobs.run_context.script_run import current_run, find_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

    from gluepot.catalog.model import Table
    from gluepot.jobs.bookmarks.store import InputFile
    from gluepot.jobs.file_sources.chosen import Choice

CONNECTION_TYPES = ("s3", "file", *(name for name in FORMATS if name != "grokLog"), *BY_LOG)
"""Those that lead to files; a format's name means files of it."""

logger = logging.getLogger(__name__)

_OF_CATALOG = (
    "catalogPartitionPredicate",
    "useCatalogSchema",
    "mergeSchema",
    "enableUpdateCatalog",
)
_OF_PATHS = ("path", "paths", "compressionType", "mergeSchema")
_CODECS = {"gzip": "gzip", "bzip": "bzip2", "bzip2": "bzip2"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """A source that a script asks for.

    Attributes:
        source: Without its files.
        listed: The files that it has; empty for tables by a log.
        choice: Which of them are wanted.
        format_options: Glue's.
        roots: The paths; none of a table.
        uses_catalog_schema: A JSON table has the catalog's types, not those of its values.
        codec: What the script says files are compressed by.
    """

    source: SourceInput
    listed: Iterator[InputFile]
    choice: Choice
    format_options: Mapping[str, Any] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    uses_catalog_schema: bool = False
    codec: str | None = None


def catalog_request(  # noqa: PLR0913 - Glue's arguments
    spark: SparkSession,
    named: str,
    table: Table,
    *,
    transformation_ctx: str,
    push_down_predicate: str,
    options: Mapping[str, Any],
) -> Request:
    """Return the source that is a table of the catalog; ``named`` is as the script spells it.

    Raises:
        InvalidInputError: An option cannot be followed.
        LaunchError: The script has no catalog.
    """
    run = current_run()
    name = transformation_ctx or named
    log_unknown(name, options, (*CHOOSING, *GROUPING, *TUNING_FILES, *_OF_CATALOG))
    choice = read_choice(options, table)
    predicate = str(options.get("catalogPartitionPredicate", ""))
    expression, keep = partition_choice(spark, table, predicate, push_down_predicate)
    source = SourceInput(
        name=name,
        table=table,
        format=table_format(table),
        root=location_of(table),
        options={},
        predicate=push_down_predicate or None,
    )
    listed = list_table(
        run.workshop.catalog,
        table,
        expression=expression,
        stores=run.workshop.stores,
        keep=keep,
        wanted=choice.wanted(source.root),
    )
    told = is_true(options.get("useCatalogSchema", False))
    return Request(source=source, listed=listed, choice=choice, uses_catalog_schema=told)


def options_request(  # noqa: PLR0913, PLR0917 - Glue's arguments
    spark: SparkSession,
    connection_type: str,
    options: Mapping[str, Any],
    kind: str | None,
    format_options: Mapping[str, Any],
    transformation_ctx: str,
    *,
    push_down_predicate: str = "",
) -> Request:
    """Return the source that is files at paths, or a Delta or Iceberg table at one.

    Raises:
        InvalidInputError: The connection type, the format or an option is none.
    """
    found = connection_type.lower()
    if found not in CONNECTION_TYPES:
        raise InvalidInputError(
            f"connection_type {connection_type!r} is not read."
            f"{did_you_mean(found, CONNECTION_TYPES)} Of files there are:"
            f" {', '.join(CONNECTION_TYPES)}"
        )
    named = kind if found in {"s3", "file"} else found
    paths, predicate = _paths(options), push_down_predicate.strip() or None
    name = transformation_ctx or paths[0]
    if str(named).lower() in BY_LOG:
        lake = _lake_request(spark, str(named).lower(), name, paths[0], options)
        return replace(lake, source=replace(lake.source, predicate=predicate))
    form = format_name(named)
    if predicate and form not in KEYED_FORMATS:
        logger.warning("Source %s: %s at a path has no partitions to choose from", name, form)
    log_unknown(name, options, (*CHOOSING, *GROUPING, *TUNING_FILES, *_OF_PATHS))
    log_unknown(name, format_options, (*FORMATS[form], *TUNING))
    run = find_run()
    stores = None if run is None else run.workshop.stores
    choice = read_choice(options, keyed=form in KEYED_FORMATS)
    merge = {"mergeSchema": str(options["mergeSchema"])} if "mergeSchema" in options else {}
    source = SourceInput(
        name=name,
        table=None,
        format=form,
        root=root_of(paths[0], stores),
        options=merge,
        predicate=predicate,
    )
    return Request(
        source=source,
        listed=list_paths(spark, paths, choice, stores),
        choice=choice,
        format_options=format_options,
        roots=tuple(root_of(path, stores) for path in paths),
        codec=options.get("compressionType"),
    )


def check_names(request: Request, files: tuple[InputFile, ...]) -> None:
    """See that Spark undoes the compression that the script tells.

    Raises:
        SourceError: It goes by another name, or the codec is none.
    """
    if not request.codec or request.source.format not in {"csv", "json", "xml", "grokLog"}:
        return
    codec = str(request.codec).lower()
    uris = [file.uri for file in files]
    fault = fault_of_names(_CODECS.get(codec, codec), uris, SPARK_CODECS, "Spark")
    if fault is not None:
        raise SourceError(request.source.name, fault)


def _paths(options: Mapping[str, Any]) -> list[str]:
    given = options.get("paths") or options.get("path") or []
    paths = [given] if isinstance(given, str) else [str(path) for path in given]
    if not paths:
        raise InvalidInputError("connection_options needs paths, a list of s3:// addresses")
    return paths


def _lake_request(
    spark: SparkSession, kind: str, name: str, path: str, options: Mapping[str, Any]
) -> Request:
    own = {
        key: str(value)
        for key, value in options.items()
        if key not in {*_OF_PATHS, *CHOOSING, *GROUPING, *TUNING_FILES}
    }
    run = find_run()
    stores = None if run is None else run.workshop.stores
    place = lake_place(spark, kind, path, stores)
    source = SourceInput(name=name, table=None, format=kind, root=place, options=own)
    return Request(source=source, listed=iter(()), choice=read_choice({}))
