"""forEachBatch: a function called with each micro-batch of a stream, again when it fails.

A stream ends when a batch fails. It is then started again from its checkpoint, which holds what
the batch consisted of, so the function is given the same rows under the same number.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING, Any

from pyspark import StorageLevel
from pyspark.errors import StreamingQueryException

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.runs.failure import brief
from gluepot.jobs.streaming.classic import check_stream
from gluepot.jobs.streaming.current import Batch, working_on
from gluepot.jobs.streaming.inference import with_inferred_columns
from gluepot.transforms.kept import letting_go

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.query import StreamingQuery

    from gluepot.jobs.context import GlueContext

    BatchFunction = Callable[[DataFrame, int], Any]

MOST_RETRIES = 100
PAUSES = (1, 2, 5)
"""Seconds before the first, the second and each further retry."""

FINAL = "CheckpointMetadataNotFound"
"""How the text of an error begins that another try cannot help."""

START_SECONDS = 60
"""How long the first batch waits to be told which stream it is of."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How batches are cut and worked on.

    Attributes:
        window: Time from one batch to the next, such as ``100 seconds``.
        checkpoint: The folder that holds what was read.
        retries: How often a batch that fails is tried again.
        storage_level: How the rows of a batch are kept while it is worked on; None to not.
        drains: Whether the stream ends when a look finds nothing new.
    """

    window: str
    checkpoint: str
    retries: int
    storage_level: StorageLevel | None
    drains: bool


def read_batch_options(options: Mapping[str, Any]) -> BatchOptions:
    """Return Glue's options of forEachBatch, and ours: ``triggerAvailableNow``.

    Raises:
        InvalidInputError: One is missing or not of its range.
    """
    for name in ("windowSize", "checkpointLocation"):
        if not options.get(name):
            raise InvalidInputError(f"Missing {name} argument")
    retries = str(options.get("batchMaxRetries", 3))
    if not retries.isdecimal() or int(retries) > MOST_RETRIES:
        raise InvalidInputError(
            f"batchMaxRetries is a number from 0 to {MOST_RETRIES}, not {retries!r}"
        )
    persists = is_true(options.get("persistDataFrame", True))
    level = str(options.get("storageLevel", "MEMORY_AND_DISK"))
    return BatchOptions(
        window=str(options["windowSize"]),
        checkpoint=str(options["checkpointLocation"]),
        retries=int(retries),
        storage_level=_storage_level(level) if persists else None,
        drains=is_true(options.get("triggerAvailableNow", False)),
    )


def _storage_level(name: str) -> StorageLevel:
    levels = {key: level for key, level in vars(StorageLevel).items() if key.isupper()}
    if name.upper() not in levels:
        raise InvalidInputError(
            f"storageLevel {name!r} is not known.{did_you_mean(name.upper(), levels)}"
            f" There are: {', '.join(levels)}"
        )
    found: StorageLevel = levels[name.upper()]
    return found


def for_each_batch(
    context: GlueContext,
    frame: DataFrame,
    batch_function: BatchFunction,
    options: Mapping[str, Any],
) -> None:
    """Call ``batch_function(data_frame, batch_id)`` with each batch that has rows, until stopped.

    Args:
        context: Whose script this is.
        frame: A streaming DataFrame.
        batch_function: Runs in the driver; given again the batch in which it raised.
        options: ``windowSize``, ``checkpointLocation``, ``batchMaxRetries`` (3),
            ``persistDataFrame`` (true), ``storageLevel`` (MEMORY_AND_DISK), and
            ``triggerAvailableNow`` (false): end when a look finds nothing new.

    Raises:
        InvalidInputError: An option is missing or wrong, or the frame no stream of classic Spark.
        Exception: What the batch function raised when its retries were used up.
        StreamingQueryException: The stream itself failed that often.
    """
    _ = context
    settings = read_batch_options(options)
    check_stream(frame, "forEachBatch")
    stream = _Stream(frame, batch_function, settings)
    failures = 0
    while True:
        done = stream.batches_done
        try:
            stream.run()
        except StreamingQueryException as error:
            failures = 1 if stream.batches_done > done else failures + 1
            cause = stream.failure or error
            if failures > settings.retries or _is_final(cause) or _is_final(error):
                raise cause from None
            pause = PAUSES[min(failures, len(PAUSES)) - 1]
            logger.warning(
                "Try %d of %d in %d s: %s", failures, settings.retries, pause, brief(cause)
            )
            sleep(pause)
        else:
            # Of some sources Spark takes one batch and no more before it ends by itself.
            if not settings.drains or stream.batches_done == done:
                return


def _is_final(error: BaseException) -> bool:
    return any(text.startswith(FINAL) for text in (str(error), brief(error)))


class _Stream:
    """A stream that can be started again and again from its checkpoint."""

    def __init__(
        self, frame: DataFrame, batch_function: BatchFunction, settings: BatchOptions
    ) -> None:
        self.batches_done = 0
        self.failure: BaseException | None = None
        self._frame = frame
        self._function = batch_function
        self._settings = settings
        # Spark calls from a thread of its own, which knows nothing of the job's run.
        self._variables = contextvars.copy_context()
        self._id: str | None = None
        self._started = threading.Event()

    def run(self) -> None:
        """Start the stream and wait for its end."""
        self.failure = None
        query = self._start()
        try:
            self._id = str(query.id)
            self._started.set()
            query.awaitTermination()
        finally:
            query.stop()

    def _start(self) -> StreamingQuery:
        settings = self._settings
        writer = self._frame.writeStream.foreachBatch(self._take)
        writer = writer.option("checkpointLocation", settings.checkpoint)
        if settings.drains:
            return writer.trigger(availableNow=True).start()
        return writer.trigger(processingTime=settings.window).start()

    def _take(self, rows: DataFrame, number: int) -> None:
        try:
            self._variables.run(self._work, rows, number)
        except BaseException as error:
            # Spark hands on the text alone; the place in the script is in the error itself.
            self.failure = error
            raise
        self.batches_done += 1

    def _work(self, rows: DataFrame, number: int) -> None:
        if not self._started.wait(START_SECONDS) or self._id is None:
            raise AssertionError("the stream began without being told its name")
        level = self._settings.storage_level
        if level is None:
            if not rows.isEmpty():
                self._call(rows, number)
            return
        rows = rows.persist(level)
        try:
            if rows.count():
                self._call(rows, number)
        finally:
            rows.unpersist()

    def _call(self, rows: DataFrame, number: int) -> None:
        # A stream lives for months: what Map and its like keep is let go with the batch.
        with working_on(Batch(stream_id=str(self._id), number=number)), letting_go():
            self._function(with_inferred_columns(rows), number)
