"""ErrorsAsDynamicFrame, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import ErrorsAsDynamicFrame, GlueTransform

__all__ = ["ErrorsAsDynamicFrame", "GlueTransform"]
