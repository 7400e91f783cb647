"""Repartition, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import GlueTransform, Repartition

__all__ = ["GlueTransform", "Repartition"]
