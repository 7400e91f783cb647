"""The reader of DataFrames, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.script_api.readers import DataFrameReader

__all__ = ["DataFrameReader"]
