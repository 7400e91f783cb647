"""Coalesce, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import Coalesce, GlueTransform

__all__ = ["Coalesce", "GlueTransform"]
