"""Results that tests of the report share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from gluepot.transforms.quality import EarlierResult, QualityResult, ReportContext, Verdict
from gluepot.transforms.quality.histogram import Histogram
from gluepot.transforms.quality.result import Measure, Reason, RuleError, RuleResult, Timings
from gluepot.transforms.quality.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTILE = (
    "<script>alert('x')</script>\"><img src=http://example.com/x.png onerror=alert(1)>{{ 7 * 7 }}"
)
NOW = dt.datetime(2026, 3, 4, 5, 6, tzinfo=dt.UTC)

DELAYS = RuleResult(
    name="delays",
    sentence="dep_delay is between -60 and 1440 in at least 99 % of rows with a value",
    description="Sensors stick at 9999.",
    expectation="expect_column_values_to_be_between",
    columns=("dep_delay",),
    severity=Severity.CRITICAL,
    passed=False,
    measure=Measure.SHARE,
    observed=0.82,
    bound="at least 99 %",
    checked_count=327346,
    missing_count=9430,
    unexpected_count=58922,
    examples=(9999.0, "NaN", None, "", " "),
)
PAIRS = RuleResult(
    name="in order",
    sentence="arr_time is greater than dep_time",
    expectation="expect_column_pair_values_a_to_be_greater_than_b",
    columns=("arr_time", "dep_time"),
    severity=Severity.WARNING,
    passed=False,
    measure=Measure.SHARE,
    observed=0.9,
    bound="100 %",
    checked_count=10,
    missing_count=0,
    unexpected_count=1,
    examples=({"arr_time": 5, "dep_time": 2350, "a_long_name_of_a_column": "x" * 60},),
)
ROWS = RuleResult(
    name="rows",
    sentence="The table has at least 300,000 rows",
    expectation="expect_table_row_count_to_be_between",
    severity=Severity.CRITICAL,
    passed=True,
    observed=336776,
    bound="at least 300,000",
)
LOST = RuleResult(
    name="seatss",
    sentence="seatss is not null",
    expectation="expect_column_values_to_not_be_null",
    columns=("seatss",),
    severity=Severity.CRITICAL,
    passed=False,
    error=RuleError(
        reason=Reason.UNKNOWN_COLUMN,
        message="there is no column 'seatss'. Did you mean 'seats'?",
    ),
)
NASTY = RuleResult(
    name=HOSTILE,
    sentence=f"{HOSTILE} is not null",
    description=HOSTILE,
    expectation=f"ColumnValues {HOSTILE} > 1",
    severity=Severity.CRITICAL,
    passed=False,
    measure=Measure.SHARE,
    observed=0.5,
    bound="100 %",
    checked_count=4,
    missing_count=0,
    unexpected_count=2,
    examples=(HOSTILE, "one\nline\r\nmore\x00\u202e", "z" * 100_000, {"deep": [HOSTILE]}, "0x00ff"),
)

NASTY_ROWS = RuleResult(
    name="hostile rows",
    sentence="rows are hostile",
    expectation='ColumnValues "a" > 1',
    severity=Severity.CRITICAL,
    passed=False,
    examples=({HOSTILE: HOSTILE, "wide" * 60: 1},),
)
SPREAD = Histogram(
    column="dep_delay", bars=(("-60 to 0", 200_000), ("0 to 60", 1_000), ("", 0)), missing=9430
)
NASTY_SPREAD = Histogram(column=HOSTILE, bars=((HOSTILE, 2), ("w" * 300, 1)), about=True)


def result(
    *rules: RuleResult, name: str = "flights_clean", histograms: tuple[Histogram, ...] = ()
) -> QualityResult:
    """Return a result of those rules."""
    return QualityResult(
        histograms=histograms,
        name=name,
        row_count=336776,
        rules=rules,
        engine="Great Expectations 1.24.1",
        timings=Timings(import_seconds=5.0, cache_seconds=1.0, rules_seconds=2.5),
    )


def context(earlier: int = 3, rules: Sequence[RuleResult] = (), **changes: str) -> ReportContext:
    """Return the context of a run with that many earlier ones, and what rules were in each."""
    known = {"job_name": "clean", "run_id": "jr_" + "ab12" * 16, "table": "demo.flights"} | changes
    return ReportContext(
        job_name=known["job_name"],
        run_id=known["run_id"],
        table=known["table"],
        checked_at=NOW,
        earlier=[
            EarlierResult(
                at=NOW - dt.timedelta(days=earlier - day),
                score=day / 10,
                verdict=Verdict.WARNING,
                rules={rule.key: rule for rule in rules},
            )
            for day in range(earlier)
        ],
    )
