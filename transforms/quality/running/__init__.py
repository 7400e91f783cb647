"""DQDL rules on a Spark frame: planned together, measured in few passes, told as plain data."""

from __future__ import annotations

from gluepot.transforms.quality.running.evaluate import Evaluation, evaluate_ruleset
from gluepot.transforms.quality.running.options import (
    CompositeMethod,
    FilteredRows,
    RunOptions,
)

__all__ = ["CompositeMethod", "Evaluation", "FilteredRows", "RunOptions", "evaluate_ruleset"]
