"""UnnestFrame, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import GlueTransform, UnnestFrame

__all__ = ["GlueTransform", "UnnestFrame"]
