"""A few records of a stream as a frame at rest, to write a job against."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.errors import StreamingQueryException

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.streaming.classic import check_stream
from gluepot.jobs.streaming.inference import with_inferred_columns
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, Row
    from pyspark.sql.types import StructType

    from gluepot.jobs.context import GlueContext

    BatchFunction = Callable[[DataFrame, int], Any]

POLLING_MS = 10_000
RECORDS = 100
WINDOW = "5 seconds"
_UNITS = {"millisecond": 1, "second": 1_000, "minute": 60_000, "hour": 3_600_000}
_WINDOW = re.compile(r"\s*(\d+)\s*(millisecond|second|minute|hour)s?\s*")


@dataclass(frozen=True, kw_only=True)
class SampleOptions:
    """How long a stream is listened to, and how many records are enough."""

    window: str
    polling_ms: int
    records: int


def read_sample_options(options: Mapping[str, Any]) -> SampleOptions:
    """Return Glue's options: ``windowSize``, ``pollingTimeInMs``, ``recordPollingLimit``.

    Raises:
        InvalidInputError: One is no number, or polling would end before the first window does.
    """
    window = str(options.get("windowSize", WINDOW))
    polling = _number(options, "pollingTimeInMs", POLLING_MS)
    if polling <= window_ms(window):
        raise InvalidInputError(
            f"pollingTimeInMs, {polling}, must be more than windowSize, {window!r}"
        )
    records = _number(options, "recordPollingLimit", RECORDS)
    return SampleOptions(window=window, polling_ms=polling, records=records)


def window_ms(window: str) -> int:
    """Return a window such as ``5 seconds`` in milliseconds.

    >>> window_ms("2 minutes")
    120000

    Raises:
        InvalidInputError: It is not a number and a unit.
    """
    found = _WINDOW.fullmatch(window.lower())
    if found is None:
        raise InvalidInputError(
            f"windowSize {window!r} is not a number and a unit, such as '100 seconds'"
        )
    return int(found[1]) * _UNITS[found[2]]


def _number(options: Mapping[str, Any], name: str, default: int) -> int:
    text = str(options.get(name, default))
    if not text.isdecimal() or int(text) == 0:
        raise InvalidInputError(f"{name} is a number above 0, not {text!r}")
    return int(text)


def sample_stream(
    context: GlueContext,
    frame: DataFrame,
    options: Mapping[str, Any],
    batch_function: BatchFunction | None = None,
) -> DynamicFrame:
    """Return the first records that a stream gives while it is listened to.

    What was read is remembered nowhere: the next sample, and the job, begin anew.

    Args:
        context: Whose script this is.
        frame: A streaming DataFrame.
        options: ``windowSize`` (5 seconds), ``pollingTimeInMs`` (10000), ``recordPollingLimit``
            (100).
        batch_function: Called with a batch and its number; the DataFrame or DynamicFrame that it
            returns is sampled instead of the batch.

    Raises:
        InvalidInputError: An option is wrong, or the frame is no stream of classic Spark.
        Exception: What the batch function raised.
    """
    settings = read_sample_options(options)
    check_stream(frame, "getSampleStreamingDynamicFrame")
    sample = _Sample(settings.records, batch_function)
    query = (
        frame.writeStream.foreachBatch(sample.take).trigger(processingTime=settings.window).start()
    )
    try:
        if not sample.enough.wait(settings.polling_ms / 1000):
            # A stream that died says why here; one that lives returns at once.
            query.awaitTermination(1)
    except StreamingQueryException as error:
        raise sample.failure or error from None
    finally:
        query.stop()
    if sample.failure is not None:
        raise sample.failure
    return DynamicFrame(sample.frame(frame), context, "sample")


class _Sample:
    """The records so far: few, so they are kept here and not in Spark."""

    def __init__(self, limit: int, batch_function: BatchFunction | None) -> None:
        self.enough = threading.Event()
        self.failure: BaseException | None = None
        self._left = limit
        self._function = batch_function
        self._pieces: list[tuple[list[Row], StructType]] = []

    def take(self, rows: DataFrame, number: int) -> None:
        """Keep as many records of a batch as are wanted still."""
        try:
            self._take(rows, number)
        except BaseException as error:
            self.failure = error
            self.enough.set()
            raise

    def _take(self, rows: DataFrame, number: int) -> None:
        if self._left <= 0 or rows.isEmpty():
            return
        chosen = self._apply(rows, number).limit(self._left)
        kept = chosen.collect()
        self._left -= len(kept)
        self._pieces.append((kept, chosen.schema))
        if self._left <= 0:
            self.enough.set()

    def _apply(self, rows: DataFrame, number: int) -> DataFrame:
        if self._function is None:
            return rows
        batch = with_inferred_columns(rows)
        made = self._function(batch, number)
        if isinstance(made, DynamicFrame):
            return made.toDF()
        return batch if made is None else made

    def frame(self, stream: DataFrame) -> DataFrame:
        """Return what was kept, the columns of all batches together."""
        spark = stream.sparkSession
        if not self._pieces:
            return spark.createDataFrame([], stream.schema)
        first, *others = (spark.createDataFrame(rows, schema) for rows, schema in self._pieces)
        for other in others:
            first = first.unionByName(other, allowMissingColumns=True)
        return with_inferred_columns(first)
