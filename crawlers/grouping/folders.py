"""Folders to tables and partitions, from the deepest folder upwards, by Glue's rules.

At each folder, children whose schemas are alike become partitions of a table rooted there; else
each is a table of its own. Only files of one format, compression and delimiter are ever compared.
``key=value`` folders are always taken for partitions when alike; one lone child with another kind
of name is one only if its name is a number or a date, or if folders beside its parent are as deep
and alike, since a folder with one table in it is more common than a table with one unnamed
partition.

Source: AWS Glue developer guide, "How does a crawler determine when to create partitions?"
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.crawlers.grouping.partition_keys import split_folder
from gluepot.crawlers.grouping.similarity import (
    ALIKE,
    Likeness,
    Shape,
    compare_shapes,
    merge_shapes,
    similarity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.crawlers.classifiers.base import FileSchema
    from gluepot.crawlers.lots import Compatibility, Lot

_NUMBER_OR_DATE = re.compile(r"\d{1,4}(?:[-_.]?\d{1,2}){0,5}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A table in the making.

    Attributes:
        root: Its folder below the target, or its path if it is one file.
        compatibility: What all its files have in common.
        depth: How many partition levels it has.
        leaves: Its partitions, or its one folder.
        shape: The union of the columns of its files.
        reasons: Why it is one table, the topmost level last.
        is_file: It is one file among others that are not like it.
        inner: The table that stands if no folders beside this one are as deep: its topmost level
            is one lone folder, which tells nothing. None where the levels are settled.
    """

    root: str
    compatibility: Compatibility
    depth: int
    leaves: tuple[Lot, ...]
    shape: Shape
    reasons: tuple[str, ...] = ()
    is_file: bool = False
    inner: Candidate | None = None

    @property
    def settled(self) -> Candidate:
        """Return the table without levels of lone folders above it."""
        return self if self.inner is None else self.inner.settled


