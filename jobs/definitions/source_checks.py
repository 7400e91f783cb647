"""What must hold within one source of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from gluepot.catalog.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.definitions.pipeline import SourceSpec

FileFormat = Literal[
    "csv", "json", "parquet", "orc", "avro", "xml", "grok", "ion", "delta", "iceberg"
]
"""The formats of files that a source at a path may have."""

_ADDRESSES = ("url", "uri", "connection.uri")
"""Options that say where a database is; others go by a connection of the catalog."""


def source_problems(alias: str, source: SourceSpec) -> Iterator[tuple[str, str]]:
    """Yield the key and what is wrong with it; no key where it is the source as a whole."""
    kinds = [source.table, source.path, source.connection_type]
    if sum(kind is not None for kind in kinds) != 1:
        yield "", f"source {alias!r} has either a table (db.name), a path or a connection_type"
        return
    if source.path is not None:
        yield from _of_path(source)
        return
    if source.format is not None:
        where = "in the catalog" if source.table else "for files at a path"
        yield "format", f"the format of a table is {where}: drop it"
    if source.format_options:
        yield "format_options", "only files at a path have format_options: drop them"
    if source.connection_type is not None:
        yield from _of_database(source)
    elif source.connection is not None:
        yield "connection", "the connection of a table is in the catalog: drop it"


def _of_path(source: SourceSpec) -> Iterator[tuple[str, str]]:
    if source.format is None:
        yield "", f"a source with a path needs a format: {', '.join(get_args(FileFormat))}"
    if source.partition_predicate is not None:
        yield "partition_predicate", "only a table has partitions to choose"
    if source.connection is not None:
        yield "connection", "files need no connection: drop it"
    if source.format in {"xml", "grok", "ion"} and source.options:
        yield "options", f"files of {source.format} take format_options, and no options of Spark"
    if source.format in {"delta", "iceberg"} and source.format_options:
        yield "format_options", f"{source.format} takes options of Spark: write options"
    elif source.format_options and source.options:
        yield "options", "give either options (Spark's) or format_options (Glue's), not both"
    elif source.format_options:
        yield from _unknown_options(source)


def _of_database(source: SourceSpec) -> Iterator[tuple[str, str]]:
    if source.partition_predicate is not None:
        yield "partition_predicate", "only a table of files has partitions to choose"
    if any(name.lower() == "password" for name in source.options):
        yield "options", "a password is in no job's file: keep it in a connection of the catalog"
    by_name = source.connection is not None
    if source.connection_type == "dynamodb":
        if by_name:
            yield "connection", "DynamoDB is reached without a connection: drop it"
    elif not by_name and not any(name in source.options for name in _ADDRESSES):
        yield "", f"a {source.connection_type} source needs a connection of the catalog"


def _unknown_options(source: SourceSpec) -> Iterator[tuple[str, str]]:
    known = format_options(str(source.format))
    for name in source.format_options:
        if name not in known:
            takes = ", ".join(known) or "none"
            hint = did_you_mean(name, known)
            yield "format_options", f"{source.format} has no option {name!r}.{hint} It has: {takes}"


def format_options(kind: str) -> tuple[str, ...]:
    """Return the names of Glue's options of a format of files."""
    # It imports Spark's classes, which only jobs with such options wait for.
    from gluepot.jobs.file_sources.formats import FORMATS  # noqa: PLC0415

    return FORMATS["grokLog" if kind == "grok" else kind]
