"""Transforms of fields and rows, where scripts import them from."""

from __future__ import annotations

from gluepot.transforms import (
    DropFields,
    GlueTransform,
    Join,
    RenameField,
    SelectFields,
    Spigot,
    SplitFields,
    SplitRows,
)

__all__ = [
    "DropFields",
    "GlueTransform",
    "Join",
    "RenameField",
    "SelectFields",
    "Spigot",
    "SplitFields",
    "SplitRows",
]
