"""The writer of DataFrames, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.script_api.readers import DataFrameWriter

__all__ = ["DataFrameWriter"]
