"""Tables written by others, listed and read as a crawl reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gluepot.catalog.types import print_type
from gluepot.crawlers.lakehouse.kinds import MARKERS, LakeKind, collect_lakes, marker_of
from gluepot.crawlers.lakehouse.tables import read_lake_table
from gluepot.crawlers.model import Crawler

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.sources.objects import ObjectInfo
    from gluepot.crawlers.targets import AnyTarget
    from tests.crawlers.conftest import Place


def local(place: Place, name: str) -> str:
    """Return the path of a folder below a place on the disk."""
    return f"{place.root.removeprefix('file://')}/{name}"


def lakes_of(place: Place) -> dict[tuple[LakeKind, str], list[ObjectInfo]]:
    """Return the metadata of every table below a place."""
    marked = []
    for info in place.source.list(place.root):
        path = info.uri.removeprefix(f"{place.root}/")
        marker = marker_of(path) if any(mark in path for mark in MARKERS) else None
        if marker is not None:
            marked.append((*marker, info))
    return collect_lakes(marked)


def read(place: Place, kind: LakeKind, name: str) -> FoundTable:
    """Return the one table of a folder."""
    (table,) = read_all(place, kind, name)
    return table


def read_all(place: Place, kind: LakeKind, name: str) -> tuple[FoundTable, ...]:
    """Return the tables of a folder."""
    log = lakes_of(place)[kind, name]
    tables = read_lake_table(kind, place.source, f"{place.root}/{name}", log)
    # The order of a listing must never change what is found.
    assert tables == read_lake_table(kind, place.source, f"{place.root}/{name}/", log[::-1])
    return tables


def columns(table: FoundTable) -> dict[str, str]:
    """Return columns and their types."""
    return {item.name: print_type(item.type) for item in table.columns}


def keys(table: FoundTable) -> dict[str, str]:
    """Return partition keys and their types."""
    return {item.name: print_type(item.type) for item in table.keys}


def crawler_of(*targets: AnyTarget) -> Crawler:
    """Return a crawler of some targets."""
    return Crawler(name="lake", database="db", targets=targets)


def delta_commit(place: Place, table: str, version: int, actions: Iterable[Any]) -> str:
    """Write a commit of a Delta log by hand; an action may be raw text."""
    lines = [item if isinstance(item, str) else json.dumps(item) for item in actions]
    return place.put(f"{table}/_delta_log/{version:020}.json", "\n".join(lines) + "\n")


def delta_metadata(*fields: Any, partition_by: tuple[str, ...] = (), **properties: str) -> Any:  # noqa: ANN401
    """Return a metaData action; a field is a name and a type, or as the log has it."""
    spelled = [
        field
        if isinstance(field, dict)
        else {"name": field[0], "type": field[1], "nullable": True, "metadata": {}}
        for field in fields
    ]
    return {
        "metaData": {
            "id": "0",
            "schemaString": json.dumps({"type": "struct", "fields": spelled}),
            "partitionColumns": list(partition_by),
            "configuration": {key.replace("_", "."): value for key, value in properties.items()},
        }
    }


PROTOCOL = {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}


def delta_add(path: str, rows: int | None = None, **more: Any) -> Any:  # noqa: ANN401
    """Return an add action."""
    stats = {} if rows is None else {"stats": json.dumps({"numRecords": rows})}
    return {"add": {"path": path, "size": 10, "partitionValues": {}, **stats, **more}}
