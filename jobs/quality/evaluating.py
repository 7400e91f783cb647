"""A ruleset on a frame within a run: evaluated, told, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.jobs.quality.rows import write_rows
from gluepot.jobs.quality.rulesets import keep_result, write_results
from gluepot.transforms.quality import evaluate
from gluepot.transforms.quality.dqdl.masked import masked_result
from gluepot.transforms.quality.dqdl.telling import told
from gluepot.transforms.quality.running import evaluate_ruleset
from gluepot.transforms.quality.running.examples import examples_of
from gluepot.transforms.quality.showing import moment

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import DataFrame

    from gluepot.jobs.quality.model import GateResult
    from gluepot.jobs.quality.rows import RowTarget
    from gluepot.jobs.quality.rulesets import Origin
    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.transforms.quality import QualityResult
    from gluepot.transforms.quality.dqdl import Ruleset
    from gluepot.transforms.quality.dqdl.results import RulesetResult
    from gluepot.transforms.quality.profiling import FrameProfile
    from gluepot.transforms.quality.running import RunOptions
    from gluepot.transforms.quality.suites.reading import Suite


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is to be checked.

    Attributes:
        name: What the result is called: a gate, or a ruleset.
        ruleset: The rules.
        options: What they are told.
        origin: Whose rows are looked at.
        mask: Columns whose values nobody is to see.
        rows: Where rows go with what rules said of them; None where none are kept.
        results: A folder for the result as a JSON file; None for none.
        profile: What is known of the columns, which the report draws; None for nothing.
    """

    name: str
    ruleset: Ruleset
    options: RunOptions
    origin: Origin
    mask: Collection[str] = ()
    rows: RowTarget | None = None
    results: str | None = None
    profile: FrameProfile | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found: as the report tells it, as data (not of suites), and as it is kept."""

    report: QualityResult
    result: RulesetResult | None
    kept: GateResult


def check_rows(workshop: Workshop, dataframe: DataFrame, check: Check) -> Checked:
    """Evaluate a ruleset, write its report and what else is asked for, and keep the result.

    Raises:
        PySparkException: The frame cannot be read.
        SinkError: Rows cannot be written.
        StorageError: The report or the result cannot be written.
    """
    evaluation = evaluate_ruleset(dataframe, check.ruleset, check.options)
    report = told(
        evaluation.result,
        evaluation.ruleset,
        name=check.name,
        examples=examples_of(evaluation, mask=check.mask),
        mask=check.mask,
    )
    if check.profile is not None:
        of = f"the profile of {moment(check.profile.profiled_at)}"
        report = report.drawn(check.profile.whole, of, check.mask)
    result = masked_result(evaluation.result, evaluation.ruleset, check.mask)
    rows = check.rows
    written = None if rows is None else write_rows(workshop, evaluation, rows, mask=check.mask)
    if check.results is not None:
        write_results(workshop, check.results, result)
    kept = keep_result(workshop, report, check.origin, evaluated=result, failing=written)
    return Checked(report=report, result=result, kept=kept)


def check_suite(
    workshop: Workshop,
    dataframe: DataFrame,
    suite: Suite,
    origin: Origin,
    mask: Collection[str] = (),
) -> Checked:
    """Run a suite of Great Expectations as it is, write its report, and keep the result.

    Args:
        workshop: The run's tools.
        dataframe: The rows.
        suite: What must hold.
        origin: Whose rows they are.
        mask: Columns whose values nobody is to see.

    Raises:
        InvalidInputError: An expectation is wrong; every one is named.
        PySparkException: The frame cannot be read.
        StorageError: The report cannot be written.
    """
    report = evaluate(dataframe, suite.rules(mask), name=suite.name)
    return Checked(report=report, result=None, kept=keep_result(workshop, report, origin))
