"""DataSource and what it reads, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.script_api.data_source import DataSource
from gluepot.transforms.frame import DynamicFrame

__all__ = ["DataSource", "DynamicFrame"]
