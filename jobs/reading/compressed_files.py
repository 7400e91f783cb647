"""Compressed text files that Spark would misread: found out by name, before it reads them.

Spark undoes a compression by the end of a file's name alone, and takes a file whose name says
nothing for plain text. Plain text under such a name gives no rows or an error in the middle of a
job; compressed text under another name gives rows of rubbish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.table_format import storage_parameters
from gluepot.jobs.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyspark.sql import SparkSession

    from gluepot.catalog.model import Table
    from gluepot.jobs.reading.inputs import SourceInput

TEXT_FORMATS = frozenset({"csv", "json", "xml", "grok"})
"""The formats whose ``compressionType`` is that of whole files; elsewhere it may be of pages."""

SPARK_CODECS: Mapping[str, str] = {
    "gz": "gzip",
    "gzip": "gzip",
    "bz2": "bzip2",
    "deflate": "deflate",
    "snappy": "snappy",
    "lz4": "lz4",
    "zst": "zstd",
    "zstd": "zstd",
}
"""By the end of a name, in any case, what Spark undoes; of Snappy and LZ4 only Hadoop's framing."""

_NONE = "none"
_CRAWLED = "CrawlerSchemaDeserializerVersion"
_FRAMED = ("snappy", "lz4")
"""Of these Hadoop's codecs read one framing only: it begins with a length below 16 MiB."""


def check_codec(spark: SparkSession, source: SourceInput, table: Table) -> None:
    """See that Spark will undo the compression that the crawler found, and no other.

    Tables whose parameters say nothing of it are not checked.

    Raises:
        SourceError: It would not; the sentence names a file and what to do.
    """
    if source.format == "avro":
        _check_avro(source, table)
    if source.format not in TEXT_FORMATS:
        return
    found, uris = whole_file_codec(table), [file.uri for file in source.files]
    fault = None if found is None else fault_of_names(found, uris, SPARK_CODECS, "Spark")
    if fault is None and found in _FRAMED and uris:
        fault = _fault_of_framing(spark, str(found), uris[0])
    if fault is not None:
        raise SourceError(source.name, fault)


def _check_avro(source: SourceInput, table: Table) -> None:
    codec = whole_file_codec(table)
    # Other tools write the codec of Avro's own blocks there.
    if _CRAWLED in (table.parameters or {}) and codec not in {None, _NONE}:
        raise SourceError(
            source.name,
            f"its Avro files are compressed by {codec} as a whole, which Spark does not undo: Avro"
            " has codecs of its own, within the file",
        )


def whole_file_codec(table: Table) -> str | None:
    """Return what a table's files are compressed by, None where nothing says it."""
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    return parameters.get("compressionType", "").lower() or None


def fault_of_names(
    codec: str, uris: Iterable[str], codecs: Mapping[str, str], reader: str
) -> str | None:
    """Return why a reader that goes by names would misread the files, or None.

    Args:
        codec: What they are compressed by.
        uris: The files.
        codecs: What the reader undoes by the end of a name.
        reader: What the sentence calls it.
    """
    if codec != _NONE and codec not in codecs.values():
        known = ", ".join(sorted(set(codecs.values())))
        return (
            f"its files are compressed by {codec}, which {reader} does not undo ({known} it does):"
            " compress them anew, such as by gzip"
        )
    for uri in uris:
        named = codecs.get(uri.rpartition("/")[2].rpartition(".")[2].lower(), _NONE)
        if named != codec:
            wanted = next((end for end, made in codecs.items() if made == codec), None)
            ending = "without such an end" if wanted is None else f"to end in .{wanted}"
            return (
                f"{uri} is {_told(codec)}, but {reader} goes by its name, by which it would be"
                f" {_told(named)}: rename it {ending} and crawl again"
            )
    return None


def _told(codec: str) -> str:
    return "not compressed" if codec == _NONE else f"compressed by {codec}"


def _fault_of_framing(spark: SparkSession, codec: str, uri: str) -> str | None:
    """Return why the first file is not framed as Hadoop's codec reads it, or None."""
    if _first_byte(spark, uri) == 0:
        return None
    return (
        f"{uri} is compressed by {codec}, but not in Hadoop's framing, which is all that Spark"
        " reads: compress it anew, such as by gzip"
    )


def _first_byte(spark: SparkSession, uri: str) -> int:
    java: Any = spark._jvm  # noqa: SLF001 - the way to Hadoop's file systems
    context: Any = spark.sparkContext
    path = java.org.apache.hadoop.fs.Path(uri)
    stream = path.getFileSystem(context._jsc.hadoopConfiguration()).open(path)  # noqa: SLF001
    try:
        return int(stream.read())
    finally:
        stream.close()
