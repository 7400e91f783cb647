"""Profiles of rows: what columns hold, in sketches that merge.

Names are imported on first use: profiles are read and merged without Spark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.transforms.quality.profiling.model import (
        ColumnProfile,
        FrameProfile,
        Key,
        Kind,
        Profile,
        merged,
    )
    from gluepot.transforms.quality.profiling.reading import profile_frame
    from gluepot.transforms.quality.profiling.statistics import column_statistics

__all__ = [
    "ColumnProfile",
    "FrameProfile",
    "Key",
    "Kind",
    "Profile",
    "column_statistics",
    "merged",
    "profile_frame",
]

_HOMES = {
    "ColumnProfile": "model",
    "FrameProfile": "model",
    "Key": "model",
    "Kind": "model",
    "Profile": "model",
    "column_statistics": "statistics",
    "merged": "model",
    "profile_frame": "reading",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
