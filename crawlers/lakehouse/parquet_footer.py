"""The end of a Parquet file looked at before Arrow is: its length field may lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.parquet_footers import END_BYTES, MAGIC, check_footer_length

if TYPE_CHECKING:
    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo


def check_footer(reader: MetadataReader, info: ObjectInfo) -> None:
    """Check that a file can have the footer that it claims.

    Raises:
        LakeTableError: It is no Parquet, or its footer cannot be as long as it claims.
    """
    end = reader.read_range(info.uri, max(info.size - END_BYTES, 0), END_BYTES)
    if len(end) < END_BYTES or end[-4:] != MAGIC:
        raise LakeTableError(info.uri, "it is no Parquet file, or its end is cut off")
    problem = check_footer_length(int.from_bytes(end[:4], "little"), info.size)
    if problem is not None:
        raise LakeTableError(info.uri, problem)
