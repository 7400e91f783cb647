"""Columns out of documents without a schema: what DynamoDB's items and MongoDB's have in common.

Types are merged document by document, so a table of any length takes the memory of one schema.
Whatever sequence the store hands documents out in, columns and members come out sorted: neither
DynamoDB nor a sample has an order that would be the same the next time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.merge import widest
from gluepot.catalog.types import STRING, Array, Field, Struct, Type, print_type
from gluepot.crawlers.databases.found import column_names, renamed
from gluepot.crawlers.grouping.column_merge import MergedColumn, without_void
from gluepot.crawlers.nested_types import MAX_MEMBERS, hold_both

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_COLUMNS = 10_000
MAX_TYPE_CHARACTERS = 131_072
"""What AWS Glue takes as a column's type."""


@dataclass(frozen=True, kw_only=True)
class MergedDocuments:
    """The columns of documents, what they are called in them, and what a person should know."""

    columns: tuple[MergedColumn, ...]
    original_names: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass
class _Seen:
    """A field: its type so far, how many documents have it, and which of them said what."""

    type: Type
    count: int
    label: str
    conflict: str = ""


class DocumentMerge:
    """Merges documents that are added one by one."""

    def __init__(self, first: Sequence[str] = ()) -> None:
        """Make an empty one; the columns of ``first`` stand before the others."""
        self._first = tuple(first)
        self._seen: dict[str, _Seen] = {}
        self._left_out: set[str] = set()
        self.documents = 0

    def add(self, label: str, fields: Mapping[str, Type]) -> None:
        """Take a document in.

        Args:
            label: What tells it from others, for reasons and warnings.
            fields: The types of its fields.
        """
        self.documents += 1
        for name, type_ in fields.items():
            seen = self._seen.get(name)
            if seen is None:
                self._add_new(name, type_, label)
                continue
            seen.count += 1
            if type_ != seen.type:
                _widen(seen, name, type_, label)

    def merged(self, table: str) -> MergedDocuments:
        """Return the columns of all documents so far; ``table`` names them in warnings."""
        ranks = {name: rank for rank, name in enumerate(self._first)}
        originals = sorted(self._seen, key=lambda name: (ranks.get(name, len(ranks)), name))
        names = column_names(originals)
        warnings = [*renamed(table, originals, names)]
        warnings += [item.conflict for item in self._seen.values() if item.conflict]
        if self._left_out:
            warnings.append(
                f"{table} has more than {MAX_COLUMNS} fields; at least {len(self._left_out)} of"
                f" them are left out, such as {min(self._left_out)[:100]!r}"
            )
        columns = tuple(
            self._column(name, self._seen[original])
            for name, original in zip(names, originals, strict=True)
        )
        return MergedDocuments(
            columns=columns, original_names=tuple(originals), warnings=tuple(warnings)
        )

    def _add_new(self, name: str, type_: Type, label: str) -> None:
        if len(self._seen) < MAX_COLUMNS:
            self._seen[name] = _Seen(type=type_, count=1, label=label)
        elif len(self._left_out) < MAX_COLUMNS:
            self._left_out.add(name)

    def _column(self, name: str, seen: _Seen) -> MergedColumn:
        final = without_void(_sorted(seen.type))
        told = f"{seen.label}: {seen.count} of {self.documents} documents read have it"
        if len(print_type(final)) > MAX_TYPE_CHARACTERS:
            final = STRING
            told += f"; its type would be longer than {MAX_TYPE_CHARACTERS} characters"
        return MergedColumn(name=name, type=final, reason=told)


def _widen(seen: _Seen, name: str, type_: Type, label: str) -> None:
    both = widest(seen.type, type_)
    if both is None:
        both = hold_both(seen.type, type_)
        if not seen.conflict:
            seen.conflict = (
                f"column {name[:100]}: {seen.label} has {_shown(seen.type)}, {label} has"
                f" {_shown(type_)}; it is registered as {_shown(without_void(both))}"
            )
    if _members(both) > MAX_MEMBERS:
        both = STRING
    if both != seen.type:
        # The document that gave the type its final form is the one to look at.
        seen.type, seen.label = both, label


def _shown(type_: Type) -> str:
    text = print_type(type_)
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004 - as long as a line


def _members(type_: Type) -> int:
    match type_:
        case Struct(fields):
            return len(fields) + sum(_members(item.type) for item in fields)
        case Array(element):
            return _members(element)
        case _:
            return 0


def _sorted(type_: Type) -> Type:
    match type_:
        case Struct(fields):
            ordered = sorted(fields, key=lambda item: (item.name.lower(), item.name))
            return Struct(tuple(Field(item.name, _sorted(item.type)) for item in ordered))
        case Array(element):
            return Array(_sorted(element))
        case _:
            return type_
