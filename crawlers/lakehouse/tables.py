"""One way to read a table by its metadata, whatever its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.lakehouse.delta import read_delta
from gluepot.crawlers.lakehouse.hudi import read_hudi
from gluepot.crawlers.lakehouse.iceberg import read_iceberg
from gluepot.crawlers.lakehouse.kinds import LakeKind
from gluepot.crawlers.lakehouse.reading import MetadataReader
from gluepot.crawlers.lakehouse.symlink import read_symlink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.sources.objects import ObjectInfo, ObjectSource

_READERS: Mapping[
    LakeKind, Callable[[MetadataReader, str, Sequence[ObjectInfo]], tuple[FoundTable, ...]]
] = {
    LakeKind.DELTA: read_delta,
    LakeKind.ICEBERG: read_iceberg,
    LakeKind.HUDI: read_hudi,
    LakeKind.SYMLINK: read_symlink,
}


def read_lake_table(
    kind: LakeKind, source: ObjectSource, root_uri: str, log: Sequence[ObjectInfo]
) -> tuple[FoundTable, ...]:
    """Return the tables that a format's metadata describes: one, or Hudi's two.

    Args:
        kind: The format.
        source: Where the metadata is read.
        root_uri: The table's folder; a last slash does not matter.
        log: What was listed of its metadata, as ``collect_lakes`` gives it.

    Raises:
        LakeTableError: The metadata is damaged, incomplete, too large, or of an unknown version.
    """
    return read_with(MetadataReader(source), kind, root_uri, log)


def read_with(
    reader: MetadataReader, kind: LakeKind, root_uri: str, log: Sequence[ObjectInfo]
) -> tuple[FoundTable, ...]:
    """Return the same by a reader that counts what it reads.

    Raises:
        LakeTableError: As ``read_lake_table`` does.
    """
    return _READERS[kind](reader, root_uri.rstrip("/"), log)
