"""Glue's script API by parts: what GlueContext, its readers and writers, and Job are made of."""

from __future__ import annotations
