"""A few rows of a few files, for a look: no bookmark moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.jobs.errors import SourceError
from gluepot.jobs.file_sources.reading import frame_of_files
from gluepot.jobs.file_sources.requests import catalog_request, options_request
from gluepot.jobs.reading.sources import errors_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.catalog.model import Table
    from gluepot.jobs.bookmarks.store import InputFile
    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.file_sources.requests import Request
    from gluepot.transforms.frame import DynamicFrame

_MOST = 10
"""Partitions, and files of each, where sample_options do not tell."""


def sample_catalog(  # noqa: PLR0913 - Glue's arguments
    context: GlueContext,
    named: str,
    table: Table,
    *,
    num: int,
    sample_options: Mapping[str, Any],
    push_down_predicate: str,
    options: Mapping[str, Any],
) -> DynamicFrame:
    """Return up to ``num`` rows of a table.

    Args:
        context: Reads.
        named: ``database.table`` as the script spells it.
        table: The table.
        num: Of rows.
        sample_options: ``maxSamplePartitions`` and ``maxSampleFilesPerPartition`` (10 each).
        push_down_predicate: Which partitions.
        options: ``additional_options``.

    Raises:
        InvalidInputError: An option cannot be followed.
        LaunchError: The script has no catalog.
        SourceError: The table cannot be read.
    """
    request = catalog_request(
        context.spark_session,
        named,
        table,
        transformation_ctx="",
        push_down_predicate=push_down_predicate,
        options=options,
    )
    return _sample(context, request, num, sample_options, named.partition(".")[2])


def sample_options(  # noqa: PLR0913 - Glue's arguments
    context: GlueContext,
    connection_type: str,
    connection_options: Mapping[str, Any],
    kind: str | None,
    format_options: Mapping[str, Any],
    *,
    num: int,
    sample_options: Mapping[str, Any],
    transformation_ctx: str,
    push_down_predicate: str = "",
) -> DynamicFrame:
    """Return up to ``num`` rows of files; see ``sample_catalog`` and ``reading.read_options``."""
    request = options_request(
        context.spark_session,
        connection_type,
        connection_options,
        kind,
        format_options,
        "",
        push_down_predicate=push_down_predicate,
    )
    return _sample(context, request, num, sample_options, transformation_ctx)


def _sample(
    context: GlueContext, request: Request, num: int, sampling: Mapping[str, Any], name: str
) -> DynamicFrame:
    partitions = _most(sampling, "maxSamplePartitions")
    each = _most(sampling, "maxSampleFilesPerPartition")
    files: tuple[InputFile, ...] = ()
    if not request.source.by_log:
        with errors_of(request.source.name):
            try:
                files = tuple(_few(request.listed, partitions, each))
            except SourceError:
                raise
            except GluepotError as error:
                raise SourceError(request.source.name, str(error)) from error
    return frame_of_files(context, request, files, name).first_rows(num)


def _few(listed: Iterator[InputFile], partitions: int, each: int) -> Iterator[InputFile]:
    """Yield the first files of the first folders; what is not needed is not listed."""
    seen: dict[object, int] = {}
    for file in listed:
        folder = file.values or file.uri.rpartition("/")[0]
        if folder not in seen and len(seen) == partitions:
            return
        seen[folder] = seen.get(folder, 0) + 1
        if seen[folder] <= each:
            yield file


def _most(sampling: Mapping[str, Any], option: str) -> int:
    value = sampling.get(option, _MOST)
    if not str(value).isdecimal() or int(value) < 1:
        raise InvalidInputError(f"{option} is a whole number from 1 on, not {value!r}")
    return int(value)
