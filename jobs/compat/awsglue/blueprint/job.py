"""Job: a job of a blueprint's layout."""

from __future__ import annotations

from gluepot.jobs.blueprints.layout import Job

__all__ = ["Job"]
