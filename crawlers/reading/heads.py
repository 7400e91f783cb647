"""One file, read as far as its classifiers need: a head, an end, a few ranges, never all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.classifiers.base import Sample, Verdict
from gluepot.crawlers.classifiers.builtin import classify
from gluepot.crawlers.codecs.compression import expand_head
from gluepot.crawlers.reading.sampling import MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.classifiers.base import Classifier
    from gluepot.crawlers.reading.sampling import SamplingPolicy
    from gluepot.crawlers.sources.objects import ObjectSource

GROWTH = 4
"""How many times longer a head becomes that did not hold one whole record."""


class ReadBudgetError(StorageError):
    """More of one file is wanted than is ever read of one: ``ReadBudgetError(uri, most)``."""

    def __init__(self, uri: str, most: int) -> None:
        super().__init__(uri, most)

    def __str__(self) -> str:
        """Say how much is read at most."""
        uri, most = self.args
        return f"{uri}: it would take more than the {most:,} bytes that are read of one file"


@dataclass(kw_only=True)
class FileRanges:
    """The bytes of one file, of which at most ``most`` are read in all."""

    source: ObjectSource
    uri: str
    size: int
    most: int
    bytes_read: int = 0
    _head: bytes = field(default=b"", repr=False)

    def read(self, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``; what was read as the head is at hand.

        Raises:
            StorageError: The store failed.
            ReadBudgetError: It would be more than is read of one file.
        """
        length = max(min(length, self.size - start), 0)
        if start + length <= len(self._head):
            return self._head[start : start + length]
        if self.bytes_read + length > self.most:
            raise ReadBudgetError(self.uri, self.most)
        data = self.source.read(self.uri, start, length)
        self.bytes_read += len(data)
        return data

    def head(self, length: int) -> bytes:
        """Return the first ``length`` bytes, of which only those not yet at hand are read."""
        missing = min(length, self.size) - len(self._head)
        if missing > 0:
            self._head += self.read(len(self._head), missing)
        return self._head


def classify_file(
    ranges: FileRanges, head_bytes: int, policy: SamplingPolicy, classifiers: Sequence[Classifier]
) -> Verdict:
    """Return what the classifiers say of a file.

    Args:
        ranges: The file.
        head_bytes: How much of it is read first.
        policy: How far the head grows until it holds one whole record, and how long a tail is.
        classifiers: In the order in which they are asked.

    Raises:
        StorageError: The store failed.
    """
    head = ranges.head(head_bytes)
    most = min(ranges.size, policy.widest_record_bytes)
    while True:
        sample = _sample(ranges, head, head_bytes, policy)
        verdict = classify(sample, classifiers)
        # A head that is shorter than the first block of its compression expands to nothing.
        empty = not sample.data and not sample.complete and sample.problem is None
        if len(head) >= most or not (verdict.needs_more or empty):
            return verdict
        head = ranges.head(min(max(len(head) * GROWTH, MIB), most))


def _sample(ranges: FileRanges, head: bytes, head_bytes: int, policy: SamplingPolicy) -> Sample:
    complete = len(head) >= ranges.size
    content = expand_head(head, complete=complete, limit=max(len(head), head_bytes))
    expansion = len(content.data) / max(content.consumed, 1)
    return Sample(
        uri=ranges.uri,
        plain_size=len(content.data) if content.complete else int(ranges.size * expansion),
        size=ranges.size,
        codec=content.codec,
        data=content.data,
        complete=content.complete,
        tail=b"" if content.codec != "none" else _tail(ranges, head, policy),
        problem=content.problem,
        read=ranges.read,
    )


def _tail(ranges: FileRanges, head: bytes, policy: SamplingPolicy) -> bytes:
    """Return the last bytes of a file whose first ones say that its facts stand there."""
    if not head.startswith(_FOOTED):
        return b""
    length = min(policy.tail_bytes, ranges.size)
    return ranges.read(ranges.size - length, length)


_FOOTED = (b"PAR1", b"PARE", b"ORC")
"""How files begin that have a footer."""
