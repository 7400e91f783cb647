# ruff: noqa: N802, N803, PLR0913, PLR0917, FBT001, FBT002  (signatures are Glue's)
"""The method forms of transforms of whole frames: merging, sampling, partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms.merge_frames import MergeDynamicFrame
from gluepot.transforms.methods.base import FrameMethods
from gluepot.transforms.partitions import Coalesce, Repartition, count_partitions
from gluepot.transforms.spigot import Spigot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gluepot.transforms.frame import DynamicFrame


class RowMethods(FrameMethods):
    """Mixed into DynamicFrame; the transform's class says what each method does."""

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame: DynamicFrame,
        primary_keys: str | Iterable[str],
        transformation_ctx: str = "",
        options: Mapping[str, Any] = {},
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See MergeDynamicFrame."""
        tail = (transformation_ctx, options, info, stageThreshold, totalThreshold)
        return MergeDynamicFrame()(self._frame, stage_dynamic_frame, primary_keys, *tail)

    def spigot(
        self,
        path: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See Spigot."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Spigot()(self._frame, path, options, *tail)

    def repartition(
        self,
        num_partitions: int,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See Repartition."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Repartition()(self._frame, num_partitions, *tail)

    def coalesce(
        self,
        num_partitions: int,
        shuffle: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See Coalesce."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Coalesce()(self._frame, num_partitions, shuffle, *tail)

    def getNumPartitions(self) -> int:
        """Return the number of partitions, by a run over the records (see count_partitions)."""
        return count_partitions(self._frame.planned())
