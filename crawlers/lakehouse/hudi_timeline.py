"""Hudi's timeline: the instants at which a table was committed to, and what they say of it.

Tables of version 8 and above keep it in ``.hoodie/timeline/``, a commit named by its request and
its completion and written in Avro; older ones in ``.hoodie/``, in JSON.

Source: Apache Hudi technical specification, "Timeline".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.lakehouse.avro_record import MAGIC, first_record
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.lakehouse.reading import json_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.lakehouse.reading import MetadataReader
    from gluepot.crawlers.sources.objects import ObjectInfo

LOOKED_AT = 20
"""How many of the newest commits are searched for a schema; compactions may have none."""

_INSTANT = re.compile(
    r"(?P<requested>\d{14,17})(?:_(?P<completed>\d{14,17}))?\.(?:commit|deltacommit|replacecommit)",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True)
class HudiCommit:
    """The newest commit of which the schema is known; ``schema`` is Avro's JSON."""

    uri: str
    schema: dict[str, Any]


def instants(log: Sequence[ObjectInfo]) -> list[ObjectInfo]:
    """Return the completed commits of a table, the newest first."""
    found: list[tuple[str, str, ObjectInfo]] = []
    for info in log:
        folder, _, name = info.uri.rpartition("/")
        match = _INSTANT.fullmatch(name)
        if match is not None and folder.endswith(("/.hoodie", "/.hoodie/timeline")):
            found.append((match["completed"] or match["requested"], match["requested"], info))
    ordered = sorted(found, key=lambda item: (*item[:2], item[2].uri), reverse=True)
    return [info for _, _, info in ordered]


def newest_schema(reader: MetadataReader, commits: Sequence[ObjectInfo]) -> HudiCommit | None:
    """Return the schema of the newest commit that tells one, None where none of them does.

    Raises:
        LakeTableError: A commit that is looked at is damaged.
    """
    for info in commits[:LOOKED_AT]:
        if info.size == 0:
            continue  # Hudi's oldest writers left commits without content.
        extra = read_commit(reader, info).get("extraMetadata")
        text = extra.get("schema") if isinstance(extra, dict) else None
        if isinstance(text, str) and text:
            return HudiCommit(uri=info.uri, schema=json_object(text, info.uri, "its schema"))
    return None


def read_commit(reader: MetadataReader, info: ObjectInfo) -> dict[str, Any]:
    """Return what a commit says, whether it is JSON or Avro.

    Raises:
        LakeTableError: It is neither, or damaged.
    """
    data = reader.read(info)
    if not data:
        raise LakeTableError(info.uri, "it is empty")
    return first_record(data, info.uri) if data.startswith(MAGIC) else json_object(data, info.uri)
