"""Each pair of the mapping, evaluated by both languages on the same generated rows."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gluepot.transforms.quality import evaluate
from gluepot.transforms.quality.dqdl import Ruleset, parse_ruleset, print_rule
from gluepot.transforms.quality.running import evaluate_ruleset
from gluepot.transforms.quality.suites.examples import COLUMNS, EXPECTATIONS, RULES, named
from gluepot.transforms.quality.suites.exporting import expectations_of
from gluepot.transforms.quality.suites.importing import rule_of
from gluepot.transforms.quality.suites.reading import suite_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.transforms.quality.dqdl.tree import AnyRule
    from gluepot.transforms.quality.suites.model import Expectation

VARIANTS = 1
"""Columns of each kind; more of them, and more examples, were tried once."""
TYPES = {
    "n": "bigint",
    "x": "double",
    "m": "decimal(12,3)",
    "t": "string",
    "d": "date",
    "at": "timestamp",
}
MIDNIGHT = dt.datetime(2024, 1, 2, tzinfo=dt.UTC)
POOLS: dict[str, list[Any]] = {
    "n": [0, 1, 2, 3, 4, -5, 2**62],
    "x": [0.0, -0.0, 0.5, 2.0, 2.5, 5.0, 1e300, math.nan, math.inf, -math.inf],
    "m": [Decimal(text) for text in ("0", "1.5", "3.5", "4", "-0.001", "99.999")],
    "t": ["air", "sea", "", " ", "Ü 🚲", "AIR", "a\nb", "e\u0301", "xxxxxxxxx", "2024-01-01"],
    "d": [dt.date(2024, 1, day) for day in range(1, 6)],
    "at": [MIDNIGHT + dt.timedelta(hours=hours) for hours in (-24, -0.5, 0, 0.5, 24, 40)],
}


@st.composite
def values(draw: st.DrawFn, kind: str, rows: int) -> list[Any]:
    """Draw a column: of few different values, so that rules hold about as often as they do not."""
    pool = draw(st.lists(st.sampled_from(POOLS[kind]), min_size=1, max_size=4, unique_by=repr))
    nulls = draw(st.sampled_from([0, 0, 1, 3]))
    return draw(
        st.lists(st.sampled_from([*pool * 2, *[None] * nulls]), min_size=rows, max_size=rows)
    )


@st.composite
def frames(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 7))
    return {f"{kind}{at}": draw(values(kind, rows)) for kind in COLUMNS for at in range(VARIANTS)}


def names(at: int) -> dict[str, str]:
    return {kind: f"{kind}{at}" for kind in COLUMNS}


def pairs() -> list[tuple[AnyRule, tuple[Expectation, ...]]]:
    """Return all examples of the mapping, about each of the generated columns."""
    found: list[tuple[AnyRule, tuple[Expectation, ...]]] = []
    for at in range(VARIANTS):
        for text in RULES:
            (rule,) = parse_ruleset(f"Rules = [ {named(text, names(at))} ]").rules
            made = [each.to_json() for each in expectations_of(rule)]
            found.append((rule, suite_of({"expectations": made}, "exported").expectations))
        entries = [named(each, names(at)) for each in EXPECTATIONS]
        suite = suite_of({"expectations": entries}, "examples")
        found += [(rule_of(each), (each,)) for each in suite.expectations]
    return found


@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],  # to make a failure smaller takes minutes of Spark
    suppress_health_check=list(HealthCheck),
)
@given(frames())
def test_both_languages_say_the_same_of_the_same_rows(
    spark: SparkSession, columns: dict[str, list[Any]]
) -> None:
    schema = ", ".join(f"{name} {TYPES[name.rstrip('0123456789')]}" for name in columns)
    rows = list(zip(*columns.values(), strict=True))
    frame = spark.createDataFrame(rows, schema).coalesce(1).cache()
    mapped = pairs()

    ours = evaluate_ruleset(frame, Ruleset(rules=tuple(rule for rule, _ in mapped))).result
    flat = [each.to_json() for _, group in mapped for each in group]
    theirs = evaluate(frame, suite_of({"expectations": flat}, "all").rules(), name="all").rules

    assert [each.message for each in ours.rules if each.result == "ERROR"] == []
    assert [each.error for each in theirs if each.error is not None] == []
    verdicts = iter(theirs)
    different = [
        (print_rule(rule), mine.passed, mine.message)
        for (rule, group), mine in zip(mapped, ours.rules, strict=True)
        if mine.passed != all([next(verdicts).passed for _ in group])  # noqa: C419 - take them all
    ]
    assert different == []
    frame.unpersist()
