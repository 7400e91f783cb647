"""A crawl's files read by a Spark cluster: the workers run what one process runs, each a part."""

from __future__ import annotations

import pickle
from itertools import islice
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.reading.file_worker import FOOTER, FileRead, FileWorker
from gluepot.crawlers.sources.objects import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa
    from pyspark.sql import SparkSession

    from gluepot.crawlers.classifiers.base import Classifier, FileSchema
    from gluepot.crawlers.reading.engine import ReadingPlace
    from gluepot.crawlers.reading.file_worker import Answer
    from gluepot.crawlers.reading.sampling import SamplingPolicy
    from gluepot.crawlers.sources.config import S3Config

FOOTERS_A_TASK = 2_000
HEADS_A_TASK = 50
"""A head takes a read and a classification, a footer next to nothing."""


class SparkEngine:
    """Reads files in the executors of a Spark session; they need gluepot and the store's network.

    What travels is pickled, as Spark's own functions are: chunks of files out, answers back.
    """

    def __init__(self, session: SparkSession) -> None:
        self._session = session

    def run(self, place: ReadingPlace, reads: Iterable[FileRead]) -> Iterator[Answer]:
        """Yield an answer for each file, in any order.

        Raises:
            PySparkException: The job failed.
        """
        chunks = [(pickle.dumps(chunk),) for chunk in _chunks(reads)]
        if not chunks:
            return
        read = _reader(place.config, place.root, place.policy, tuple(place.classifiers))
        frame = self._session.createDataFrame(chunks, "chunk binary").repartition(len(chunks))
        interned = _Interned()
        for row in frame.mapInArrow(read, "answers binary").toLocalIterator(
            prefetchPartitions=True
        ):
            for answer in pickle.loads(bytes(row.answers)):  # noqa: S301 - from our own executors
                yield interned.answer(answer)


def _chunks(reads: Iterable[FileRead]) -> Iterator[list[FileRead]]:
    footers: list[FileRead] = []
    heads: list[FileRead] = []
    for read in reads:
        (footers if read.head_bytes == FOOTER else heads).append(read)
    for kind, size in ((footers, FOOTERS_A_TASK), (heads, HEADS_A_TASK)):
        rest = iter(kind)
        while chunk := list(islice(rest, size)):
            yield chunk


def _reader(
    config: S3Config, root: str, policy: SamplingPolicy, classifiers: tuple[Classifier, ...]
) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    """Return what an executor does: it holds nothing that only the driver has."""

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415 - in the executor

        worker = FileWorker(open_source(root, config), root, policy, classifiers)
        for batch in batches:
            chunks = batch.column("chunk").to_pylist()
            # One pickle a chunk, so that its files share their schemas on the way back too.
            answers = [
                pickle.dumps(list(worker.run(pickle.loads(chunk))))  # noqa: S301 - from our driver
                for chunk in chunks
            ]
            yield pa.RecordBatch.from_arrays([pa.array(answers, pa.binary())], ["answers"])

    return read


class _Interned:
    """Makes the columns of equal Parquet schemas one object again, whoever read them."""

    def __init__(self) -> None:
        self._schemas: dict[Any, FileSchema] = {}
        self._known: dict[int, tuple[FileSchema, FileSchema]] = {}

    def answer(self, answer: Answer) -> Answer:
        """Return an answer whose schema is the one that all such files have."""
        schema = answer.result.schema
        if schema is None or schema.format != "parquet" or not schema.exact:
            return answer
        known = self._known.get(id(schema))
        if known is None or known[0] is not schema:
            columns = tuple((column.name, column.type) for column in schema.columns)
            known = schema, self._schemas.setdefault((columns, schema.warnings), schema)
            self._known[id(schema)] = known
        return answer._replace(result=answer.result._replace(schema=known[1]))
