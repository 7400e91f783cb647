# ruff: noqa: A002, N802, N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""The method forms of transforms of choices and of values that hold records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms.ddb_json import SimplifyDDBJson, UnnestDDBJson
from gluepot.transforms.methods.base import FrameMethods
from gluepot.transforms.resolve import ResolveChoice
from gluepot.transforms.unbox import Unbox

if TYPE_CHECKING:
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.resolve import Specs


class ChoiceMethods(FrameMethods):
    """Mixed into DynamicFrame; the transform's class says what each method does."""

    def resolveChoice(
        self,
        specs: Specs | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        catalog_id: str | None = None,
    ) -> DynamicFrame:
        """See ResolveChoice."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold, catalog_id)
        return ResolveChoice()(self._frame, specs, choice, database, table_name, *tail)

    def unbox(
        self,
        path: str,
        format: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        **options: Any,  # noqa: ANN401
    ) -> DynamicFrame:
        """See Unbox."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return Unbox()(self._frame, path, format, *tail, **options)

    def simplify_ddb_json(
        self,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See SimplifyDDBJson."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return SimplifyDDBJson()(self._frame, *tail)

    def unnest_ddb_json(
        self,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """See UnnestDDBJson."""
        tail = (transformation_ctx, info, stageThreshold, totalThreshold)
        return UnnestDDBJson()(self._frame, *tail)
