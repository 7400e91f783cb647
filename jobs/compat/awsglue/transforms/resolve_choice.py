"""ResolveChoice, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import GlueTransform, ResolveChoice

__all__ = ["GlueTransform", "ResolveChoice"]
