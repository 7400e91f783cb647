"""ApplyMapping, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import ApplyMapping, DropFields, GlueTransform

__all__ = ["ApplyMapping", "DropFields", "GlueTransform"]
