"""Transforms of collections, where scripts import them from."""

from __future__ import annotations

from gluepot.transforms import FlatMap, GlueTransform, MapToCollection, SelectFromCollection

__all__ = ["FlatMap", "GlueTransform", "MapToCollection", "SelectFromCollection"]
