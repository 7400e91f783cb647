"""What the method forms have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from gluepot.transforms.frame import DynamicFrame


class FrameMethods:
    """Mixed into DynamicFrame; the transform's class says what each method does."""

    @property
    def _frame(self) -> DynamicFrame:
        return cast("DynamicFrame", self)
