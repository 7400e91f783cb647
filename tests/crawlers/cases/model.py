"""A case: what lies in a folder, how it is crawled, and which tables come out, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file that is made when it is needed; ``shown`` says what is in it."""

    shown: str
    make: Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A folder that is laid out by somebody's writer; ``shown`` says what is in it."""

    shown: str
    lay: Callable[[Path], object]


Content: TypeAlias = "str | Made | Laid"
"""Text as it stands in the file, or what makes a file or folder."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A table that must come out.

    Attributes:
        name: Under which it is registered; ``<md5>`` stands for the 32 digits of a hash.
        columns: As ``name type, name type``.
        keys: The partition keys, written as the columns are.
        values: The values of the partitions, in the order of the values; those of a partition
            are divided by slashes.
        format: Glue's ``classification``.
        codec: Glue's ``compressionType``.
        location: Below the folder; the name with a last slash where empty, ``./`` for itself.
        serde: How the serde's class ends; empty where it does not matter.
        parameters: What the table must say, among others; None where it may not say it.
        serde_parameters: What the serde must be told, among others.
        records: How many rows are counted; None where that does not matter.
        says: Parts of the reasons of the table or of its columns.
        warns: A part of each warning; there are no others.
    """

    name: str
    columns: str
    keys: str = ""
    values: tuple[str, ...] = ()
    format: str = "csv"
    codec: str = "none"
    location: str = ""
    serde: str = ""
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    serde_parameters: Mapping[str, str] = field(default_factory=dict)
    records: int | None = None
    says: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """What lies somewhere, and what a crawl makes of it.

    Attributes:
        name: What it shows, in few words; no other case is called so.
        why: The rule.
        files: By their paths below the folder that is crawled.
        tables: All that come out, in the order of their names.
        options: Members of the crawler.
        targets: What is crawled, below the folder; the folder itself where empty.
        classifiers: Custom classifiers by name, in the order in which they are asked.
        schemas: Protobuf schemas of the registry by name; each is a classifier too.
        problems: A part of what is told of each file that is in no table.
        warns: A part of each other warning that belongs to no table.
        failing: Why it does not come out so yet; empty where it does.
    """

    name: str
    why: str
    files: Mapping[str, Content]
    tables: tuple[Expected, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    targets: tuple[str, ...] = ("",)
    classifiers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schemas: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()
    failing: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Cases of one kind, with a title and a sentence for the page."""

    title: str
    about: str
    cases: tuple[Case, ...]


def one(name: str, columns: str, **others: Any) -> tuple[Expected, ...]:  # noqa: ANN401
    """Return one expected table."""
    return (Expected(name=name, columns=columns, **others),)


def column_pairs(text: str) -> list[tuple[str, str]]:
    """Return names and types of ``name type, name type``; a name may hold spaces.

    >>> column_pairs("first name string, b struct<x:int,y:date>")
    [('first name', 'string'), ('b', 'struct<x:int,y:date>')]
    """
    pairs = (item.rpartition(" ") for item in text.split(", ") if item)
    return [(name, type_) for name, _, type_ in pairs]
