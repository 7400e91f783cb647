"""Folders to tables and partitions, from the deepest folder upwards, by Glue's rules.

At each folder, children whose schemas are alike become partitions of a table rooted there; else
each is a table of its own. Only files of one format, compression and delimiter are ever compared.
``key=value`` folders are always taken for partitions when alike; one lone child with another kind
of name is one only if its name is a number or a date, since a folder with one table in it is more
common than a table with one unnamed partition.

Source: AWS Glue developer guide, "How does a crawler determine when to create partitions?"
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.crawlers.partition_keys import split_folder
from gluepot.crawlers.similarity import (
    ALIKE,
    Likeness,
    Shape,
    compare_shapes,
    merge_shapes,
    similarity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gluepot.crawlers.classifiers.base import FileSchema, Traits
    from gluepot.crawlers.listing import ListedFile

_NUMBER_OR_DATE = re.compile(r"\d{1,4}(?:[-_.]?\d{1,2}){0,5}", re.ASCII)


@dataclass(frozen=True, kw_only=True, order=True)
class Compatibility:
    """What must be equal before two schemas are compared at all."""

    format: str
    codec: str
    traits: Traits = ()


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file of a table; its schema is None where it was not read and is assumed to fit."""

    file: ListedFile
    compatibility: Compatibility
    schema: FileSchema | None


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """The files of one kind in one folder."""

    folder: str
    members: tuple[Member, ...]


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
    """

    root: str
    compatibility: Compatibility
    depth: int
    leaves: tuple[Leaf, ...]
    shape: Shape
    reasons: tuple[str, ...] = ()
    is_file: bool = False


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


def group_files(members: Iterable[Member], policy: GroupingPolicy) -> Grouping:
    """Return the tables that files make; neither their order nor that of folders matters."""
    ordered = sorted(members, key=lambda member: member.file.path)
    folders: dict[str, list[Member]] = defaultdict(list)
    for member in ordered:
        folders[member.file.path.rpartition("/")[0]].append(member)
    grouper = _Grouper(policy)
    return grouper.group(folders)


class _Grouper:
    """Works from the deepest folders up; a table that can grow no more goes to ``tables``."""

    def __init__(self, policy: GroupingPolicy) -> None:
        self.policy = policy
        self.tables: list[Candidate] = []
        self.warnings: list[str] = []
        self._shapes: dict[int, Shape] = {}

    def group(self, folders: Mapping[str, Sequence[Member]]) -> Grouping:
        children: dict[str, dict[str, list[Candidate]]] = defaultdict(dict)
        for folder in _deepest_first(folders):
            found = self._at(folder, folders.get(folder, ()), children.pop(folder, {}))
            if folder:
                parent, _, name = folder.rpartition("/")
                children[parent][name] = found
            else:
                self.tables += found
        ordered = sorted(self.tables, key=lambda table: (table.root, table.compatibility))
        return Grouping(tables=tuple(ordered), warnings=tuple(self.warnings))

    def _at(
        self, folder: str, own: Sequence[Member], children: Mapping[str, list[Candidate]]
    ) -> list[Candidate]:
        """Return the candidates rooted at a folder; the others are finished tables."""
        kinds = {item.compatibility for found in children.values() for item in found}
        combined: list[Candidate] = []
        for kind in sorted(kinds):
            combined += self._combine(folder, kind, children)
        rooted = self._from_files(folder, own)
        if combined and rooted:
            self.tables += [self._beside_folders(item) for item in rooted]
            rooted = []
        return combined + rooted

    def _from_files(self, folder: str, own: Sequence[Member]) -> list[Candidate]:
        kinds: dict[Compatibility, list[Member]] = defaultdict(list)
        for member in own:
            kinds[member.compatibility].append(member)
        found: list[Candidate] = []
        for kind, members in sorted(kinds.items()):
            found += self._one_kind(folder, kind, members, alone=len(kinds) == 1)
        return found

    def _one_kind(
        self, folder: str, kind: Compatibility, members: Sequence[Member], *, alone: bool
    ) -> list[Candidate]:
        shapes = [self._shape_of(item.schema) for item in members if item.schema is not None]
        likeness = compare_shapes(shapes) if shapes else None
        together = likeness is None or likeness.alike or self._forced(folder)
        if together and (alone or len(members) > 1):
            leaf = Leaf(folder=folder, members=tuple(members))
            reason = _files_reason(folder, kind, len(members), len(shapes), likeness)
            return [
                Candidate(
                    root=folder,
                    compatibility=kind,
                    depth=0,
                    leaves=(leaf,),
                    shape=shapes[0] if len({*map(id, shapes)}) == 1 else merge_shapes(shapes),
                    reasons=(reason,),
                )
            ]
        why = (
            f"the {kind.format} files of {_shown(folder)} are not alike"
            if len(members) > 1
            else f"{_shown(folder)} holds files of several formats"
        )
        self.tables += [_file_table(item, why) for item in members if item.schema is not None]
        unread = sum(1 for item in members if item.schema is None)
        if unread:
            self.warnings.append(f"{why}, and {unread} of them were not read: no table has them")
        return []

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
        if self._above_tables(folder) or (
            len(named) == 1 and not keyed and not self._lone_partition(folder, named[0][0])
        ):
            self.tables += [item for _, item in named]
            return []
        depth = _commonest_depth(named)
        fitting = [(name, item) for name, item in named if item.depth == depth]
        for name, item in named:
            if item.depth != depth:
                self.tables.append(item)
                if any(
                    similarity(dict(item.shape), dict(other.shape)) > ALIKE for _, other in fitting
                ):
                    self.warnings.append(
                        f"{_shown(folder)}: {name} is {item.depth} folders deep, its siblings are"
                        f" {depth}; it is a table of its own"
                    )
        # A sibling of another format counts against unnamed folders, never against key=value.
        shapes = [item.shape for _, item in fitting if item.shape]
        unread = len(fitting) - len(shapes)
        members = (len(named) if keyed else max(len(children), len(named))) - unread
        likeness = compare_shapes(shapes, members=members)
        if not (likeness.alike or self._forced(folder)):
            self._keep_apart(folder, fitting, likeness)
            return []
        return [self._one_table(folder, kind, depth, fitting, likeness)]

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
            shape=merge_shapes([item.shape for _, item in fitting]),
            reasons=(*below[1:], reason),
        )

    def _keep_apart(
        self, folder: str, fitting: Sequence[tuple[str, Candidate]], likeness: Likeness
    ) -> None:
        reason = (
            f"only {likeness.share:.0%} of the folders in {_shown(folder)} have matching schemas:"
            " each is a table"
        )
        self.tables += [replace(item, reasons=(*item.reasons, reason)) for _, item in fitting]

    def _beside_folders(self, item: Candidate) -> Candidate:
        """Return files that lie beside a table's partitions as a table of their own."""
        count = sum(len(leaf.members) for leaf in item.leaves)
        self.warnings.append(
            f"{_shown(item.root)}: {count} files lie beside the partition folders; they are a table"
            " of their own"
        )
        if count == 1:
            return _file_table(item.leaves[0].members[0], "it lies beside partition folders")
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


def lone_file(member: Member) -> Candidate:
    """Return the table of a target that is one file."""
    return _file_table(member, "the target is one file")


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


def _file_table(member: Member, why: str) -> Candidate:
    leaf = Leaf(folder=member.file.path.rpartition("/")[0], members=(member,))
    return Candidate(
        root=member.file.path,
        compatibility=member.compatibility,
        depth=0,
        leaves=(leaf,),
        shape=() if member.schema is None else shape_of(member.schema),
        reasons=(f"{why}: this file is a table of its own",),
        is_file=True,
    )


def _files_reason(
    folder: str, kind: Compatibility, files: int, read: int, likeness: Likeness | None
) -> str:
    if files == 1 or likeness is None:
        return f"the {kind.format} files of {_shown(folder)} lie in one folder"
    return (
        f"{likeness.share:.0%} of the {read} {kind.format} files read in {_shown(folder)} have"
        " matching schemas"
    )


def _shown(folder: str) -> str:
    return f"{folder}/" if folder else "the target"
