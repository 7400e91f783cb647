# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""mergeDynamicFrame: newer records over older ones, by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms.base import GlueTransform
from gluepot.transforms.join import joined, paired, united
from gluepot.transforms.paths import as_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame


class MergeDynamicFrame(GlueTransform):
    """Put the records of a staging frame over those with equal keys in another one (upsert)."""

    def __call__(
        self,
        frame: DynamicFrame,
        stage_dynamic_frame: DynamicFrame,
        primary_keys: str | Iterable[str],
        transformation_ctx: str = "",
        options: Mapping[str, Any] = {},  # noqa: ARG002
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the records of ``frame`` whose keys the stage lacks, and all of the stage.

        Nothing is de-duplicated: of records with equal keys all stay, or all go. A null key equals
        nothing, as in a join, so such records of ``frame`` stay. The schemas may differ and are
        merged as by Union, so that a field of different types becomes a choice.

        Args:
            frame: The older records.
            stage_dynamic_frame: The newer records.
            primary_keys: Paths of the fields that tell records apart, of equal names in both.
            transformation_ctx: See GlueTransform.
            options: Taken as Glue takes it, which documents none.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            UnknownFieldError: A key is not in both frames.
            InvalidInputError: No keys are given, or a key is text in one frame and a number in
                the other.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        keys = as_paths(primary_keys)
        pairs = paired(keys, keys)

        def merge() -> DataFrame:
            kept = joined(frame, stage_dynamic_frame, pairs, "left_anti")
            return united(kept, stage_dynamic_frame.planned())

        return frame.derive(merge, stage, stage_dynamic_frame)
