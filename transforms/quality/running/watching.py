"""DetectAnomalies: a metric measured and compared with its own history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.anomalies import MOST_OF_SEASONS, expect_at
from gluepot.transforms.quality.dqdl.history import earlier_points
from gluepot.transforms.quality.dqdl.numbers import shown
from gluepot.transforms.quality.dqdl.printer import quoted
from gluepot.transforms.quality.dqdl.results import Observation, Result
from gluepot.transforms.quality.running.custom_sql import scalar_of
from gluepot.transforms.quality.running.measures import measure_of
from gluepot.transforms.quality.running.verdict import Check, Verdict, statistic_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.transforms.quality.dqdl.tree import Rule
    from gluepot.transforms.quality.running.asks import Measured
    from gluepot.transforms.quality.running.verdict import Planning

_SQL = ("CustomSql", "CustomSQL")


def detect_anomalies(planning: Planning, rule: Rule) -> Check:
    """Return the plan of DetectAnomalies."""
    watched, *parameters = rule.values
    if watched in _SQL:
        statement = parameters[0] if parameters else ""

        def decide_sql(_: Measured) -> Verdict:
            value = scalar_of(planning, statement)
            return _watched(planning, rule, {"Dataset.*.CustomSQL": value}, statement)

        return Check(decide=decide_sql, queries=1)
    measure = measure_of(planning.frame, watched, parameters, None)
    return Check(
        asked=measure.asked,
        decide=lambda found: _watched(planning, rule, measure.numbers(found), None),
    )


def _watched(
    planning: Planning, rule: Rule, numbers: Mapping[str, float | None], of: str | None
) -> Verdict:
    known = {name: value for name, value in numbers.items() if value is not None}
    if not known:
        name = next(iter(numbers))
        return Verdict(result=Result.FAIL, message=f"There is no value to compute {name} of")
    keys = {name: statistic_key(name, None, of) for name in known}
    seen = [
        found
        for name, value in known.items()
        if (found := _anomaly(planning, rule, name, keys[name], value)) is not None
    ]
    return Verdict(
        result=Result.FAIL if seen else Result.PASS,
        message="\n".join(each.description for each in seen) or None,
        metrics=known,
        statistics={keys[name]: value for name, value in known.items()},
        observations=tuple(seen) if planning.options.observe else (),
    )


def _anomaly(
    planning: Planning, rule: Rule, name: str, key: str, value: float
) -> Observation | None:
    options = planning.options
    earlier = earlier_points(options.history, key, MOST_OF_SEASONS)
    expected = expect_at(earlier, options.now)
    if expected is None or expected.holds(value):
        return None
    low, high = expected.lower, expected.upper
    season = "" if expected.season is None else f" for this {expected.season}"
    return Observation(
        statistic=name,
        description=(
            f"Anomaly detected: {name} is {value:.6g}, and by its history it is expected to be"
            f" from {low:.6g} to {high:.6g}{season}"
        ),
        actual=value,
        expected=expected.expected,
        lower_limit=low,
        upper_limit=high,
        rules=_proposed(rule, low, high),
    )


def _proposed(rule: Rule, low: float, high: float) -> tuple[str, ...]:
    """Return a rule that would hold for what is expected; ``between`` excludes its ends."""
    watched, *parameters = rule.values
    name = "CustomSql" if watched in _SQL else watched
    subject = " ".join([name, *map(quoted, parameters)])
    return (f"{subject} between {shown(low)} and {shown(high)}",)
