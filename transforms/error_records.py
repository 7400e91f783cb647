"""ErrorsAsDynamicFrame: the records that failed, as a frame of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms.base import GlueTransform

if TYPE_CHECKING:
    from gluepot.transforms.frame import DynamicFrame


class ErrorsAsDynamicFrame(GlueTransform):
    """Return the records that failed in the making of a frame."""

    def __call__(self, frame: DynamicFrame) -> DynamicFrame:
        """Return a frame of one column ``error``, a record for each that failed up to ``frame``.

        Args:
            frame: Any frame; see its ``errorsAsDynamicFrame``.
        """
        return frame.errorsAsDynamicFrame()
