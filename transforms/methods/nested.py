# ruff: noqa: N803, PLR0913, PLR0917  (names, signatures and defaults are Glue's)
"""The method forms of transforms of nested records and of frames that are split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms.methods.base import FrameMethods
from gluepot.transforms.relationalize import Relationalize
from gluepot.transforms.split import SplitFields, SplitRows
from gluepot.transforms.unnest import UnnestFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gluepot.transforms.collection import DynamicFrameCollection
    from gluepot.transforms.frame import DynamicFrame


class NestedMethods(FrameMethods):
    """Mixed into DynamicFrame; the transform's class says what each method does."""

    def relationalize(
        self,
        root_table_name: str,
        staging_path: str | None,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """See Relationalize."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Relationalize()(self._frame, staging_path, root_table_name, options, *tail)

    def unnest(
        self,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See UnnestFrame."""
        return UnnestFrame()(self._frame, transformation_ctx, info, stageThreshold, totalThreshold)

    def split_fields(
        self,
        paths: str | Iterable[str],
        name1: str,
        name2: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """See SplitFields."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return SplitFields()(self._frame, paths, name1, name2, *tail)

    def split_rows(
        self,
        comparison_dict: Mapping[str, Mapping[str, object]],
        name1: str,
        name2: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """See SplitRows."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return SplitRows()(self._frame, comparison_dict, name1, name2, *tail)
