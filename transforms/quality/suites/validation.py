"""Results as Great Expectations tells them: the JSON of its validation results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.rules import Severity

if TYPE_CHECKING:
    from gluepot.transforms.quality.context import ReportContext
    from gluepot.transforms.quality.result import QualityResult, RuleResult

DQDL = "dqdl"
"""The type of what a rule of DQDL is told as; its text is the parameter ``rule``."""


def validation_result(result: QualityResult, context: ReportContext) -> dict[str, Any]:
    """Return a result as the library's own ``to_json_dict`` has one.

    Values of masked columns are in none of it, as in the report.
    """
    held = sum(rule.passed for rule in result.rules)
    count = len(result.rules)
    return {
        "success": held == count,
        "suite_name": result.name,
        "suite_parameters": {},
        "id": None,
        "statistics": {
            "evaluated_expectations": count,
            "successful_expectations": held,
            "unsuccessful_expectations": count - held,
            "success_percent": held / count * 100 if count else None,
        },
        "meta": {
            "engine": result.engine,
            "run_id": {"run_name": context.run_id, "run_time": context.checked_at.isoformat()},
            "active_batch_definition": {
                "datasource_name": "gluepot",
                "data_asset_name": context.table or context.job_name,
            },
            "gluepot": {"verdict": result.verdict, "row_count": result.row_count},
        },
        "results": [_rule(rule, result.row_count) for rule in result.rules],
    }


def _rule(rule: RuleResult, row_count: int) -> dict[str, Any]:
    is_dqdl = not rule.expectation.startswith(("expect_", "unexpected_"))
    kwargs = {"rule": rule.expectation} if is_dqdl else dict(rule.parameters)
    severity = "critical" if rule.severity is Severity.CRITICAL else "warning"
    return {
        "success": rule.passed,
        "expectation_config": {
            "type": DQDL if is_dqdl else rule.expectation,
            "kwargs": kwargs,
            "meta": {"name": rule.name, "sentence": rule.sentence},
            "severity": severity,
        },
        "result": _details(rule, row_count),
        "meta": {},
        "exception_info": {
            "raised_exception": rule.error is not None,
            "exception_message": None if rule.error is None else rule.error.message,
            "exception_traceback": None,
        },
    }


def _details(rule: RuleResult, row_count: int) -> dict[str, Any]:
    if rule.error is not None:
        return {}
    if rule.checked_count is None:
        return {"observed_value": rule.observed}
    missing = rule.missing_count or 0
    return {
        "element_count": rule.checked_count + missing,
        "unexpected_count": rule.unexpected_count,
        "unexpected_percent": rule.unexpected_percent,
        "partial_unexpected_list": list(rule.examples),
        "missing_count": missing,
        "missing_percent": missing / row_count * 100 if row_count else None,
    }