@dataclass(frozen=True, kw_only=True)
class GroupingPolicy:
    """How folders become tables.

    Attributes:
        table_level: The level at which tables lie, 1 being the bucket or the target folder.
        root_level: The level of the target itself.
        combine_compatible: Put everything compatible together, however unlike its columns are.
    """

    table_level: int | None = None
    root_level: int = 1
    combine_compatible: bool = False


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The tables of a target, by their roots, and what a person should know about them."""

    tables: tuple[Candidate, ...]
    warnings: tuple[str, ...]


def group_lots(lots: Iterable[Lot], policy: GroupingPolicy) -> Grouping:
    """Return the tables that files make; neither their order nor that of folders matters."""
    folders: dict[str, list[Lot]] = defaultdict(list)
    for lot in sorted(lots, key=lambda lot: (lot.folder, lot.compatibility)):
        folders[lot.folder].append(lot)
    return _Grouper(policy).group(folders)


class _Grouper:
    """Works from the deepest folders up; a table that can grow no more goes to ``tables``."""

    def __init__(self, policy: GroupingPolicy) -> None:
        self.policy = policy
        self.tables: list[Candidate] = []
        self.warnings: list[str] = []
        self._shapes: dict[int, Shape] = {}
        self._merged: dict[frozenset[int], Shape] = {}
        self._compared: dict[tuple[int, frozenset[tuple[int, int]]], Likeness] = {}

    def group(self, folders: Mapping[str, Sequence[Lot]]) -> Grouping:
        children: dict[str, dict[str, list[Candidate]]] = defaultdict(dict)
        for folder in _deepest_first(folders):
            found = self._at(folder, folders.get(folder, ()), children.pop(folder, {}))
            if folder:
                parent, _, name = folder.rpartition("/")
                children[parent][name] = found
            else:
                self.tables += [item.settled for item in found]
        ordered = sorted(self.tables, key=lambda table: (table.root, table.compatibility))
        return Grouping(tables=tuple(ordered), warnings=tuple(self.warnings))

    def _at(
        self, folder: str, own: Sequence[Lot], children: Mapping[str, list[Candidate]]
    ) -> list[Candidate]:
        """Return the candidates rooted at a folder; the others are finished tables."""
        kinds = {item.compatibility for found in children.values() for item in found}
        combined: list[Candidate] = []
        for kind in sorted(kinds):
            combined += self._combine(folder, kind, children)
        rooted = self._from_files(folder, own)
        if rooted:
            self.tables += [item.settled for item in combined if item.inner is not None]
            combined = [item for item in combined if item.inner is None]
        if combined and rooted:
            self.tables += [self._beside_folders(item) for item in rooted]
            rooted = []
        return combined + rooted

    def _from_files(self, folder: str, own: Sequence[Lot]) -> list[Candidate]:
        found: list[Candidate] = []
        for lot in own:
            found += self._one_lot(folder, lot, alone=len(own) == 1)
        return found

    def _one_lot(self, folder: str, lot: Lot, *, alone: bool) -> list[Candidate]:
        shapes = [self._shape_of(item.schema) for item in lot.seen for _ in item.files]
        likeness = self._compare(shapes, len(shapes)) if shapes else None
        together = likeness is None or likeness.alike or self._forced(folder)
        if together and (alone or lot.objects > 1):
            reason = _files_reason(folder, lot, likeness)
            return [
                Candidate(
                    root=folder,
                    compatibility=lot.compatibility,
                    depth=0,
                    leaves=(lot,),
                    shape=self._merge(shapes),
                    reasons=(reason,),
                )
            ]
        why = (
            f"the {lot.compatibility.format} files of {_shown(folder)} are not alike"
            if lot.objects > 1
            else f"{_shown(folder)} holds files of several formats"
        )
        self.tables += [_file_table(item, why) for item in lone_files(lot)]
        if lot.unread:
            self.warnings.append(
                f"{why}, and {lot.unread} of them were not read: no table has them"
            )
        return []

    def _compare(self, shapes: Sequence[Shape], members: int) -> Likeness:
        """Return how shapes match; thousands of folders hold the same few, equally often."""
        counts = Counter(map(id, shapes))
        key = members, frozenset(counts.items())
        if key not in self._compared:
            self._compared[key] = compare_shapes(shapes, members=members)
        return self._compared[key]

    def _merge(self, shapes: Sequence[Shape]) -> Shape:
        """Return the union of shapes, the same object wherever the same shapes meet."""
        key = frozenset(map(id, shapes))
        if key not in self._merged:
            self._merged[key] = shapes[0] if len(key) == 1 else merge_shapes(shapes)
        return self._merged[key]

    def _shape_of(self, schema: FileSchema) -> Shape:
        """Return a file's shape, the same object for all files that share their columns."""
        key = id(schema.columns)
        if key not in self._shapes:
            self._shapes[key] = shape_of(schema)
        return self._shapes[key]

    def _combine(
        self, folder: str, kind: Compatibility, children: Mapping[str, list[Candidate]]
    ) -> list[Candidate]:
        """Return one candidate that has a folder's children as partitions, if they match."""
        named = [
            (name, item)
            for name, found in sorted(children.items())
            for item in found
            if item.compatibility == kind
        ]
        keyed = all(split_folder(name) for name, _ in named)
        unsettled = all(item.inner is not None for _, item in named) or (
            len(named) == 1 and not keyed and not self._lone_partition(folder, named[0][0])
        )
        if unsettled or self._above_tables(folder):
            return self._leave_open(folder, kind, named, children)
        depth = _commonest_depth([pair for pair in named if pair[1].inner is None])
        fitting = [(name, item) for name, item in named if item.depth == depth]
        for name, item in named:
            if item.depth != depth:
                self.tables.append(item.settled)
                if any(
                    similarity(dict(item.shape), dict(other.shape)) > ALIKE for _, other in fitting
                ):
                    self.warnings.append(
                        f"{_shown(folder)}: {name} is {item.depth} folders deep, its siblings are"
                        f" {depth}; it is a table of its own"
                    )
        # A sibling of another format or depth counts against unnamed folders, never against
        # key=value: a lake that goes from daily to hourly folders is one table all the same.
        shapes = [item.shape for _, item in fitting if item.shape]
        unread = len(fitting) - len(shapes)
        members = (len(fitting) if keyed else max(len(children), len(named))) - unread
        likeness = self._compare(shapes, members)
        if not (likeness.alike or self._forced(folder)):
            self._keep_apart(folder, fitting, likeness)
            return []
        return [self._one_table(folder, kind, depth, fitting, likeness)]

    def _leave_open(
        self,
        folder: str,
        kind: Compatibility,
        named: Sequence[tuple[str, Candidate]],
        children: Mapping[str, list[Candidate]],
    ) -> list[Candidate]:
        """Leave a lone folder to the folders beside its parent; several are tables now."""
        if len(children) > 1 or self._above_tables(folder):
            self.tables += [item.settled for _, item in named]
            return []
        (_, item) = named[0]
        likeness = self._compare([item.shape] if item.shape else [], 1)
        return [replace(self._one_table(folder, kind, item.depth, named, likeness), inner=item)]

    def _one_table(
        self,
        folder: str,
        kind: Compatibility,
        depth: int,
        fitting: Sequence[tuple[str, Candidate]],
        likeness: Likeness,
    ) -> Candidate:
        for name, item in fitting:
            if item.shape in likeness.outsiders:
                self.warnings.append(
                    f"{_shown(folder)}: {name} has other columns than most of its siblings; it is"
                    " a partition all the same"
                )
        forced = ", as the crawler's configuration asks" if self._forced(folder) else ""
        reason = (
            f"{likeness.share:.0%} of the {len(fitting)} folders in {_shown(folder)} have matching"
            f" schemas{forced}: they are its partitions"
            if len(fitting) > 1
            else f"{fitting[0][0]} is a partition of {_shown(folder)}{forced}"
        )
        below = fitting[0][1].reasons
        return Candidate(
            root=folder,
            compatibility=kind,
            depth=depth + 1,
            leaves=tuple(leaf for _, item in fitting for leaf in item.leaves),
            shape=self._merge([item.shape for _, item in fitting]),
            reasons=(*below[1:], reason),
        )

    def _keep_apart(
        self, folder: str, fitting: Sequence[tuple[str, Candidate]], likeness: Likeness
    ) -> None:
        reason = (
            f"only {likeness.share:.0%} of the folders in {_shown(folder)} have matching schemas:"
            " each is a table"
        )
        settled = [item.settled for _, item in fitting]
        self.tables += [replace(item, reasons=(*item.reasons, reason)) for item in settled]

    def _beside_folders(self, item: Candidate) -> Candidate:
        """Return files that lie beside a table's partitions as a table of their own."""
        count = sum(leaf.objects for leaf in item.leaves)
        self.warnings.append(
            f"{_shown(item.root)}: {count} files lie beside the partition folders; they are a table"
            " of their own"
        )
        if count == 1 and item.leaves[0].seen:
            return _file_table(lone_files(item.leaves[0])[0], "it lies beside partition folders")
        return item

    def _lone_partition(self, folder: str, name: str) -> bool:
        return self._forced(folder) or _NUMBER_OR_DATE.fullmatch(name) is not None

    def _level(self, folder: str) -> int:
        return self.policy.root_level + (folder.count("/") + 1 if folder else 0)

    def _forced(self, folder: str) -> bool:
        if self.policy.table_level is not None:
            return self._level(folder) >= self.policy.table_level
        return self.policy.combine_compatible

    def _above_tables(self, folder: str) -> bool:
        return self.policy.table_level is not None and self._level(folder) < self.policy.table_level


