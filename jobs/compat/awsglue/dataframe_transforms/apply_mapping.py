"""ApplyMapping of DataFrames, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.script_api.dataframe_mapping import ApplyMapping

__all__ = ["ApplyMapping"]
