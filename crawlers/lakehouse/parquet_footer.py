"""The end of a Parquet file looked at before Arrow does: what it says of itself may lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.parquet_footers import END_BYTES, MAGIC, check_footer_length
from gluepot.crawlers.classifiers.parquet_thrift import (
    MAX_SCHEMA_BYTES,
    FooterDamagedError,
    footer_parts,
)
from gluepot.crawlers.lakehouse.errors import LakeTableError

if TYPE_CHECKING:
    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo


def check_footer(reader: MetadataReader, info: ObjectInfo) -> None:
    """Check that a file can have the footer that it claims, and that Arrow can bear its schema.

    Raises:
        LakeTableError: It is no Parquet, or its footer cannot be what it claims.
    """
    end = reader.read_range(info.uri, max(info.size - END_BYTES, 0), END_BYTES)
    if len(end) < END_BYTES or end[-4:] != MAGIC:
        raise LakeTableError(info.uri, "it is no Parquet file, or its end is cut off")
    length = int.from_bytes(end[:4], "little")
    problem = check_footer_length(length, info.size)
    if problem is not None:
        raise LakeTableError(info.uri, problem)
    start = info.size - END_BYTES - length
    try:
        footer_parts(reader.read_range(info.uri, start, min(length, MAX_SCHEMA_BYTES)))
    except FooterDamagedError as error:
        raise LakeTableError(info.uri, f"its footer cannot be read: {error}") from error