def lone_files(lot: Lot) -> list[Lot]:
    """Return a lot for each file of a lot that was read."""
    return [
        replace(lot, seen=(replace(item, files=(file,)),), unread=0, unread_bytes=0)
        for item in lot.seen
        for file in item.files
    ]


def lone_table(lot: Lot) -> Candidate:
    """Return the table of a target that is one file."""
    return _file_table(lot, "the target is one file")


def shape_of(schema: FileSchema) -> Shape:
    """Return the columns of a file as far as likeness goes."""
    return tuple((column.name.lower(), column.type) for column in schema.columns)


def _deepest_first(folders: Iterable[str]) -> list[str]:
    """Return folders and all folders above them, children before parents."""
    known = {""}
    for folder in folders:
        current = folder
        while current not in known:
            known.add(current)
            current = current.rpartition("/")[0]
    return sorted(known, key=lambda folder: (-(folder.count("/") + bool(folder)), folder))


def _commonest_depth(named: Sequence[tuple[str, Candidate]]) -> int:
    counted = Counter(item.depth for _, item in named)
    return max(counted.items(), key=lambda item: (item[1], item[0]))[0]


def _file_table(lot: Lot, why: str) -> Candidate:
    (seen,) = lot.seen
    (file,) = seen.files
    return Candidate(
        root=lot.path(file.name),
        compatibility=lot.compatibility,
        depth=0,
        leaves=(lot,),
        shape=shape_of(seen.schema),
        reasons=(f"{why}: this file is a table of its own",),
        is_file=True,
    )


def _files_reason(folder: str, lot: Lot, likeness: Likeness | None) -> str:
    if lot.objects == 1 or likeness is None:
        return f"the {lot.compatibility.format} files of {_shown(folder)} lie in one folder"
    return (
        f"{likeness.share:.0%} of the {lot.objects_read} {lot.compatibility.format} files read in"
        f" {_shown(folder)} have matching schemas"
    )


def _shown(folder: str) -> str:
    return f"{folder}/" if folder else "the target"
