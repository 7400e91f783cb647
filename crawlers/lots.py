"""What reading a folder's files told, summed up: a lot is the files of one kind in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.classifiers.base import FileSchema, Traits


NOT_READ = "it could not be read: "
"""Begins the problem of a file that its store did not give."""


@dataclass(frozen=True, kw_only=True, order=True)
class Compatibility:
    """What must be equal before two schemas are compared at all."""

    format: str
    codec: str
    traits: Traits = ()


class FileResult(NamedTuple):
    """What was read of one file.

    Attributes:
        name: In its folder.
        size: Bytes.
        records: Rows, or an estimate.
        schema: Shared by files that have the same; None where none was found.
        problem: Why the file is in no table; a schema may stand beside it.
        said: What each classifier said.
    """

    name: str
    size: int
    records: int
    schema: FileSchema | None
    problem: str | None = None
    said: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the store did not give the file, which another time it may."""
        return self.problem is not None and self.problem.startswith(NOT_READ)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenSchema:
    """A schema, and the files of one folder that have it.

    Attributes:
        schema: Shared by all files that have it; its own ``records`` say nothing.
        files: In the order of their names.
    """

    schema: FileSchema
    files: tuple[FileResult, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lot:
    """Files of one kind in one folder.

    Attributes:
        folder: Below the target, without a last slash.
        compatibility: What they have in common.
        seen: What those that were read hold, each schema once, the first file's first.
        unread: How many were not read and are assumed to be like the others.
        unread_bytes: Of these.
    """

    folder: str
    compatibility: Compatibility
    seen: tuple[SeenSchema, ...] = ()
    unread: int = 0
    unread_bytes: int = 0

    @property
    def objects_read(self) -> int:
        """Return how many files were read."""
        return sum(len(item.files) for item in self.seen)

    @property
    def objects(self) -> int:
        """Return how many files there are."""
        return self.objects_read + self.unread

    @property
    def size_bytes(self) -> int:
        """Return the bytes of all files."""
        return self.read_bytes + self.unread_bytes

    @property
    def read_bytes(self) -> int:
        """Return the bytes of the files that were read."""
        return sum(file.size for item in self.seen for file in item.files)

    @property
    def records(self) -> int:
        """Return the rows of the files that were read."""
        return sum(file.records for item in self.seen for file in item.files)

    def path(self, name: str) -> str:
        """Return the path of one of its files below the target."""
        return f"{self.folder}/{name}" if self.folder else name


def compatibility_of(schema: FileSchema) -> Compatibility:
    """Return what a file must share with others of its table."""
    return Compatibility(format=schema.format, codec=schema.codec, traits=schema.traits)


class SchemaCount(NamedTuple):
    """A schema of a table: the path of the first file that has it, and how many have it."""

    path: str
    schema: FileSchema
    files: int


def count_schemas(lots: Sequence[Lot]) -> list[SchemaCount]:
    """Return the distinct schemas of lots, in the order of the paths where they are first seen."""
    found: dict[int, SchemaCount] = {}
    for lot in lots:
        for item in lot.seen:
            key, path = id(item.schema.columns), lot.path(item.files[0].name)
            known = found.get(key)
            if known is None:
                found[key] = SchemaCount(path, item.schema, len(item.files))
            else:
                first = min(known.path, path)
                found[key] = SchemaCount(first, item.schema, known.files + len(item.files))
    return sorted(found.values(), key=lambda item: item.path)
