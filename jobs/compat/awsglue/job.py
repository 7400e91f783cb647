"""Job, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.script_api.job import Job

__all__ = ["Job"]
