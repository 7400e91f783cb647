"""Job arguments, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.arguments import GlueArgumentError, getResolvedOptions

__all__ = ["GlueArgumentError", "getResolvedOptions"]
