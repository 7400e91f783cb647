# ruff: noqa: N802, N803, PLR0913, PLR0917, FBT001, FBT002  (names and signatures are Glue's)
"""The method forms of functions over whole partitions, and of schemas that are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms import python_rows
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.methods.base import FrameMethods
from gluepot.transforms.rows import map_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gluepot.transforms.frame import DynamicFrame

    Items = Iterator[dict[str, Any]]


class _MapPartitions(GlueTransform):
    """Named in error records."""


class FunctionMethods(FrameMethods):
    """Mixed into DynamicFrame."""

    def mapPartitions(
        self,
        f: Callable[[Items], Iterable[dict[str, Any]]],
        preservesPartitioning: bool = True,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame of what ``f`` makes of each partition.

        ``f`` gets and gives an iterator of dicts: ``record``, ``isError`` and ``errorMessage``; an
        item with ``isError`` becomes an error record.
        """
        return self.mapPartitionsWithIndex(
            lambda _, items: f(items),
            preservesPartitioning,
            transformation_ctx,
            info,
            stageThreshold,
            totalThreshold,
        )

    def mapPartitionsWithIndex(
        self,
        f: Callable[[int, Items], Iterable[dict[str, Any]]],
        preservesPartitioning: bool = False,  # noqa: ARG002
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame of what ``f`` makes of each partition; it gets its number too."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        stage = _MapPartitions().stage(*tail)
        return map_later(self._frame, lambda kind: python_rows.map_partitions(f, kind), stage)
