"""EvaluateDataQuality, where scripts import it from."""

from __future__ import annotations

from gluepot.jobs.script_api.evaluate_data_quality import EvaluateDataQuality

__all__ = ["EvaluateDataQuality"]
