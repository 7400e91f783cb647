"""Glue's own signatures beside ours."""

from __future__ import annotations
