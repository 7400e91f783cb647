"""Map, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import GlueTransform, Map

__all__ = ["GlueTransform", "Map"]
