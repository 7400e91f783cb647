"""Unbox, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import GlueTransform, Unbox

__all__ = ["GlueTransform", "Unbox"]
