"""Quality gates: rules evaluated between the steps and the sinks, their results kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.jobs.errors import QualityGateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame

    from gluepot.jobs.definitions.pipeline import GateSpec
    from gluepot.jobs.quality.model import GateResult
    from gluepot.jobs.quality.rows import RowTarget
    from gluepot.jobs.quality.rulesets import Origin
    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.quality import QualityResult


_FILE_RULE = re.compile(r"\bFile(?:Freshness|Match|Size|Uniqueness)\b")

Inputs = dict[str, tuple[str, ...]]


def input_files(gates: tuple[GateSpec, ...], frames: Mapping[str, DynamicFrame]) -> Inputs:
    """Return the files that frames were read from, of those that rules on files may ask for.

    Spark does not know them any more once a frame is kept in memory.
    """
    return {
        gate.input: tuple(frames[gate.input].planned().inputFiles())
        for gate in gates
        if gate.ruleset is not None and _FILE_RULE.search(gate.ruleset)
    }


def check_gates(
    gates: tuple[GateSpec, ...],
    frames: Mapping[str, DynamicFrame],
    workshop: Workshop,
    inputs: Inputs,
    folder: Path,
) -> None:
    """Evaluate every gate, write its report, and keep its result.

    Args:
        gates: What is evaluated.
        frames: The frames that gates name.
        workshop: The run's tools.
        inputs: The files that frames were read from, where rules ask for them.
        folder: That of the job's file, where suites lie.

    Raises:
        QualityGateError: A gate with ``on_failure: fail`` did not hold. All gates are evaluated
            before, so that one run tells everything.
    """
    failures = [
        failure
        for gate in gates
        if (failure := _check(gate, frames, workshop, inputs, folder)) is not None
    ]
    if failures:
        raise failures[0]


def _check(
    gate: GateSpec,
    frames: Mapping[str, DynamicFrame],
    workshop: Workshop,
    inputs: Inputs,
    folder: Path,
) -> QualityGateError | None:
    from gluepot.jobs.quality.rulesets import Origin  # noqa: PLC0415 - only gates need rules
    from gluepot.transforms.quality import Severity  # noqa: PLC0415

    origin = Origin(shown=gate.input, on_failure=gate.on_failure)
    result, kept = judge(gate, frames, workshop, origin, inputs=inputs, folder=folder)
    if result.passed or gate.on_failure == "warn":
        return None
    failed = tuple(
        rule.sentence
        for rule in result.rules
        if not rule.passed and rule.severity is Severity.CRITICAL
    )
    return QualityGateError(gate.name, failed, kept.html_report)


def judge(  # noqa: PLR0913 - what a gate is told
    gate: GateSpec,
    frames: Mapping[str, DynamicFrame],
    workshop: Workshop,
    origin: Origin,
    *,
    inputs: Inputs,
    folder: Path,
) -> tuple[QualityResult, GateResult]:
    """Evaluate one gate, write its report, and keep its result.

    Args:
        gate: What is evaluated.
        frames: The frames that it names.
        workshop: The run's tools.
        origin: Whose rows they are.
        inputs: The files that frames were read from, where rules ask for them.
        folder: That of the job's file, where suites lie.

    Raises:
        InvalidInputError: A rule is wrong; every one is named.
        StorageError: The report cannot be written.
        PySparkException: The rows cannot be read.
    """
    if gate.ruleset is None:
        return _expected(gate, frames[gate.input].toDF(), workshop, origin, folder)
    return _evaluated(gate, gate.ruleset, frames, workshop, origin, inputs)


def _expected(
    gate: GateSpec, dataframe: DataFrame, workshop: Workshop, origin: Origin, folder: Path
) -> tuple[QualityResult, GateResult]:
    """Return the result of a gate's expectations, and as it is kept."""
    from gluepot.jobs.quality.rulesets import keep_result  # noqa: PLC0415

    # Great Expectations takes seconds to import, and other gates do without it.
    from gluepot.transforms.quality import evaluate, parse_rules  # noqa: PLC0415
    from gluepot.transforms.quality.suites.reading import find_suite, read_suite  # noqa: PLC0415

    if gate.suite is None:
        rules = parse_rules(list(gate.rules))
    else:
        rules = read_suite(find_suite(gate.suite, folder)).rules(gate.mask)
    result = evaluate(dataframe, rules, name=gate.name)
    return result, keep_result(workshop, result, origin)


def _evaluated(  # noqa: PLR0913, PLR0917 - what a gate is told
    gate: GateSpec,
    ruleset: str,
    frames: Mapping[str, DynamicFrame],
    workshop: Workshop,
    origin: Origin,
    inputs: Inputs,
) -> tuple[QualityResult, GateResult]:
    """Return the result of a gate's ruleset, and as it is kept."""
    from gluepot.jobs.quality.evaluating import Check, check_rows  # noqa: PLC0415
    from gluepot.jobs.quality.rulesets import options_of  # noqa: PLC0415
    from gluepot.transforms.quality.dqdl import parse_ruleset  # noqa: PLC0415

    sources = {alias: frames[name].toDF() for alias, name in gate.sources.items()}
    read = inputs.get(gate.input)
    checked = check_rows(
        workshop,
        frames[gate.input].toDF(),
        Check(
            name=gate.name,
            ruleset=parse_ruleset(ruleset),
            options=options_of(workshop, gate.name, sources=sources, input_files=read),
            origin=origin,
            mask=gate.mask,
            rows=_failing_rows(gate),
        ),
    )
    return checked.report, checked.kept


def _failing_rows(gate: GateSpec) -> RowTarget | None:
    from gluepot.jobs.quality.rows import RowTarget  # noqa: PLC0415 - it imports Spark

    wanted = gate.failing_rows
    if wanted is None:
        return None
    return RowTarget(path=wanted.path, table=wanted.table, most=wanted.limit)
