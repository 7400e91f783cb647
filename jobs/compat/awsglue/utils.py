"""Job arguments, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.parameters.arguments import (
    GlueArgumentError,
    GlueArgumentParser,
    getResolvedOptions,
)
from gluepot.jobs.script_api.job import Job

__all__ = ["GlueArgumentError", "GlueArgumentParser", "Job", "getResolvedOptions"]
