"""What a crawl found below its targets, before it looks at the catalog: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.memory.folders import TargetMemory


@dataclass(frozen=True, kw_only=True)
class FileProblem:
    """A file that is in no table, and why."""

    uri: str
    reason: str

    def __str__(self) -> str:
        """Name the file first."""
        return f"{self.uri}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A table, and the exclusions that held when it was found.

    ``bound_to`` names the database and the table of the catalog whose data this is, where a
    catalog target asked for it: that table may change, no other one is made.
    """

    table: FoundTable
    exclusions: tuple[str, ...] = ()
    bound_to: tuple[str, str] | None = None


class AnyPlace:
    """What is in one of several sets of places."""

    def __init__(self, parts: Sequence[Container[str]]) -> None:
        self._parts = parts

    def __contains__(self, place: object) -> bool:
        """Return whether something is there."""
        return any(place in part for part in self._parts)


@dataclass(frozen=True, kw_only=True)
class TargetSurvey:
    """What lies below one target.

    Attributes:
        roots: What locations of tables begin with that would have been found here, were they
            still there; each with a last slash, or whatever ends a name in a database.
        tables: In any order.
        locations: Where something is: every folder that holds files, with the folders above it,
            each with a last slash, and every file.
        problems: Files, or tables of a database, that could not be read.
        warnings: What a person should know beyond these.
        skipped: How many objects were left out, by reason.
        objects: How many files, or tables of a database, there are; ``objects_read`` of how many
            something was read.
        bytes_read: What was read of them.
        seconds: How long each step took, by name.
        partial: Only what is new was looked at: a table may have more partitions, each partition
            that is named is whole, and nothing is gone for not being named.
        memory: What the next crawl may go by; None where it has to look at everything.
    """

    roots: tuple[str, ...]
    tables: tuple[Found, ...]
    locations: Container[str] = frozenset()
    problems: tuple[FileProblem, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    objects: int = 0
    objects_read: int = 0
    bytes_read: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    partial: bool = False
    memory: TargetMemory | None = None


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What lies below all targets of a crawler; the attributes are those of ``TargetSurvey``.

    Attributes:
        tables: In the order of their locations.
        sampling: The policy, in a sentence.
        partial: One of the targets was looked at in part only.
        memories: What the next crawl may go by, by the target's place.
        newest_partition: The newest one of the catalog when the listing began: later ones another
            crawl has seen, and they are not gone for not being here. None where nobody asked.
    """

    tables: tuple[Found, ...]
    roots: tuple[str, ...]
    locations: Container[str]
    problems: tuple[FileProblem, ...]
    warnings: tuple[str, ...]
    skipped: Mapping[str, int]
    objects: int
    objects_read: int
    bytes_read: int
    sampling: str
    seconds: Mapping[str, float]
    partial: bool = False
    memories: Mapping[str, TargetMemory] = field(default_factory=dict)
    newest_partition: int | None = None
