"""Quality gates: rules evaluated between the steps and the sinks, their results kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.errors import QualityGateError
from gluepot.jobs.store import GateResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.jobs.pipeline import GateSpec
    from gluepot.jobs.workshop import Workshop
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.quality import EarlierResult, QualityResult, ReportPaths

TREND = 30
"""How many earlier results a report shows."""


def check_gates(
    gates: tuple[GateSpec, ...], frames: Mapping[str, DynamicFrame], workshop: Workshop
) -> None:
    """Evaluate every gate, write its report, and keep its result.

    Raises:
        QualityGateError: A gate with ``on_failure: fail`` did not hold. All gates are evaluated
            before, so that one run tells everything.
    """
    failures = [
        failure
        for gate in gates
        if (failure := _check(gate, frames[gate.input], workshop)) is not None
    ]
    if failures:
        raise failures[0]


def _check(gate: GateSpec, frame: DynamicFrame, workshop: Workshop) -> QualityGateError | None:
    # Great Expectations takes seconds to import, and jobs without gates do without it.
    from gluepot.transforms.quality import Severity, evaluate, parse_rules  # noqa: PLC0415

    result = evaluate(frame.toDF(), parse_rules(list(gate.rules)), name=gate.name)
    paths = _report(gate, result, workshop)
    workshop.jobs.record_gate(
        GateResult(
            run_id=workshop.run_id,
            job_name=workshop.job_name,
            gate=gate.name,
            on_failure=gate.on_failure,
            passed=result.passed,
            result=result.to_json(),
            html_report=str(paths.html),
            json_report=str(paths.json),
        )
    )
    kept = {"gate": gate.name, "verdict": result.verdict, "report": str(paths.html)}
    workshop.note(quality=[*workshop.metrics.get("quality", ()), kept])
    if result.passed or gate.on_failure == "warn":
        return None
    failed = tuple(
        rule.sentence
        for rule in result.rules
        if not rule.passed and rule.severity is Severity.CRITICAL
    )
    return QualityGateError(gate.name, failed, str(paths.html))


def _report(gate: GateSpec, result: QualityResult, workshop: Workshop) -> ReportPaths:
    from gluepot.transforms.quality import ReportContext, write_report  # noqa: PLC0415

    context = ReportContext(
        job_name=workshop.job_name,
        run_id=workshop.run_id,
        checked_at=workshop.clock(),
        table=gate.input,
        earlier=_earlier(gate, workshop),
    )
    folder = workshop.home / "reports" / workshop.job_name / workshop.run_id
    return write_report(result, folder=folder, context=context)


def _earlier(gate: GateSpec, workshop: Workshop) -> Sequence[EarlierResult]:
    from gluepot.transforms.quality import EarlierResult, Verdict  # noqa: PLC0415

    found = workshop.jobs.list_gates(job_name=workshop.job_name, gate=gate.name, limit=TREND)
    return [
        EarlierResult(
            at=one.created_at, score=one.result["score"], verdict=Verdict(one.result["verdict"])
        )
        for one in reversed(found)
        if one.created_at is not None
    ]
