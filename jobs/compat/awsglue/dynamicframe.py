"""DynamicFrame and what makes it, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.script_api.readers import DynamicFrameReader, DynamicFrameWriter
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.record import DynamicRecord
from gluepot.transforms.resolve import ResolveOption

__all__ = [
    "DynamicFrame",
    "DynamicFrameCollection",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "DynamicRecord",
    "ResolveOption",
]
