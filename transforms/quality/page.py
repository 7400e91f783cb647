"""What a report shows, as plain text and numbers: the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.result import Measure, Reason, Verdict
from gluepot.transforms.quality.rules import Severity
from gluepot.transforms.quality.sentences import percent
from gluepot.transforms.quality.showing import Shown, clean, counted, moment, number, show
from gluepot.transforms.quality.sparkline import Sparkline
from gluepot.transforms.quality.trend import Trend

if TYPE_CHECKING:
    from gluepot.transforms.quality.context import EarlierResult, ReportContext
    from gluepot.transforms.quality.histogram import Histogram
    from gluepot.transforms.quality.result import QualityResult, RuleResult

MOST_EARLIER = 20
"""Earlier results that a page shows."""
LONGEST_FACT = 40
"""Characters that fit beside other facts."""
TONES = {Verdict.PASSED: "good", Verdict.WARNING: "warn", Verdict.FAILED: "bad"}
_VERDICTS = {Verdict.PASSED: "Passed", Verdict.WARNING: "Warning", Verdict.FAILED: "Failed"}
_REASONS = {
    Reason.UNKNOWN_COLUMN: "Unknown column",
    Reason.WRONG_TYPE: "Wrong type",
    Reason.BAD_PARAMETER: "Bad parameter",
    Reason.BAD_EXPRESSION: "Bad expression",
    Reason.NOT_SUPPORTED: "Not supported",
    Reason.NOT_COMPUTED: "Could not be computed",
}


@dataclass(frozen=True, kw_only=True)
class RowTable:
    """Rows that break a rule."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Shown, ...], ...]


@dataclass(frozen=True, kw_only=True)
class RuleView:
    """One rule on the page."""

    sentence: str
    name: str
    expectation: str
    description: str | None
    passed: bool
    tone: str
    state: str
    observed: Shown | None
    bound: str | None
    broken_percent: float
    notes: tuple[str, ...]
    examples: tuple[Shown, ...]
    table: RowTable | None
    trend: Trend

    @classmethod
    def of(cls, rule: RuleResult, context: ReportContext | None = None) -> RuleView:
        """Return what the page shows of a rule; its trend only where there is a context."""
        tone, state = _state(rule)
        table = _row_table(rule.examples)
        return cls(
            sentence=clean(rule.sentence),
            name=clean(rule.name),
            expectation=rule.expectation,
            description=None if rule.description is None else clean(rule.description),
            passed=rule.passed,
            tone=tone,
            state=state,
            observed=_observed(rule),
            bound=rule.bound,
            broken_percent=round(rule.unexpected_percent or 0, 3),
            notes=tuple(_notes(rule)),
            examples=() if table else tuple(map(show, rule.examples)),
            table=table,
            trend=Trend() if context is None else Trend.of(rule, context, MOST_EARLIER),
        )


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rules under one heading."""

    title: str
    rules: tuple[RuleView, ...]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a histogram; ``percent`` is its length, of the longest."""

    label: Shown
    rows: str
    percent: float


@dataclass(frozen=True, kw_only=True)
class HistogramView:
    """How one column is spread."""

    column: str
    note: str
    bars: tuple[Bar, ...]

    @classmethod
    def of(cls, histogram: Histogram) -> HistogramView:
        """Return what the page shows of a histogram."""
        most = max((rows for _, rows in histogram.bars), default=0)
        notes = ["About how many rows." if histogram.about else "Rows."]
        if histogram.missing:
            notes.append(f"{counted(histogram.missing, 'null')} not shown.")
        if histogram.of is not None:
            notes.append(f"As {clean(histogram.of)} has it.")
        return cls(
            column=clean(histogram.column),
            note=" ".join(notes),
            bars=tuple(
                Bar(
                    label=show(label),
                    rows=f"{rows:,}",
                    percent=round(rows / most * 100, 1) if most else 0.0,
                )
                for label, rows in histogram.bars
            ),
        )


