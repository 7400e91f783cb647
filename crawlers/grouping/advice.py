"""What a person should look at in a table: layouts that make its readers slow, or wrong."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gluepot.crawlers.grouping.found import FoundPartition, Volume
    from gluepot.crawlers.lots import SchemaCount

MANY_FILES = 100
"""Fewer small files than this cost nobody anything."""

SMALL_FILE_BYTES = 1024 * 1024
"""Opening a file costs a reader about as much as reading so many bytes of it."""

MANY_PARTITIONS = 10
SKEW = 20
"""So many times the median makes the task that reads a partition run long after all others."""

SKEWED_BYTES = 64 * 1024 * 1024
"""A partition below this is read in a moment, however small the others are."""

SHOWN_NAMES = 5


def advise(
    volume: Volume, partitions: Sequence[FoundPartition], schemas: Sequence[SchemaCount]
) -> Iterator[str]:
    """Yield a sentence for each thing to look at.

    Args:
        volume: Of the table.
        partitions: Of the table.
        schemas: The distinct schemas of its files, in the order of their first files.
    """
    mean = volume.size_bytes // max(volume.objects, 1)
    if volume.objects >= MANY_FILES and mean < SMALL_FILE_BYTES:
        yield (
            f"{volume.objects:,} files of {mean // 1024:,} KiB on average are small: readers spend"
            " their time opening them; compact them into fewer"
        )
    yield from _skew(partitions)
    yield from _mixture(schemas)


def _skew(partitions: Sequence[FoundPartition]) -> Iterator[str]:
    if len(partitions) < MANY_PARTITIONS:
        return
    largest = max(partitions, key=lambda item: (item.volume.size_bytes, item.location))
    median = statistics.median(item.volume.size_bytes for item in partitions)
    size = largest.volume.size_bytes
    if size >= SKEWED_BYTES and size > SKEW * median:
        yield (
            f"partition {'/'.join(largest.values)} has {size // 2**20:,} MiB, {size / median:.0f}"
            " times the median: whoever reads it by partition waits for this one"
        )


def _mixture(schemas: Sequence[SchemaCount]) -> Iterator[str]:
    """Name the columns that some files have and some do not, with a file of each kind."""
    names = [{column.name.lower() for column in item.schema.columns} for item in schemas]
    everywhere = set.intersection(*names) if names else set()
    partial = sorted(set().union(*names) - everywhere)
    if not partial or schemas[0].schema.format == "json":
        return  # Members of JSON objects come and go: that is no news.
    total = sum(item.files for item in schemas)
    shown = ", ".join(partial[:SHOWN_NAMES])
    rest = f" and {len(partial) - SHOWN_NAMES} more" if len(partial) > SHOWN_NAMES else ""
    first = partial[0]
    having = sum(item.files for item, own in zip(schemas, names, strict=True) if first in own)
    with_it = next(item for item, own in zip(schemas, names, strict=True) if first in own)
    without = next(item for item, own in zip(schemas, names, strict=True) if first not in own)
    yield (
        f"not every file has the columns {shown}{rest}: {first} is in {having} of {total} files"
        f" read, such as {with_it.path}, and not in {without.path}"
    )
