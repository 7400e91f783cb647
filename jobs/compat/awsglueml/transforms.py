"""Learned transforms, where scripts import them from."""

from __future__ import annotations

from gluepot.jobs.script_api.find_matches import FindIncrementalMatches, FindMatches
from gluepot.jobs.script_api.other_transforms import EntityDetector
from gluepot.transforms.fill_missing import FillMissingValues

__all__ = ["EntityDetector", "FillMissingValues", "FindIncrementalMatches", "FindMatches"]
