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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.classifiers.base import Sample, Verdict
from gluepot.crawlers.classifiers.builtin import classify
from gluepot.crawlers.classifiers.parquet import (
    END_BYTES,
    MAGIC,
    check_footer_length,
    footer_length,
)
from gluepot.crawlers.compression import expand_head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.listing import ListedFile
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.sources.objects import ObjectSource

KIB, MIB = 1024, 1024 * 1024
PARQUET_NAMES = (".parquet", ".parq", ".pq")
CODEC_NAMES = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".snappy", ".zip")


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
        tail_bytes: The first read of a footer; most footers fit.
        threads: Reads at once.
    """

    files_per_folder: int = 10
    text_files: int = 1_000
    head_bytes: int = MIB
    least_head_bytes: int = 16 * KIB
    budget_bytes: int = 8 * MIB
    widest_record_bytes: int = 10 * MIB
    tail_bytes: int = 32 * KIB
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


def policy_of(crawler: Crawler) -> SamplingPolicy:
    """Return how much a crawler reads."""
    if crawler.files_per_folder is None:
        return DEFAULT_POLICY
    return replace(DEFAULT_POLICY, files_per_folder=crawler.files_per_folder)


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What the classifiers said about each file that was read, by path."""

    verdicts: dict[str, Verdict]
    bytes_read: int


def sample_files(
    source: ObjectSource, files: Sequence[ListedFile], policy: SamplingPolicy = DEFAULT_POLICY
) -> Sampled:
    """Read heads and footers of some files and classify them; a file that fails is named.

    Raises:
        StorageError: Never for one file: its verdict says why it could not be read.
    """
    chosen, rest = choose(files, policy)
    reader = _Reader(source, policy, head_sizes(chosen, policy))
    with ThreadPoolExecutor(policy.threads, thread_name_prefix="sample") as pool:
        verdicts = dict(
            zip((file.path for file in chosen), pool.map(reader.read, chosen), strict=True)
        )
        # A folder whose sampled files turned out to be Parquet has all its footers read.
        parquet = {
            kind_of(file)
            for file in chosen
            if (schema := verdicts[file.path].schema) is not None and schema.format == "parquet"
        }
        more = [file for file in rest if kind_of(file) in parquet]
        verdicts |= zip((file.path for file in more), pool.map(reader.read, more), strict=True)
    return Sampled(verdicts=verdicts, bytes_read=reader.bytes_read)


def choose(
    files: Sequence[ListedFile], policy: SamplingPolicy
) -> tuple[list[ListedFile], list[ListedFile]]:
    """Return the files to read and the others; the same files whatever their order was."""
    kinds: dict[tuple[str, str], list[ListedFile]] = {}
    chosen, texts = [], []
    for file in files:
        if looks_like_parquet(file):
            chosen.append(file)
        else:
            kinds.setdefault(kind_of(file), []).append(file)
    for group in kinds.values():
        texts += spread(sorted(group, key=lambda file: file.path), policy.files_per_folder)
    texts = spread(sorted(texts, key=lambda file: file.path), policy.text_files)
    chosen += texts
    taken = {file.path for file in chosen}
    return chosen, [file for file in files if file.path not in taken]


def head_sizes(chosen: Sequence[ListedFile], policy: SamplingPolicy) -> dict[str, int]:
    """Return how many bytes are read of each pattern of paths."""
    heads = Counter(pattern_of(file.path) for file in chosen if not looks_like_parquet(file))
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


def spread(items: Sequence[ListedFile], count: int) -> list[ListedFile]:
    """Return ``count`` items, the first, the last and evenly between."""
    if len(items) <= count:
        return list(items)
    if count == 1:
        return [items[0]]
    return [items[round(i * (len(items) - 1) / (count - 1))] for i in range(count)]


def kind_of(file: ListedFile) -> tuple[str, str]:
    """Return the folder and the ending of a file: what is alike in both is likely alike inside."""
    folder, _, name = file.path.rpartition("/")
    stem = name.lower()
    codec = next((ending for ending in CODEC_NAMES if stem.endswith(ending)), "")
    stem = stem.removesuffix(codec)
    ending = f".{stem.rpartition('.')[2]}" if "." in stem else ""
    return folder, ending + codec


def looks_like_parquet(file: ListedFile) -> bool:
    """Return whether the name says so; the bytes decide."""
    return file.path.lower().endswith(PARQUET_NAMES)


class _Reader:
    """Reads and classifies one file; used by many threads at once."""

    def __init__(
        self, source: ObjectSource, policy: SamplingPolicy, sizes: Mapping[str, int]
    ) -> None:
        self._source = source
        self._policy = policy
        self._head_sizes = sizes
        self._sizes: list[int] = []

    @property
    def bytes_read(self) -> int:
        """Return how much has been read in all."""
        return sum(self._sizes)

    def read(self, file: ListedFile) -> Verdict:
        """Return what the classifiers say; a file that cannot be read gets a verdict too."""
        try:
            return self._classify(file)
        except StorageError as error:
            return Verdict(uri=file.uri, schema=None, problem=f"it could not be read: {error}")

    def _classify(self, file: ListedFile) -> Verdict:
        if looks_like_parquet(file):
            tail = self._tail(file)
            if tail[-4:] == MAGIC:
                return classify(self._sample(file, b"", tail))
        head = self._range(file, 0, self._head_bytes(file))
        if head.startswith(MAGIC):
            return classify(self._sample(file, head[:4], self._tail(file)))
        verdict = classify(self._sample(file, head))
        while verdict.needs_more and len(head) < min(file.size, self._policy.widest_record_bytes):
            wanted = min(max(len(head) * 4, MIB), self._policy.widest_record_bytes)
            head += self._range(file, len(head), wanted - len(head))
            verdict = classify(self._sample(file, head))
        return verdict

    def _head_bytes(self, file: ListedFile) -> int:
        return self._head_sizes.get(pattern_of(file.path), self._policy.head_bytes)

    def _sample(self, file: ListedFile, head: bytes, tail: bytes = b"") -> Sample:
        limit = max(len(head), self._head_bytes(file))
        content = expand_head(head, complete=len(head) >= file.size, limit=limit)
        expansion = len(content.data) / max(content.consumed, 1)
        return Sample(
            uri=file.uri,
            plain_size=len(content.data) if content.complete else int(file.size * expansion),
            size=file.size,
            codec=content.codec,
            data=content.data,
            complete=content.complete,
            tail=tail,
            problem=content.problem,
        )

    def _tail(self, file: ListedFile) -> bytes:
        """Return the footer: one read where it is small, else a second one of just its length."""
        start = max(file.size - self._policy.tail_bytes, 0)
        tail = self._range(file, start, file.size - start)
        length = footer_length(tail)
        if length is None or check_footer_length(length, file.size) is not None:
            return tail
        missing = length + END_BYTES - len(tail)
        if missing > 0:
            tail = self._range(file, start - missing, missing) + tail
        return tail

    def _range(self, file: ListedFile, start: int, length: int) -> bytes:
        data = self._source.read(file.uri, start, min(length, file.size - start))
        self._sizes.append(len(data))
        return data
