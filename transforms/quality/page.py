"""What a report shows, as plain text and numbers: the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.result import Measure, Reason, Verdict
from gluepot.transforms.quality.rules import Severity
from gluepot.transforms.quality.sentences import percent
from gluepot.transforms.quality.sparkline import Sparkline
from gluepot.transforms.quality.values import cut as shorten

if TYPE_CHECKING:
    from gluepot.transforms.quality.context import EarlierResult, ReportContext
    from gluepot.transforms.quality.result import QualityResult, RuleResult

MOST_EARLIER = 20
"""Earlier results that a page shows."""
LONGEST_SHOWN = 400
"""Characters of one text on the page; values come cut already, and shorter."""
MILLION = 1_000_000
LONGEST_FACT = 40
"""Characters that fit beside other facts."""
TONES = {Verdict.PASSED: "good", Verdict.WARNING: "warn", Verdict.FAILED: "bad"}
_CONTROL = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
"""Control characters as their pictures: they would be invisible, or change what is beside them."""
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
class Shown:
    """A value as text; ``absent`` marks words that stand for a value without any."""

    text: str
    absent: bool = False


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

    @classmethod
    def of(cls, rule: RuleResult) -> RuleView:
        """Return what the page shows of a rule."""
        tone, state = _state(rule)
        table = _row_table(rule.examples)
        return cls(
            sentence=_cut(rule.sentence),
            name=_cut(rule.name),
            expectation=rule.expectation,
            description=None if rule.description is None else _cut(rule.description),
            passed=rule.passed,
            tone=tone,
            state=state,
            observed=_observed(rule),
            bound=rule.bound,
            broken_percent=round(rule.unexpected_percent or 0, 3),
            notes=tuple(_notes(rule)),
            examples=() if table else tuple(map(show, rule.examples)),
            table=table,
        )


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rules under one heading."""

    title: str
    rules: tuple[RuleView, ...]


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
    earlier: tuple[EarlierView, ...]
    engine: str

    @classmethod
    def of(cls, result: QualityResult, context: ReportContext) -> Page:
        """Return the page of a result."""
        earlier = tuple(context.earlier)[-MOST_EARLIER:]
        scores = [(item.score, TONES[item.verdict], moment(item.at)) for item in earlier]
        now = (result.score, TONES[result.verdict], moment(context.checked_at))
        return cls(
            name=_cut(result.name),
            verdict=_VERDICTS[result.verdict],
            tone=TONES[result.verdict],
            said=_said(result),
            score=percent(result.score),
            rule_count=_count(len(result.rules), "rule"),
            facts=tuple(_facts(result, context)),
            spark=Sparkline.of([*scores, now]) if scores else None,
            groups=tuple(_groups(result)),
            earlier=tuple(_earlier(item) for item in reversed(earlier)),
            engine=result.engine,
        )


def moment(at: datetime) -> str:
    """Return a time as people read it, in UTC.

    >>> moment(datetime(2013, 1, 5, 7, 3, tzinfo=UTC))
    '5 Jan 2013, 07:03 UTC'
    """
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def show(value: Any) -> Shown:  # noqa: ANN401 - any JSON value
    """Return a value of JSON as text; what cannot be seen is put in words."""
    if value is None:
        return Shown(text="null", absent=True)
    if isinstance(value, bool):
        return Shown(text="true" if value else "false")
    if isinstance(value, float):
        return Shown(text=f"{value:.15g}")
    if isinstance(value, int):
        return Shown(text=str(value))
    if isinstance(value, str) and not value.strip():
        return Shown(text="empty text" if not value else "blank text", absent=True)
    return Shown(text=_cut(_words(value)))


def _cut(text: str) -> str:
    return shorten(text, most=LONGEST_SHOWN).translate(_CONTROL)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_words(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_words, value))
    return value if isinstance(value, str) else show(value).text


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
    if isinstance(rule.observed, int) and not isinstance(rule.observed, bool):
        return Shown(text=f"{rule.observed:,}")
    if isinstance(rule.observed, float):
        # Six digits of an average tell enough, and large sums keep all before the point.
        form = ",.6g" if abs(rule.observed) < MILLION else ",.2f"
        return Shown(text=format(rule.observed, form))
    return show(rule.observed)


def _notes(rule: RuleResult) -> list[str]:
    if rule.error is not None:
        return [f"{_REASONS[rule.error.reason]}: {_cut(rule.error.message)}"]
    notes = []
    if rule.checked_count == 0:
        notes.append("There was nothing to check, so the rule holds.")
    elif rule.unexpected_count and rule.checked_count:
        share = percent(rule.unexpected_count / rule.checked_count)
        verb = "breaks" if rule.unexpected_count == 1 else "break"
        notes.append(
            f"{rule.unexpected_count:,} of {_count(rule.checked_count, 'row')} {verb} it ({share})."
        )
    if rule.missing_count:
        verb = "was" if rule.missing_count == 1 else "were"
        notes.append(f"{_count(rule.missing_count, 'null')} {verb} passed over.")
    if rule.masked:
        notes.append("The values are masked.")
    return notes


def _row_table(examples: Sequence[Any]) -> RowTable | None:
    if not examples or not all(isinstance(row, Mapping) for row in examples):
        return None
    columns = tuple(dict.fromkeys(name for row in examples for name in row))
    rows = tuple(tuple(show(row.get(name)) for name in columns) for row in examples)
    return RowTable(columns=columns, rows=rows)


def _groups(result: QualityResult) -> list[Group]:
    titles = (("bad", "Failed"), ("warn", "Warnings"), ("good", "Passed"))
    views = [RuleView.of(rule) for rule in result.rules]
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
    parts = [_count(critical, "critical rule")] if critical else []
    parts += [_count(warnings, "rule") + " that only warns"] if warnings == 1 else []
    parts += [_count(warnings, "rule") + " that only warn"] if warnings > 1 else []
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
        Fact(label=label, value=_cut(value), is_long=len(value) > LONGEST_FACT)
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


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
