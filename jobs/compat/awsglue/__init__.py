"""AWS Glue's library by its own names, over gluepot.

This folder goes on Python's path of script jobs only; it is never installed at the top level, where
it would shadow AWS's own library.
"""

from __future__ import annotations

from gluepot.jobs.context import GlueContext
from gluepot.transforms.frame import DynamicFrame

__all__ = ["DynamicFrame", "GlueContext"]
