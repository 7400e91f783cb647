"""GlueContext and what it makes, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.context import GlueContext
from gluepot.jobs.file_sinks.script_sinks import DataSink
from gluepot.jobs.script_api.data_source import DataSource
from gluepot.jobs.script_api.readers import (
    DataFrameReader,
    DataFrameWriter,
    DynamicFrameReader,
    DynamicFrameWriter,
)
from gluepot.jobs.streaming.reading import StreamingDataSource
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.gluetypes import DataType

__all__ = [
    "DataFrameReader",
    "DataFrameWriter",
    "DataSink",
    "DataSource",
    "DataType",
    "DynamicFrame",
    "DynamicFrameCollection",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "GlueContext",
    "StreamingDataSource",
]
