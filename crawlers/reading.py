"""Files read and classified: footers by the batch, heads by many threads; failures are named."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.classifiers.base import Verdict
from gluepot.crawlers.classifiers.builtin import BUILT_IN
from gluepot.crawlers.heads import FileRanges, classify_file
from gluepot.crawlers.lots import NOT_READ, FileResult
from gluepot.crawlers.parquet_footers import Footers
from gluepot.crawlers.sampling import (
    MIB,
    choose,
    head_sizes,
    kind_of,
    looks_like_parquet,
    pattern_of,
)
from gluepot.crawlers.sources.objects import ReadRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from gluepot.crawlers.classifiers.base import Classifier, FileSchema
    from gluepot.crawlers.listing import ListedFile, Listing
    from gluepot.crawlers.sampling import SamplingPolicy
    from gluepot.crawlers.sources.objects import ObjectSource

FORMATS_READ_WHOLE = frozenset({"parquet"})
"""Formats of which every file is read once some of a folder turn out to be of them."""

PARQUET_SAID = ("parquet says 1.00: PAR1 at its end, and a footer",)

_BATCH_FOOTERS = 2_000


@dataclass(kw_only=True)
class Reading:
    """What was read below a target: the results by folder, and how many bytes it took."""

    folders: dict[str, list[FileResult]] = field(default_factory=lambda: defaultdict(list))
    bytes_read: int = 0

    @property
    def objects_read(self) -> int:
        """Return of how many files something was read."""
        return sum(map(len, self.folders.values()))


def read_files(
    source: ObjectSource,
    listing: Listing,
    policy: SamplingPolicy,
    *,
    classifiers: Sequence[Classifier] = (),
    folders: Collection[str] | None = None,
) -> Reading:
    """Read footers and heads of some files and classify them; a file that fails is named.

    Args:
        source: Where they lie.
        listing: What there is.
        policy: How much is read.
        classifiers: Custom ones, which are asked before the built-in ones.
        folders: Only files of these are read; None for all.
    """
    wanted = listing.folders if folders is None else [f for f in listing.folders if f in folders]
    reader = _Reader(source, listing, policy, (*classifiers, *BUILT_IN))
    # Custom classifiers come before Parquet's footer, as before everything else.
    by_footer = (lambda _name: False) if classifiers else looks_like_parquet
    heads = [file for file in listing.files(wanted) if not by_footer(file.name)]
    reader.read_footers(file for file in listing.files(wanted) if by_footer(file.name))
    reader.read_heads([*heads, *reader.others])
    return reader.reading


class _Reader:
    """Reads and classifies files; heads by many threads at once."""

    def __init__(
        self,
        source: ObjectSource,
        listing: Listing,
        policy: SamplingPolicy,
        classifiers: Sequence[Classifier],
    ) -> None:
        self.reading = Reading()
        self._source = source
        self._listing = listing
        self._policy = policy
        self._classifiers = classifiers
        self._footers = Footers()
        self._tail_bytes = policy.tail_bytes
        self._head_sizes: Mapping[str, int] = {}
        self.others: list[ListedFile] = []

    def read_footers(self, files: Iterable[ListedFile]) -> None:
        """Read the footers of files; what is no Parquet whatever its name goes to ``others``."""
        rest = iter(files)
        while batch := list(islice(rest, _BATCH_FOOTERS)):
            longer = self._read_tails([(file, self._tail_bytes) for file in batch])
            if len(longer) * 8 > len(batch):
                # Most footers are as long as these: the next batch is read in one go.
                longest = max(length for _, length in longer)
                self._tail_bytes = min(longest + longest // 4, MIB)
            for file, _ in self._read_tails(longer):
                self._add(file, problem="its footer changed while it was read")

    def _read_tails(self, files: Sequence[tuple[ListedFile, int]]) -> list[tuple[ListedFile, int]]:
        """Read the ends of files; return those whose footers are longer, and how long."""
        requests = [
            ReadRequest(self._listing.uri(file.path), max(file.size - length, 0), length)
            for file, length in files
        ]
        longer = []
        for (file, _), tail in zip(files, self._source.read_batch(requests), strict=True):
            if isinstance(tail, StorageError):
                self._add(file, problem=unread(tail))
                continue
            self.reading.bytes_read += len(tail)
            footer = self._footers.read(tail, file.size)
            if footer is None:
                self.others.append(file)
            elif footer.missing:
                longer.append((file, len(tail) + footer.missing))
            else:
                said = PARQUET_SAID if footer.schema is not None else ()
                self._add(file, footer.records, footer.schema, footer.problem, said)
        return longer

    def _add(
        self,
        file: ListedFile,
        records: int = 0,
        schema: FileSchema | None = None,
        problem: str | None = None,
        said: tuple[str, ...] = (),
    ) -> None:
        result = FileResult(file.name, file.size, records, schema, problem, said)
        self.reading.folders[file.folder].append(result)

    def read_heads(self, files: Sequence[ListedFile]) -> None:
        """Read the heads of some files, and the footers of those that are like Parquet ones."""
        chosen = choose(files, self._policy)
        self._head_sizes = head_sizes(chosen, self._policy)
        whole = set()
        for file, verdict in self._classified(chosen):
            if verdict.schema is not None and verdict.schema.format in FORMATS_READ_WHOLE:
                whole.add(kind_of(file))
        if whole:
            taken = set(chosen)
            rest = [file for file in files if kind_of(file) in whole and file not in taken]
            for _ in self._classified(rest):
                pass

    def _classified(self, files: Sequence[ListedFile]) -> Iterator[tuple[ListedFile, Verdict]]:
        if not files:
            return
        threads = min(self._policy.threads, len(files))
        with ThreadPoolExecutor(threads, thread_name_prefix="sample") as pool:
            answers = pool.map(self._classify, files)
            for file, (verdict, bytes_read) in zip(files, answers, strict=True):
                self.reading.bytes_read += bytes_read
                schema = verdict.schema
                records = 0 if schema is None else schema.records
                problem = verdict.problem or (None if schema is not None else "not read")
                self._add(file, records, schema, problem, tuple(map(str, verdict.answers)))
                yield file, verdict

    def _classify(self, file: ListedFile) -> tuple[Verdict, int]:
        """Return what the classifiers say; a file that cannot be read gets a verdict too."""
        uri = self._listing.uri(file.path)
        ranges = FileRanges(
            source=self._source, uri=uri, size=file.size, most=self._policy.file_bytes
        )
        head_bytes = self._head_sizes.get(pattern_of(file.path), self._policy.head_bytes)
        try:
            verdict = classify_file(ranges, head_bytes, self._policy, self._classifiers)
        except StorageError as error:
            verdict = Verdict(uri=uri, schema=None, problem=unread(error))
        return verdict, ranges.bytes_read


def unread(error: StorageError) -> str:
    """Return the reason why a file is in no table that its store did not give."""
    return f"{NOT_READ}{error}"