@dataclass(frozen=True, kw_only=True)
class EarlierView:
    """One line of the table of earlier results."""

    at: str
    iso: str
    score: str
    verdict: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line about the check; a long value has the line for itself."""

    label: str
    value: str
    is_long: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything on the page."""

    name: str
    verdict: str
    tone: str
    said: str
    score: str
    rule_count: str
    facts: tuple[Fact, ...]
    spark: Sparkline | None
    groups: tuple[Group, ...]
    histograms: tuple[HistogramView, ...]
    earlier: tuple[EarlierView, ...]
    engine: str

    @classmethod
    def of(cls, result: QualityResult, context: ReportContext) -> Page:
        """Return the page of a result."""
        earlier = tuple(context.earlier)[-MOST_EARLIER:]
        scores = [(item.score, TONES[item.verdict], moment(item.at)) for item in earlier]
        now = (result.score, TONES[result.verdict], moment(context.checked_at))
        return cls(
            name=clean(result.name),
            verdict=_VERDICTS[result.verdict],
            tone=TONES[result.verdict],
            said=_said(result),
            score=percent(result.score),
            rule_count=counted(len(result.rules), "rule"),
            facts=tuple(_facts(result, context)),
            spark=Sparkline.of([*scores, now]) if scores else None,
            groups=tuple(_groups(result, context)),
            histograms=tuple(map(HistogramView.of, result.histograms)),
            earlier=tuple(_earlier(item) for item in reversed(earlier)),
            engine=result.engine,
        )


def _state(rule: RuleResult) -> tuple[str, str]:
    if rule.passed:
        return "good", "Passed" if rule.checked_count != 0 else "Nothing to check"
    if rule.severity is Severity.WARNING:
        return "warn", "Warning"
    return "bad", "Failed"


def _observed(rule: RuleResult) -> Shown | None:
    if rule.error is not None:
        return None
    if rule.observed is None:
        return Shown(text="no value", absent=True) if rule.bound else None
    if rule.measure is Measure.SHARE:
        return Shown(text=percent(rule.observed))
    if isinstance(rule.observed, int | float) and not isinstance(rule.observed, bool):
        return Shown(text=number(rule.observed))
    return show(rule.observed)


def _notes(rule: RuleResult) -> list[str]:
    if rule.error is not None:
        return [f"{_REASONS[rule.error.reason]}: {clean(rule.error.message)}"]
    notes = []
    if rule.checked_count == 0:
        notes.append("There was nothing to check, so the rule holds.")
    elif rule.unexpected_count and rule.checked_count:
        share = percent(rule.unexpected_count / rule.checked_count)
        verb = "breaks" if rule.unexpected_count == 1 else "break"
        rows = counted(rule.checked_count, "row")
        notes.append(f"{rule.unexpected_count:,} of {rows} {verb} it ({share}).")
    if rule.missing_count:
        verb = "was" if rule.missing_count == 1 else "were"
        notes.append(f"{counted(rule.missing_count, 'null')} {verb} passed over.")
    if rule.masked:
        notes.append("The values are masked.")
    return notes


def _row_table(examples: Sequence[Any]) -> RowTable | None:
    if not examples or not all(isinstance(row, Mapping) for row in examples):
        return None
    columns = tuple(dict.fromkeys(name for row in examples for name in row))
    rows = tuple(tuple(show(row.get(name)) for name in columns) for row in examples)
    return RowTable(columns=columns, rows=rows)


def _groups(result: QualityResult, context: ReportContext) -> list[Group]:
    titles = (("bad", "Failed"), ("warn", "Warnings"), ("good", "Passed"))
    views = [RuleView.of(rule, context) for rule in result.rules]
    found = [
        Group(title=title, rules=tuple(view for view in views if view.tone == tone))
        for tone, title in titles
    ]
    return [group for group in found if group.rules]


def _said(result: QualityResult) -> str:
    failed = [rule for rule in result.rules if not rule.passed]
    critical = sum(rule.severity is Severity.CRITICAL for rule in failed)
    warnings = len(failed) - critical
    if not failed:
        return "Every rule holds."
    parts = [counted(critical, "critical rule")] if critical else []
    parts += [counted(warnings, "rule") + " that only warns"] if warnings == 1 else []
    parts += [counted(warnings, "rule") + " that only warn"] if warnings > 1 else []
    verb = "does" if len(failed) == 1 else "do"
    return f"{' and '.join(parts)} {verb} not hold."


def _facts(result: QualityResult, context: ReportContext) -> list[Fact]:
    seconds = result.timings.cache_seconds + result.timings.rules_seconds
    facts = [
        ("Table", context.table),
        ("Rows", f"{result.row_count:,}"),
        ("Checked", moment(context.checked_at)),
        ("Took", f"{seconds:.1f} s"),
        ("Job", context.job_name),
        ("Run", context.run_id),
    ]
    return [
        Fact(label=label, value=clean(value), is_long=len(value) > LONGEST_FACT)
        for label, value in facts
        if value is not None
    ]


def _earlier(item: EarlierResult) -> EarlierView:
    return EarlierView(
        at=moment(item.at),
        iso=item.at.isoformat(),
        score=percent(item.score),
        verdict=_VERDICTS[item.verdict],
        tone=TONES[item.verdict],
    )
