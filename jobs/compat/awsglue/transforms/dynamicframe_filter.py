"""Filter, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import Filter, GlueTransform

__all__ = ["Filter", "GlueTransform"]
