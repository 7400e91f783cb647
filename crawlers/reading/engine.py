"""Which files of a target are read, by whichever engine reads them, and what that told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from gluepot.crawlers.reading.file_worker import FOOTER, FileRead, FileWorker
from gluepot.crawlers.reading.sampling import (
    choose,
    head_sizes,
    kind_of,
    looks_like_parquet,
    pattern_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from gluepot.crawlers.classifiers.base import Classifier
    from gluepot.crawlers.listing import ListedFile, Listing
    from gluepot.crawlers.lots import FileResult
    from gluepot.crawlers.reading.file_worker import Answer
    from gluepot.crawlers.reading.sampling import SamplingPolicy
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.crawlers.sources.objects import ObjectSource

FORMATS_READ_WHOLE = frozenset({"parquet"})
"""Formats of which every file is read once some of a folder turn out to be of them."""


@dataclass(frozen=True, kw_only=True)
class ReadingPlace:
    """Where and how files are read.

    Attributes:
        source: Where they lie.
        config: How another process reaches it.
        root: What their paths follow.
        policy: How much is read.
        classifiers: Custom ones, which are asked before the built-in ones.
    """

    source: ObjectSource
    config: S3Config
    root: str
    policy: SamplingPolicy
    classifiers: Sequence[Classifier] = ()


class Engine(Protocol):
    """What reads files: this process, or many others."""

    def run(self, place: ReadingPlace, reads: Iterable[FileRead]) -> Iterator[Answer]:
        """Yield an answer for each file, in any order; one that fails has its problem said."""
        ...


class LocalEngine:
    """Reads in this process, many files at once."""

    def run(self, place: ReadingPlace, reads: Iterable[FileRead]) -> Iterator[Answer]:
        """Yield an answer for each file."""
        worker = FileWorker(place.source, place.root, place.policy, place.classifiers)
        return worker.run(reads)


@dataclass(kw_only=True)
class Reading:
    """What was read below a target: the results by folder, and how many bytes it took."""

    folders: dict[str, list[FileResult]] = field(default_factory=lambda: defaultdict(list))
    bytes_read: int = 0

    @property
    def objects_read(self) -> int:
        """Return of how many files something was read."""
        return sum(map(len, self.folders.values()))

    def add(self, answer: Answer) -> None:
        """Take in one answer."""
        self.folders[answer.folder].append(answer.result)
        self.bytes_read += answer.bytes_read


def read_files(
    engine: Engine,
    place: ReadingPlace,
    listing: Listing,
    folders: Collection[str] | None = None,
) -> Reading:
    """Read footers and heads of some files and classify them; a file that fails is named.

    Args:
        engine: Who reads.
        place: Where and how.
        listing: What there is.
        folders: Only files of these are read; None for all.
    """
    wanted = listing.folders if folders is None else [f for f in listing.folders if f in folders]
    # Custom classifiers come before Parquet's footer, as before everything else.
    by_footer = (lambda _name: False) if place.classifiers else looks_like_parquet
    footers: list[FileRead] = []
    others: list[ListedFile] = []
    for file in listing.files(wanted):
        if by_footer(file.name):
            footers.append(FileRead(file, FOOTER))
        else:
            others.append(file)
    chosen = choose(others, place.policy)
    sizes = head_sizes(chosen, place.policy)
    heads = [FileRead(file, sizes[pattern_of(file.path)]) for file in chosen]
    reading = Reading()
    whole: set[tuple[str, str]] = set()
    named = {(file.folder, file.name): file for file in chosen}
    for answer in engine.run(place, chain(footers, heads)):
        reading.add(answer)
        if named:
            schema = answer.result.schema
            head = named.get((answer.folder, answer.result.name))
            if head is not None and schema is not None and schema.format in FORMATS_READ_WHOLE:
                whole.add(kind_of(head))
    if whole:
        taken = set(chosen)
        more = (file for file in others if kind_of(file) in whole and file not in taken)
        for answer in engine.run(place, (_in_whole(file, place) for file in more)):
            reading.add(answer)
    return reading


def _in_whole(file: ListedFile, place: ReadingPlace) -> FileRead:
    head_bytes = place.policy.least_head_bytes if place.classifiers else FOOTER
    return FileRead(file, head_bytes)
