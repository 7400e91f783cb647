"""Files as a stream: each new file below a path is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.errors import AnalysisException
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.errors import SourceError
from gluepot.jobs.runs.failure import brief

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

FORMATS: Mapping[str, Mapping[str, str]] = {
    "json": {"multiLine": "multiLine"},
    "csv": {
        "separator": "sep",
        "withHeader": "header",
        "quoteChar": "quote",
        "escaper": "escape",
        "multiLine": "multiLine",
    },
    "parquet": {},
    "avro": {},
    "orc": {},
}
"""The formats that are read as streams; Glue's names of their options, and Spark's."""

SOURCE_OPTIONS = {
    "maxFilesPerTrigger": "maxFilesPerTrigger",
    "maxBytesPerTrigger": "maxBytesPerTrigger",
    "maxFileAge": "maxFileAge",
    "latestFirst": "latestFirst",
    "fileNameOnly": "fileNameOnly",
    "cleanSource": "cleanSource",
    "sourceArchiveDir": "sourceArchiveDir",
    "pathGlobFilter": "pathGlobFilter",
    "recurse": "recursiveFileLookup",
}
_OTHER_OPTIONS = ("path", "paths", "schema", "compressionType", "typeOfData")


def read_file_stream(
    spark: SparkSession,
    options: Mapping[str, Any],
    kind: str | None,
    format_options: Mapping[str, Any],
) -> DataFrame:
    """Return the files at ``paths`` as a stream.

    Args:
        spark: The session.
        options: ``paths``, ``schema`` in Spark's DDL, and how much a batch takes:
            ``maxFilesPerTrigger``, ``maxBytesPerTrigger``.
        kind: One of FORMATS.
        format_options: Glue's, such as ``withHeader``.

    Raises:
        InvalidInputError: An option is missing or unknown.
        SourceError: There is no schema and no file to find it in.
    """
    if kind is None or kind not in FORMATS:
        raise InvalidInputError(
            f"format {kind!r} is not read as a stream.{did_you_mean(str(kind), FORMATS)}"
            f" There are: {', '.join(FORMATS)}"
        )
    known = (*SOURCE_OPTIONS, *_OTHER_OPTIONS)
    for name in options:
        if name not in known:
            raise InvalidInputError(
                f"option {name!r} of a stream of files is not known.{did_you_mean(name, known)}"
            )
    reader_options = _format_options(kind, format_options)
    paths = _paths(options)
    schema = options.get("schema") or _infer(spark, paths, kind, reader_options, options)
    reader = spark.readStream.format(kind).schema(schema).options(**reader_options)
    reader = reader.options(**_source_options(options))
    first, *others = (reader.load(path) for path in paths)
    for other in others:
        first = first.union(other)
    return first


def _paths(options: Mapping[str, Any]) -> Sequence[str]:
    given = options.get("paths") or options.get("path")
    if not given:
        raise InvalidInputError("a stream of files needs paths, a list of folders")
    return [given] if isinstance(given, str) else [str(path) for path in given]


def _source_options(options: Mapping[str, Any]) -> dict[str, str]:
    return {
        spark_name: str(options[name]).lower() if name == "recurse" else str(options[name])
        for name, spark_name in SOURCE_OPTIONS.items()
        if name in options
    }


def _format_options(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    known = FORMATS[kind]
    found = {}
    for name, value in given.items():
        if name not in known:
            raise InvalidInputError(
                f"format option {name!r} of {kind} is not supported.{did_you_mean(name, known)}"
            )
        # Glue turns quoting off by -1, Spark by an empty text.
        off = name == "quoteChar" and str(value) == "-1"
        found[known[name]] = "" if off else str(value) if isinstance(value, str) else _word(value)
    return found


def _word(value: object) -> str:
    return str(value).lower()


def _infer(
    spark: SparkSession,
    paths: Sequence[str],
    kind: str,
    reader_options: Mapping[str, str],
    options: Mapping[str, Any],
) -> T.StructType:
    lookup = {key: value for key, value in _source_options(options).items() if key in _LOOKUP}
    reader = spark.read.format(kind).options(**reader_options).options(**lookup)
    try:
        found = reader.load(list(paths)).schema
    except AnalysisException as error:
        raise SourceError(
            ", ".join(paths),
            f"there is no file yet to find a schema in: give one as option schema, in Spark's"
            f" DDL ({brief(error)})",
        ) from error
    if kind == "csv" and reader_options.get("header") != "true":
        return T.StructType(
            [T.StructField(f"col{at}", T.StringType()) for at in range(len(found.fields))]
        )
    return found


_LOOKUP = frozenset({"pathGlobFilter", "recursiveFileLookup"})
