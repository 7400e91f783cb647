# ruff: noqa: N803, PLR0913, PLR0917, FBT001, FBT002  (names and signatures are Glue's)
"""Repartition, Coalesce and getNumPartitions: in how many parts the records lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.base import GlueTransform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame


class Repartition(GlueTransform):
    """Spread the records evenly over a number of partitions."""

    def __call__(
        self,
        frame: DynamicFrame,
        num_partitions: int,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame in that many partitions; all records move.

        Args:
            frame: Any frame.
            num_partitions: At least one.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            InvalidInputError: The number is not positive.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        _check(self.name(), num_partitions)
        return frame.derive(lambda: frame.planned().repartition(num_partitions), stage)


class Coalesce(GlueTransform):
    """Bring the records into fewer partitions."""

    def __call__(
        self,
        frame: DynamicFrame,
        num_partitions: int,
        shuffle: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame in at most that many partitions.

        Args:
            frame: Any frame.
            num_partitions: At least one. Without a shuffle there never are more than before.
            shuffle: Spread the records evenly, which moves them all; else whole partitions are
                put together where they lie.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            InvalidInputError: The number is not positive.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        _check(self.name(), num_partitions)

        def plan() -> DataFrame:
            source = frame.planned()
            if shuffle:
                return source.repartition(num_partitions)
            return source.coalesce(num_partitions)

        return frame.derive(plan, stage)


def count_partitions(source: DataFrame) -> int:
    """Return the number of partitions, empty ones too, by a run over the records.

    All columns take part, because Spark puts small partitions after a shuffle together by their
    bytes. Spark Connect has no other way to ask.
    """

    def one_row(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            pass
        yield pa.RecordBatch.from_arrays([pa.array([0], pa.int32())], names=["partition"])

    return source.mapInArrow(one_row, "partition int").count()


def _check(where: str, num_partitions: int) -> None:
    if isinstance(num_partitions, bool) or num_partitions < 1:
        raise InvalidInputError(
            f"{where}: the number of partitions is 1 or more, not {num_partitions!r}"
        )
