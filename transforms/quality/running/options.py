"""What an evaluation is told beside the rows and the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from gluepot.transforms.quality.dqdl.history import NO_HISTORY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from gluepot.transforms.quality.dqdl.history import History


class CompositeMethod(StrEnum):
    """How ``and`` and ``or`` join rules: their verdicts (COLUMN), or their verdict on each row."""

    COLUMN = "COLUMN"
    ROW = "ROW"


class FilteredRows(StrEnum):
    """What a rule says of rows that its ``where`` leaves out."""

    PASSED = "PASSED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """A file: its address, its bytes, and when it was last changed (aware)."""

    path: str
    size: int
    modified: datetime


class Files(Protocol):
    """The store that file rules look into."""

    def found(self, path: str) -> Sequence[FileFacts]:
        """Return the files at a path: one file, or all below a folder.

        Raises:
            GluepotError: The store refuses, or cannot be reached.
        """

    def checksum(self, path: str, algorithm: str) -> str:
        """Return the lower-case hexadecimal checksum of a file; ``md5``, ``sha1`` or ``sha256``.

        Raises:
            GluepotError: The store refuses, or cannot be reached.
        """


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What rules may need.

    Attributes:
        context: The evaluation context.
        now: What ``now()`` is; aware.
        sources: Additional frames by their alias.
        history: Earlier values in the same context.
        files: The store of file rules; without one, they cannot be decided.
        input_files: The files that the frame was read from, as URIs; None asks Spark, which does
            not know them of a frame that is kept in memory.
        composite_method: How composites are evaluated.
        filtered_rows: What is said of rows that a ``where`` leaves out.
        labels_in_rows: Whether row-level outcomes name rules with their labels.
        observe: Whether DetectAnomalies tells what it noticed.
    """

    context: str = "default_context"
    now: datetime = field(default_factory=_now)
    sources: Mapping[str, DataFrame] = field(default_factory=dict)
    history: History = NO_HISTORY
    files: Files | None = None
    input_files: Sequence[str] | None = None
    composite_method: CompositeMethod = CompositeMethod.COLUMN
    filtered_rows: FilteredRows = FilteredRows.PASSED
    labels_in_rows: bool = False
    observe: bool = True
