"""Crawler: a crawler of a blueprint's layout."""

from __future__ import annotations

from gluepot.jobs.blueprints.layout import Crawler

__all__ = ["Crawler"]
