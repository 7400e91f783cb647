"""Quality gates: rules evaluated between the steps and the sinks, their results kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.jobs.errors import QualityGateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.pipeline import GateSpec
    from gluepot.jobs.workshop import Workshop
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
) -> None:
    """Evaluate every gate, write its report, and keep its result.

    Args:
        gates: What is evaluated.
        frames: The frames that gates name.
        workshop: The run's tools.
        inputs: The files that frames were read from, where rules ask for them.

    Raises:
        QualityGateError: A gate with ``on_failure: fail`` did not hold. All gates are evaluated
            before, so that one run tells everything.
    """
    failures = [
        failure for gate in gates if (failure := _check(gate, frames, workshop, inputs)) is not None
    ]
    if failures:
        raise failures[0]


def _check(
    gate: GateSpec, frames: Mapping[str, DynamicFrame], workshop: Workshop, inputs: Inputs
) -> QualityGateError | None:
    from gluepot.jobs.rulesets import keep_result  # noqa: PLC0415 - only gates need rules
    from gluepot.transforms.quality import Severity  # noqa: PLC0415

    result = _evaluated(gate, frames, workshop, inputs)
    paths = keep_result(workshop, result, table=gate.input, on_failure=gate.on_failure)
    if result.passed or gate.on_failure == "warn":
        return None
    failed = tuple(
        rule.sentence
        for rule in result.rules
        if not rule.passed and rule.severity is Severity.CRITICAL
    )
    return QualityGateError(gate.name, failed, str(paths.html))


def _evaluated(
    gate: GateSpec, frames: Mapping[str, DynamicFrame], workshop: Workshop, inputs: Inputs
) -> QualityResult:
    dataframe = frames[gate.input].toDF()
    if gate.ruleset is None:
        # Great Expectations takes seconds to import, and other gates do without it.
        from gluepot.transforms.quality import evaluate, parse_rules  # noqa: PLC0415

        return evaluate(dataframe, parse_rules(list(gate.rules)), name=gate.name)
    from gluepot.jobs.rulesets import options_of  # noqa: PLC0415
    from gluepot.transforms.quality.dqdl import parse_ruleset  # noqa: PLC0415
    from gluepot.transforms.quality.dqdl.telling import told  # noqa: PLC0415
    from gluepot.transforms.quality.running import evaluate_ruleset  # noqa: PLC0415
    from gluepot.transforms.quality.running.examples import examples_of  # noqa: PLC0415

    sources = {alias: frames[name].toDF() for alias, name in gate.sources.items()}
    read = inputs.get(gate.input)
    options = options_of(workshop, gate.name, sources=sources, input_files=read)
    evaluation = evaluate_ruleset(dataframe, parse_ruleset(gate.ruleset), options)
    examples = examples_of(evaluation, mask=gate.mask)
    return told(
        evaluation.result, evaluation.ruleset, name=gate.name, examples=examples, mask=gate.mask
    )
