"""Quality gates: rules evaluated between the steps and the sinks, their results kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.errors import QualityGateError
from gluepot.jobs.store import GateResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.pipeline import GateSpec
    from gluepot.jobs.workshop import Workshop
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.quality import EarlierResult


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


def _earlier(gate: GateSpec, workshop: Workshop) -> tuple[EarlierResult, ...]:
    """Return what the same gate found before, oldest first."""
    from gluepot.transforms.quality import EarlierResult, Verdict  # noqa: PLC0415

    kept = workshop.jobs.list_gates(job_name=workshop.job_name)
    return tuple(
        EarlierResult(
            at=item.created_at, score=item.result["score"], verdict=Verdict(item.result["verdict"])
        )
        for item in reversed(kept)
        if item.gate == gate.name and item.created_at is not None
    )


def _check(gate: GateSpec, frame: DynamicFrame, workshop: Workshop) -> QualityGateError | None:
    from gluepot.transforms.quality import (  # noqa: PLC0415 - Great Expectations takes seconds
        ReportContext,
        evaluate,
        parse_rules,
        write_report,
    )

    result = evaluate(frame.toDF(), parse_rules(list(gate.rules)), name=gate.name)
    folder = workshop.home / "reports" / workshop.job_name / workshop.run_id
    context = ReportContext(
        job_name=workshop.job_name,
        run_id=workshop.run_id,
        checked_at=workshop.clock(),
        table=gate.input,
        earlier=_earlier(gate, workshop),
    )
    paths = write_report(result, folder=folder, context=context)
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
    if result.passed or gate.on_failure == "warn":
        return None
    failed = tuple(rule.sentence for rule in result.rules if not rule.passed)
    return QualityGateError(gate.name, failed, str(paths.html))
