"""Files read and classified: footers by the batch, heads by many threads; failures are named.

A worker is all that the process of an engine needs: it knows where files lie and how much of them
is read, and nothing of what else there is.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.classifiers.base import Verdict
from gluepot.crawlers.classifiers.builtin import BUILT_IN
from gluepot.crawlers.classifiers.parquet_footers import Footers
from gluepot.crawlers.lots import NOT_READ, FileResult
from gluepot.crawlers.reading.heads import FileRanges, classify_file
from gluepot.crawlers.reading.sampling import MIB
from gluepot.crawlers.sources.objects import ReadRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gluepot.crawlers.classifiers.base import Classification, Classifier, FileSchema
    from gluepot.crawlers.listing import ListedFile
    from gluepot.crawlers.reading.sampling import SamplingPolicy
    from gluepot.crawlers.sources.objects import ObjectSource

logger = logging.getLogger(__name__)

PARQUET_SAID = ("parquet says 1.00: PAR1 at its end, and a footer",)

FOOTER = 0
"""The ``head_bytes`` of a file whose footer is read, and its head only where it has none."""

_BATCH_FOOTERS = 2_000


class FileRead(NamedTuple):
    """A file to read, and how much of its head."""

    file: ListedFile
    head_bytes: int


class Answer(NamedTuple):
    """What was read of a file, in which folder it lies, and how many bytes it took."""

    folder: str
    result: FileResult
    bytes_read: int


class FileWorker:
    """Reads and classifies the files below one root."""

    def __init__(
        self,
        source: ObjectSource,
        root: str,
        policy: SamplingPolicy,
        classifiers: Sequence[Classifier] = (),
    ) -> None:
        self._source = source
        self._root = root
        self._policy = policy
        self._classifiers = (*classifiers, *BUILT_IN)
        self._footers = Footers()
        self._tail_bytes = policy.tail_bytes

    def run(self, reads: Iterable[FileRead]) -> Iterator[Answer]:
        """Yield an answer for each file, in any order; a file that fails has its problem said."""
        heads: list[FileRead] = []
        yield from self._run_footers(_with_footers(reads, heads), heads)
        yield from self._run_heads(heads)

    def _run_footers(self, files: Iterable[ListedFile], others: list[FileRead]) -> Iterator[Answer]:
        """Answer for Parquet files; what is none whatever its name goes to ``others``."""
        rest = iter(files)
        while batch := list(islice(rest, _BATCH_FOOTERS)):
            longer: list[tuple[ListedFile, int]] = []
            first = [(file, self._tail_bytes) for file in batch]
            yield from self._read_tails(first, longer, others)
            if len(longer) * 8 > len(batch):
                # Most footers are as long as these: the next batch is read in one go.
                longest = max(length for _, length in longer)
                self._tail_bytes = min(longest + longest // 4, MIB)
            changed: list[tuple[ListedFile, int]] = []
            yield from self._read_tails(longer, changed, others)
            for file, _ in changed:
                yield _answer(file, 0, problem=f"{NOT_READ}its footer changed meanwhile")

    def _read_tails(
        self,
        files: Sequence[tuple[ListedFile, int]],
        longer: list[tuple[ListedFile, int]],
        others: list[FileRead],
    ) -> Iterator[Answer]:
        """Read the ends of files; those whose footers are longer go to ``longer``, and how long."""
        requests = [
            ReadRequest(f"{self._root}{file.path}", file.size - length, length)
            if length < file.size
            else ReadRequest(f"{self._root}{file.path}", 0, file.size)
            for file, length in files
        ]
        read = self._footers.read
        for (file, _), tail in zip(files, self._source.read_batch(requests), strict=True):
            if not isinstance(tail, bytes):
                yield _answer(file, 0, problem=f"{NOT_READ}{tail}")
                continue
            folder, name, size = file
            footer = read(tail, size)
            if footer is None:
                others.append(FileRead(file, self._policy.head_bytes))
                continue
            schema, records, problem, missing = footer
            if missing:
                longer.append((file, len(tail) + missing))
            else:
                said = () if schema is None else PARQUET_SAID
                result = FileResult(name, size, records, schema, problem, said)
                yield Answer(folder, result, len(tail))

    def _run_heads(self, reads: Sequence[FileRead]) -> Iterator[Answer]:
        if not reads:
            return
        threads = min(self._policy.threads, len(reads))
        with ThreadPoolExecutor(threads, thread_name_prefix="sample") as pool:
            yield from pool.map(self._classify, reads)

    def _classify(self, read: FileRead) -> Answer:
        """Return what the classifiers say; a file that cannot be read gets an answer too."""
        uri = f"{self._root}{read.file.path}"
        ranges = FileRanges(
            source=self._source, uri=uri, size=read.file.size, most=self._policy.file_bytes
        )
        try:
            verdict = classify_file(ranges, read.head_bytes, self._policy, self._classifiers)
        except StorageError as error:
            verdict = Verdict(uri=uri, schema=None, problem=f"{NOT_READ}{error}")
        except Exception as error:  # here the reading of one file ends, whatever ended it
            logger.exception("Reading %s failed", uri, extra={"action": "file_failed"})
            problem = f"gluepot failed at it ({type(error).__name__}: {error}), which is a defect"
            verdict = Verdict(uri=uri, schema=None, problem=problem)
        schema = verdict.schema
        return _answer(
            read.file,
            ranges.bytes_read,
            schema=schema,
            problem=verdict.problem or (None if schema is not None else "not read"),
            said=tuple(_told(verdict.answers)),
        )


def _told(answers: Iterable[Classification]) -> Iterator[str]:
    """Say who answered what and why, in one line those who say the same one after another."""
    for (certainty, reason), alike in groupby(answers, lambda item: (item.certainty, item.reason)):
        names = [item.classifier for item in alike]
        says = "says" if len(names) == 1 else "say"
        yield f"{', '.join(names)} {says} {certainty:.2f}: {reason}"


def _with_footers(reads: Iterable[FileRead], heads: list[FileRead]) -> Iterator[ListedFile]:
    """Yield the files whose footers are read; the others go to ``heads``."""
    for read in reads:
        if read.head_bytes == FOOTER:
            yield read.file
        else:
            heads.append(read)


def _answer(
    file: ListedFile,
    bytes_read: int,
    *,
    schema: FileSchema | None = None,
    problem: str | None = None,
    said: tuple[str, ...] = (),
) -> Answer:
    records = 0 if schema is None else schema.records
    result = FileResult(file.name, file.size, records, schema, problem, said)
    return Answer(file.folder, result, bytes_read)
