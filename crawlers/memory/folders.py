"""What a crawl remembers of a target: a fingerprint of each folder, and what its files held.

A crawl of unchanged data then costs the listing; of changed data, the folders that changed.
Remembered data is JSON: it comes back from a database that others may write to.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import orjson

from gluepot.catalog.types import parse_type, print_type
from gluepot.crawlers.classifiers.base import CsvLayout, DayOrder, FileSchema, FoundColumn
from gluepot.crawlers.grouping.folder_readings import FolderReading, Unread
from gluepot.crawlers.lots import FileResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import AnyTarget

RULES = 1
"""Grows with every change of what files are taken for, so that what is remembered is read anew."""


@dataclass(frozen=True, kw_only=True)
class TargetMemory:
    """What is remembered of one target.

    Attributes:
        digest: Of its whole listing.
        folders: What is known of each folder, by its path below the target.
        lakes: The folders of tables that tell their files themselves, such as Delta's.
        at: When it was written; None while it is not.
    """

    digest: bytes
    folders: Mapping[str, FolderReading] = field(default_factory=dict)
    lakes: tuple[str, ...] = ()
    at: datetime | None = None


def reading_print(
    crawler: Crawler, target: AnyTarget, classifiers: Iterable[Mapping[str, Any]]
) -> str:
    """Return a text that changes with all that decides what a target's files are taken for."""
    return _print(
        [RULES, crawler.exclusions, crawler.files_per_folder, repr(target), list(classifiers)]
    )


def definition_print(crawler: Crawler) -> str:
    """Return a text that changes with a crawler's definition."""
    return _print([RULES, crawler.to_json()])


def _print(decides: Sequence[Any]) -> str:
    text = orjson.dumps(decides, default=str)
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def pack(folders: Mapping[str, FolderReading], lakes: Sequence[str] = ()) -> bytes:
    """Return what is known of folders as compressed JSON."""
    packer = _Packer()
    packed = {
        folder: [
            reading.digest.hex(),
            packer.results(reading.results),
            [list(item) for item in reading.unread],
        ]
        for folder, reading in folders.items()
    }
    document = {
        "schemas": packer.schemas,
        "said": packer.said,
        "folders": packed,
        "lakes": list(lakes),
    }
    return zlib.compress(orjson.dumps(document), 1)


def unpack(data: bytes) -> tuple[dict[str, FolderReading], tuple[str, ...]]:
    """Return what ``pack`` was given."""
    document = orjson.loads(zlib.decompress(data))
    schemas = [_schema_from(item) for item in document["schemas"]]
    said = [tuple(item) for item in document["said"]]
    folders = {
        folder: FolderReading(
            digest=bytes.fromhex(digest),
            results=_results_from(results, schemas, said),
            unread=tuple(Unread(*item) for item in unread),
        )
        for folder, (digest, results, unread) in document["folders"].items()
    }
    return folders, tuple(document["lakes"])


class _Packer:
    """Gives every schema and every set of answers a number, and keeps each once."""

    def __init__(self) -> None:
        self.schemas: list[dict[str, Any]] = []
        self.said: list[list[str]] = []
        self._schema_numbers: dict[int, int] = {}
        self._said_numbers: dict[tuple[str, ...], int] = {}

    def results(self, items: Sequence[FileResult]) -> list[list[Any]]:
        """Return results as plain data, member by member; equal ones at the end stand once."""
        schemas = [self._schema_number(item.schema) for item in items]
        said = [self._said_number(item.said) for item in items]
        problems = [item.problem for item in items]
        return [
            [item.name for item in items],
            [item.size for item in items],
            [item.records for item in items],
            _shortened(schemas),
            _shortened(problems),
            _shortened(said),
        ]

    def _schema_number(self, schema: FileSchema | None) -> int | None:
        if schema is None:
            return None
        key = id(schema)
        if key not in self._schema_numbers:
            self._schema_numbers[key] = len(self.schemas)
            self.schemas.append(_schema_to(schema))
        return self._schema_numbers[key]

    def _said_number(self, said: tuple[str, ...]) -> int:
        if said not in self._said_numbers:
            self._said_numbers[said] = len(self.said)
            self.said.append(list(said))
        return self._said_numbers[said]


def _shortened(values: list[Any]) -> list[Any]:
    """Return one value for all where all are equal: a folder's files mostly are alike."""
    return values[:1] if values and values.count(values[0]) == len(values) else values


def _results_from(
    members: Sequence[Sequence[Any]],
    schemas: Sequence[FileSchema],
    said: Sequence[tuple[str, ...]],
) -> list[FileResult]:
    names, sizes, records, *others = members
    count = len(names)
    numbers, problems, answers = (
        list(item) * count if len(item) == 1 and count > 1 else list(item) for item in others
    )
    found = [None if number is None else schemas[number] for number in numbers]
    told = [said[number] for number in answers]
    return list(map(FileResult, names, sizes, records, found, problems, told))


def _schema_to(schema: FileSchema) -> dict[str, Any]:
    return {
        "format": schema.format,
        "codec": schema.codec,
        "columns": [_column_to(item) for item in schema.columns],
        "records": schema.records,
        "exact": schema.exact,
        "warnings": list(schema.warnings),
        "csv": None if schema.csv is None else _layout_to(schema.csv),
        "storage": schema.storage,
        "traits": [list(item) for item in schema.traits],
        "parameters": dict(schema.parameters),
        "serde_parameters": dict(schema.serde_parameters),
    }


def _schema_from(item: Mapping[str, Any]) -> FileSchema:
    layout = item["csv"]
    return replace(
        FileSchema(**{**item, "columns": (), "csv": None, "traits": (), "warnings": ()}),
        columns=tuple(map(_column_from, item["columns"])),
        csv=None if layout is None else _layout_from(layout),
        traits=tuple((name, value) for name, value in item["traits"]),
        warnings=tuple(item["warnings"]),
    )


def _column_to(column: FoundColumn) -> list[str]:
    return [column.name, print_type(column.type), column.reason]


def _column_from(item: Sequence[str]) -> FoundColumn:
    return FoundColumn(name=item[0], type=parse_type(item[1]), reason=item[2])


def _layout_to(layout: CsvLayout) -> dict[str, Any]:
    return {item.name: _tagged(getattr(layout, item.name)) for item in fields(CsvLayout)}


def _layout_from(item: Mapping[str, Any]) -> CsvLayout:
    return CsvLayout(**{name: _untagged(value) for name, value in item.items()})


def _tagged(value: Any) -> Any:  # noqa: ANN401 - any member of a layout
    """Return a value as JSON, with a word for what JSON has no form of."""
    match value:
        case frozenset():
            return {"set": sorted(value)}
        case DayOrder():
            return {"days": [_tagged(item) for item in value]}
        case tuple():
            return {"tuple": [_tagged(item) for item in value]}
        case FoundColumn():
            return {"column": _column_to(value)}
        case _:
            return value


def _untagged(value: Any) -> Any:  # noqa: ANN401 - what ``_tagged`` returned
    match value:
        case {"set": items}:
            return frozenset(items)
        case {"days": items}:
            return DayOrder(*map(_untagged, items))
        case {"tuple": items}:
            return tuple(_untagged(item) for item in items)
        case {"column": item}:
            return _column_from(item)
        case _:
            return value
