"""Transforms of DataFrames, by Glue's names."""

from __future__ import annotations

from gluepot.jobs.script_api.dataframe_mapping import ApplyMapping

ALL_TRANSFORMS = frozenset({ApplyMapping})

__all__ = ["ApplyMapping"]
