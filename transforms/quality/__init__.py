"""What must hold of rows: rules, their evaluation and the report.

Names are imported on first use: rules are checked without Spark, and evaluated only where a job
has some.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.transforms.quality.context import EarlierResult, ReportContext
    from gluepot.transforms.quality.evaluation import evaluate
    from gluepot.transforms.quality.report import ReportPaths, write_report
    from gluepot.transforms.quality.result import QualityResult, RuleResult, Verdict
    from gluepot.transforms.quality.rules import Rule, Severity, parse_rules

__all__ = [
    "EarlierResult",
    "QualityResult",
    "ReportContext",
    "ReportPaths",
    "Rule",
    "RuleResult",
    "Severity",
    "Verdict",
    "evaluate",
    "parse_rules",
    "write_report",
]

_HOMES = {
    "EarlierResult": "context",
    "QualityResult": "result",
    "ReportContext": "context",
    "ReportPaths": "report",
    "Rule": "rules",
    "RuleResult": "result",
    "Severity": "rules",
    "Verdict": "result",
    "evaluate": "evaluation",
    "parse_rules": "rules",
    "write_report": "report",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
