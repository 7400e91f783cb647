"""Which files are read and how much of each: heads and footers only, many at once.

Every Parquet footer is read, since it tells rows and schema at little cost. Of other formats the
heads of some files of each folder are read, first, last and evenly between; a table of very many
folders has its folders thinned the same way. Files whose paths differ only in numbers and in the
values of ``key=value`` folders share one budget of bytes, so few files are read further than many.
What was not read is said in the crawl's record.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gluepot.crawlers.listing import ListedFile
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.targets import Target

KIB, MIB = 1024, 1024 * 1024
PARQUET_NAMES = (".parquet", ".parq", ".pq")
CODEC_NAMES = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".snappy", ".zip")

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class SamplingPolicy:
    """How much is read.

    Attributes:
        files_per_folder: Most heads of one folder and kind of name.
        text_files: Most heads of one target.
        head_bytes: Most bytes of one head, and Glue's own bound.
        least_head_bytes: Fewest, however many files there are.
        budget_bytes: All heads of alike paths together, unless the fewest exceed it.
        widest_record_bytes: How far a head grows until it holds one whole record.
        file_bytes: Most bytes of one file in all, for formats whose facts stand elsewhere.
        tail_bytes: The first read of a footer; most footers fit.
        threads: Reads at once.
    """

    files_per_folder: int = 10
    text_files: int = 1_000
    head_bytes: int = MIB
    least_head_bytes: int = 16 * KIB
    budget_bytes: int = 8 * MIB
    widest_record_bytes: int = 10 * MIB
    file_bytes: int = 96 * MIB
    tail_bytes: int = 8 * KIB
    threads: int = 32

    def describe(self) -> str:
        """Return the policy in a sentence, for plans and records."""
        return (
            "every Parquet footer; of other files the heads of up to"
            f" {self.files_per_folder} a folder and {self.text_files:,} a target, up to"
            f" {self.head_bytes // KIB:,} KiB each and {self.budget_bytes // MIB} MiB for all of"
            " alike paths"
        )


DEFAULT_POLICY = SamplingPolicy()


def policy_of(crawler: Crawler, target: Target | None = None) -> SamplingPolicy:
    """Return how much a crawler reads, of one of its targets if it is given."""
    count = None if target is None else target.files_per_folder
    count = crawler.files_per_folder if count is None else count
    return DEFAULT_POLICY if count is None else replace(DEFAULT_POLICY, files_per_folder=count)


def choose(files: Iterable[ListedFile], policy: SamplingPolicy) -> list[ListedFile]:
    """Return the files whose heads are read; the same ones whatever the order of ``files`` was."""
    kinds: dict[tuple[str, str], list[ListedFile]] = {}
    for file in files:
        kinds.setdefault(kind_of(file), []).append(file)
    chosen: list[ListedFile] = []
    for group in kinds.values():
        chosen += spread(sorted(group), policy.files_per_folder)
    return spread(sorted(chosen, key=lambda file: file.path), policy.text_files)


def head_sizes(chosen: Iterable[ListedFile], policy: SamplingPolicy) -> dict[str, int]:
    """Return how many bytes are read of each pattern of paths."""
    heads = Counter(pattern_of(file.path) for file in chosen)
    return {
        pattern: min(max(policy.budget_bytes // count, policy.least_head_bytes), policy.head_bytes)
        for pattern, count in heads.items()
    }


def pattern_of(path: str) -> str:
    """Return a path without what tells alike files apart: numbers, values of ``key=value``.

    >>> pattern_of("flights/year=2013/part-00017.csv")
    'flights/year=*/part-*.csv'
    """
    return re.sub(r"(?<==)[^/]*(?=/)|\d+", "*", path)


def spread(items: Sequence[T], count: int) -> list[T]:
    """Return ``count`` items, the first, the last and evenly between."""
    if len(items) <= count:
        return list(items)
    if count == 1:
        return [items[0]]
    return [items[round(i * (len(items) - 1) / (count - 1))] for i in range(count)]


def kind_of(file: ListedFile) -> tuple[str, str]:
    """Return the folder and the ending of a file: what is alike in both is likely alike inside."""
    return file.folder, ending_of(file.name)


def ending_of(name: str) -> str:
    """Return a file's ending, that of its compression included.

    >>> ending_of("Orders-17.CSV.gz"), ending_of("part-00000")
    ('.csv.gz', '')
    """
    stem = name.lower()
    codec = next((ending for ending in CODEC_NAMES if stem.endswith(ending)), "")
    stem = stem.removesuffix(codec)
    ending = f".{stem.rpartition('.')[2]}" if "." in stem else ""
    return ending + codec


def looks_like_parquet(name: str) -> bool:
    """Return whether the name says so; the bytes decide."""
    return name.lower().endswith(PARQUET_NAMES)
