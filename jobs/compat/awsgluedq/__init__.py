"""AWS Glue's data quality by its own names, over gluepot."""

from __future__ import annotations
