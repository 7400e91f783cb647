"""Formats of files by Glue's names, each with its options and what opens its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.crawlers.classifiers.json_path import parse_path
from gluepot.jobs.file_sources import csv_files, grok_files, xml_files
from gluepot.jobs.file_sources.avro_unions import with_choices
from gluepot.jobs.file_sources.ion_files import open_ion
from gluepot.jobs.file_sources.json_files import open_json
from gluepot.jobs.file_sources.keyed_folders import read_folders
from gluepot.jobs.file_sources.opened import Opened, origin_of_source
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.reading.json_documents import JsonLayout
from gluepot.jobs.reading.sources import read_source
from gluepot.transforms.declared import declared_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.transforms.packing import Origin

FORMATS: Mapping[str, tuple[str, ...]] = {
    "csv": csv_files.OPTIONS,
    "json": ("jsonPath", "multiLine", "withSchema"),
    "avro": ("version",),
    "parquet": (),
    "orc": (),
    "xml": xml_files.OPTIONS,
    "grokLog": grok_files.OPTIONS,
    "ion": (),
}
"""Options by format. Of Avro both versions' types are read; there is nothing to choose."""

KEYED_FORMATS = ("parquet", "orc")
"""Those that Glue leaves to Spark, to which folders named ``key=value`` are columns."""

TUNING = ("optimizePerformance", "compression", "useGlueParquetWriter", "writeHeader")
"""Options that change nothing when files are read."""

_SAME = {"glueparquet": "parquet", "groklog": "grokLog"}


def format_name(kind: str | None) -> str:
    """Return a format under Glue's name.

    Raises:
        InvalidInputError: It is not read.
    """
    if kind is None:
        raise InvalidInputError(f"format is missing. There are: {', '.join(FORMATS)}")
    name = _SAME.get(kind.lower(), kind.lower())
    if name not in FORMATS:
        raise InvalidInputError(
            f"format {kind!r} is not read.{did_you_mean(kind, FORMATS)}"
            f" There are: {', '.join(FORMATS)}"
        )
    return name


def open_files(
    spark: SparkSession, source: SourceInput, roots: Sequence[str], options: Mapping[str, Any]
) -> Opened:
    """Return what can be read of the files of a source without a table, of which there are some.

    Args:
        spark: Reads.
        source: Its format is one of FORMATS, its options are Spark's.
        roots: The paths that the files lie at.
        options: Glue's of the format.

    Raises:
        InvalidInputError: An option cannot be followed.
        AnalysisException: Spark cannot read the files.
    """
    origin = origin_of_source(source.name)
    if source.format == "csv":
        return csv_files.open_csv(spark, source, options)
    if source.format == "json":
        return _open_json(spark, source, options, origin)
    if source.format == "xml":
        return xml_files.open_xml(spark, source, options, origin)
    if source.format == "grokLog":
        return grok_files.open_grok(spark, source, options, origin)
    if source.format == "ion":
        return open_ion(spark, source, origin)
    if source.format in KEYED_FORMATS:
        rows = read_folders(spark, source, roots)
        rows = rows if source.predicate is None else rows.where(source.predicate)
    else:
        rows = with_choices(read_source(spark, source))
    return Opened(plan=lambda: rows)


def _open_json(
    spark: SparkSession, source: SourceInput, options: Mapping[str, Any], origin: Origin
) -> Opened:
    path = parse_path(str(options.get("jsonPath") or "$"))
    steps = tuple(step if isinstance(step, str | int) else None for step in path.steps)
    whole = is_true(options.get("multiLine", False))
    column = path.column if steps else ""
    layout = JsonLayout(whole=whole, steps=steps, column=column, spread=True)
    declared = declared_type(options.get("withSchema"), "json")
    return open_json(spark, source, layout, origin, declared=declared)
