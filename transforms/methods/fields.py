# ruff: noqa: N803, PLR0913, PLR0917, FBT001, FBT002  (names and signatures are Glue's)
"""The method forms of transforms of fields, rows and pairs of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms.duplicates import DropDuplicates
from gluepot.transforms.fields import DropFields, RenameField, SelectFields
from gluepot.transforms.join import Join, Union
from gluepot.transforms.mapping import ApplyMapping
from gluepot.transforms.methods.base import FrameMethods
from gluepot.transforms.nulls import DropNullFields
from gluepot.transforms.rows import Filter, Map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.record import DynamicRecord


class FieldMethods(FrameMethods):
    """Mixed into DynamicFrame; the transform's class says what each method does."""

    def drop_fields(
        self,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See DropFields."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return DropFields()(self._frame, paths, *tail)

    def select_fields(
        self,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See SelectFields."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return SelectFields()(self._frame, paths, *tail)

    def rename_field(
        self,
        oldName: str,
        newName: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See RenameField."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return RenameField()(self._frame, oldName, newName, *tail)

    def drop_null_fields(
        self,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        *,
        all_null: bool = False,
    ) -> DynamicFrame:
        """See DropNullFields."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return DropNullFields()(self._frame, *tail, all_null=all_null)

    def filter(
        self,
        f: Callable[[DynamicRecord], object] | str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See Filter."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Filter()(self._frame, f, *tail)

    def map(
        self,
        f: Callable[[DynamicRecord], Any] | Mapping[str, str],
        preservesPartitioning: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See Map."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Map()(self._frame, f, preservesPartitioning, *tail)

    def join(
        self,
        paths1: str | Sequence[str],
        paths2: str | Sequence[str],
        frame2: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See Join."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Join()(self._frame, frame2, paths1, paths2, *tail)

    def union(
        self,
        other_frame: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See Union."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Union()(self._frame, other_frame, *tail)

    def apply_mapping(
        self,
        mappings: Iterable[Sequence[str]],
        case_sensitive: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See ApplyMapping."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return ApplyMapping()(self._frame, mappings, case_sensitive, *tail)

    def drop_duplicates(self, **options: Any) -> DynamicFrame:  # noqa: ANN401
        """See DropDuplicates, which has the names of the options; Glue has no such method."""
        return DropDuplicates()(self._frame, **options)

    applyMapping = apply_mapping  # noqa: N815
