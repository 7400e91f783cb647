"""Relationalize, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import GlueTransform, Relationalize

__all__ = ["GlueTransform", "Relationalize"]
