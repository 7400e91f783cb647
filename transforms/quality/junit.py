"""A result as JUnit's XML, which build servers show as tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from gluepot.transforms.quality.page import RuleView
from gluepot.transforms.quality.rules import Severity

if TYPE_CHECKING:
    from gluepot.transforms.quality.context import ReportContext
    from gluepot.transforms.quality.result import QualityResult, RuleResult

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def junit_xml(result: QualityResult, context: ReportContext) -> str:
    """Return a document with one test case for each rule.

    A critical rule that does not hold is a failure, one that could not be decided an error, and
    one that only warns is skipped with its message: it does not fail a build.
    """
    seconds = f"{result.timings.cache_seconds + result.timings.rules_seconds:.3f}"
    cases = [_case(rule, context) for rule in result.rules]
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": seconds,
    }
    root = ET.Element("testsuites", {"name": "gluepot quality", **counts})
    about = {"name": _text(result.name), "timestamp": context.checked_at.isoformat()}
    suite = ET.SubElement(root, "testsuite", {**about, **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result, context).items():
        ET.SubElement(properties, "property", {"name": name, "value": _text(value)})
    suite.extend(cases)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _properties(result: QualityResult, context: ReportContext) -> dict[str, str]:
    known = {
        "table": context.table,
        "job": context.job_name,
        "run": context.run_id,
        "verdict": result.verdict,
        "score": f"{result.score:.4f}",
        "rows": str(result.row_count),
        "engine": result.engine,
    }
    return {name: value for name, value in known.items() if value is not None}


def _case(rule: RuleResult, context: ReportContext) -> ET.Element:
    found = context.table or context.job_name
    name = {"classname": _text(found), "name": _text(f"{rule.name}: {rule.sentence}"), "time": "0"}
    case = ET.Element("testcase", name)
    if rule.passed:
        return case
    view = RuleView.of(rule, context)
    observed = f"found {view.observed.text}" if view.observed is not None else ""
    bound = f"must be {view.bound}" if view.bound else ""
    message = ", ".join(filter(None, (observed, bound))) or " ".join(view.notes) or "does not hold"
    told = ET.SubElement(case, _outcome(rule), {"message": _text(message)})
    notes = (view.description, *view.notes, view.trend.since, rule.expectation)
    told.text = _text("\n".join(filter(None, notes)))
    return case


def _outcome(rule: RuleResult) -> str:
    if rule.severity is Severity.WARNING:
        return "skipped"
    return "failure" if rule.error is None else "error"


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
