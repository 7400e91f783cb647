"""GlueContext, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.context import GlueContext
from gluepot.jobs.script_api.readers import (
    DataFrameReader,
    DataFrameWriter,
    DynamicFrameReader,
    DynamicFrameWriter,
)
from gluepot.transforms.frame import DynamicFrame

__all__ = [
    "DataFrameReader",
    "DataFrameWriter",
    "DynamicFrame",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "GlueContext",
]
