"""EvaluateDataQuality, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.script_api.other_transforms import EvaluateDataQuality

__all__ = ["EvaluateDataQuality"]
