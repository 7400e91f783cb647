"""DataSource, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.script_api.data_source import DataSource

__all__ = ["DataSource"]
