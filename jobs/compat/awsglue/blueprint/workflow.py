"""Workflow and Entities: what ``generate_layout`` returns."""

from __future__ import annotations

from gluepot.jobs.blueprints.layout import Entities, Workflow

__all__ = ["Entities", "Workflow"]
