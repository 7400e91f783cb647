"""The class that transforms are of, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import GlueTransform

__all__ = ["GlueTransform"]
