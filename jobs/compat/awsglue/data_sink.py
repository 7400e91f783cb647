"""DataSink and what it writes, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.file_sinks.script_sinks import DataSink
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.frame import DynamicFrame

__all__ = ["DataSink", "DynamicFrame", "DynamicFrameCollection"]
