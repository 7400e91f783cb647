"""AWS Glue's learned transforms by their own names, over gluepot."""

from __future__ import annotations
