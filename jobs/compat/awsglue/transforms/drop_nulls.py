"""DropNullFields, where scripts import it from."""

from __future__ import annotations

from gluepot.transforms import DropFields, DropNullFields, GlueTransform
from gluepot.transforms.gluetypes import ArrayType, NullType, StructType

__all__ = ["ArrayType", "DropFields", "DropNullFields", "GlueTransform", "NullType", "StructType"]
