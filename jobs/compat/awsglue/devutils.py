"""Jobs of the catalog's server from a notebook, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.script_api.job_utils import (
    Command,
    Connections,
    ExecutionProperty,
    GlueJobUtils,
    Job,
)

__all__ = ["Command", "Connections", "ExecutionProperty", "GlueJobUtils", "Job"]
