"""From a profile to a ruleset: every rule with its evidence, cautious enough to hold tomorrow."""

from __future__ import annotations

import datetime as dt
import math
from itertools import chain
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.parser import parse_ruleset
from gluepot.transforms.quality.dqdl.printer import quoted
from gluepot.transforms.quality.profiling.model import Kind
from gluepot.transforms.quality.recommending.advice import (
    FEW,
    Advice,
    floor,
    is_measured,
    percent,
    subject,
    where_present,
)
from gluepot.transforms.quality.recommending.numbers import on_numbers
from gluepot.transforms.quality.recommending.texts import has_pattern, on_few_values, on_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.transforms.quality.profiling.model import (
        ColumnProfile,
        FrameProfile,
        Key,
        Profile,
    )

ROWS_LEFT = 0.5
"""The next rows may be this share of these."""
FRESH = dt.timedelta(days=7)
"""A column whose newest time is older says nothing of how fresh the next rows are."""
STRONG = 0.9
"""A correlation that is worth a rule."""
BY_CHANCE = 10.0
"""Pairs of rows that would be alike by chance, had two columns no reason to be a key."""
_WEAKER = 0.3


def recommend(found: FrameProfile) -> str:
    """Return a ruleset that the profiled rows pass, and that other rows like them pass too.

    Each rule comes with its evidence as a comment before it. What one unseen row could break is
    said only of 100 rows or more.
    """
    whole = found.whole
    keys = _keys(found)
    advice = [
        *_on_rows(whole),
        *chain.from_iterable(_on_column(found, column, keys) for column in whole.columns),
        *_on_pairs(found),
    ]
    at = found.profiled_at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    rules = ",\n".join(f"    # {_sentence(one.evidence)}\n    {one.rule}" for one in advice)
    text = f"# From the profile of {whole.rows:,} rows, made {at}.\nRules = [\n{rules}\n]\n"
    parse_ruleset(text)  # What is recommended is a ruleset, or this says what is wrong with it.
    return text


def _sentence(evidence: str) -> str:
    return " ".join(evidence.split())


def _on_rows(whole: Profile) -> Iterator[Advice]:
    least = math.floor(whole.rows * ROWS_LEFT)
    yield Advice(rule=f"RowCount >= {least}", evidence=f"There are {whole.rows:,} rows")
    count = len(whole.columns)
    if count:
        yield Advice(rule=f"ColumnCount = {count}", evidence=f"There are {count} columns")


def _on_column(
    found: FrameProfile, column: ColumnProfile, keys: dict[str, Key]
) -> Iterator[Advice]:
    for one in _about(found, column, keys.get(column.name)):
        yield Advice(rule=one.rule, evidence=f"{column.name}: {one.evidence}")


def _about(found: FrameProfile, column: ColumnProfile, key: Key | None) -> Iterator[Advice]:
    complete = _complete(column)
    primary = key is not None and key.holds and not column.nulls and _is_key_like(column)
    if primary:
        rule = subject("IsPrimaryKey", column)
        yield Advice(rule=rule, evidence=f"all of its {column.rows:,} values differ")
    elif complete is not None:
        yield complete
    if key is not None and not primary and column.kind in (Kind.WHOLE, Kind.TEXT):
        yield from _unique(column, key)
    yield from _on_values(column, is_key=key is not None and key.holds)
    fresh = _fresh(found, column)
    if fresh is not None:
        yield fresh


def _on_values(column: ColumnProfile, *, is_key: bool) -> Iterator[Advice]:
    if column.kind is Kind.TEXT:
        yield from on_texts(column)
    elif column.kind is Kind.WHOLE:
        few = on_few_values(column)
        yield from [few] if few is not None else on_numbers(column, is_key=is_key)
    elif column.kind.is_number:
        yield from on_numbers(column, is_key=False)


def _keys(found: FrameProfile) -> dict[str, Key]:
    return {key.columns[0]: key for key in found.keys if len(key.columns) == 1}


def _is_key_like(column: ColumnProfile) -> bool:
    """Return whether different values are no chance: numbers and codes, not names and prose."""
    return column.rows >= FEW and (column.kind is Kind.WHOLE or has_pattern(column))


def _complete(column: ColumnProfile) -> Advice | None:
    told = f"{percent(column.completeness)} of its rows have a value"
    if not column.nulls and column.rows >= FEW and not is_measured(column):
        return Advice(rule=subject("IsComplete", column), evidence=told)
    least = floor(column.completeness, column.rows)
    if not least:
        return None
    return Advice(rule=f"{subject('Completeness', column)} >= {least}", evidence=told)


def _unique(column: ColumnProfile, key: Key) -> Iterator[Advice]:
    """Yield the share of rows whose value no other row has: of all rows, as DQDL counts it."""
    share = key.unique / column.rows
    told = f"{percent(share)} of its rows have a value of their own"
    if key.holds and not column.nulls and _is_key_like(column):
        yield Advice(rule=subject("IsUnique", column), evidence=told)
        return
    least = floor(share * 0.9, column.rows)
    if least and column.rows >= FEW:
        yield Advice(rule=f"{subject('Uniqueness', column)} >= {least}", evidence=told)


def _fresh(found: FrameProfile, column: ColumnProfile) -> Advice | None:
    if column.kind not in (Kind.DATE, Kind.TIME) or not column.present:
        return None
    now = found.profiled_at
    oldest, newest = _time(column, column.minimum), _time(column, column.maximum)
    if not dt.timedelta(0) <= now - newest <= FRESH:
        return None
    days = math.ceil(2 * ((now - oldest) / dt.timedelta(days=1))) + 1
    rule = f"{subject('DataFreshness', column)} <= {days} days{where_present(column)}"
    return Advice(rule=rule, evidence=f"its values go from {column.least} to {column.greatest}")


def _time(column: ColumnProfile, value: object) -> dt.datetime:
    begin = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    number = int(str(value))
    if column.kind is Kind.DATE:
        return begin + dt.timedelta(days=number)
    return begin + dt.timedelta(microseconds=number)


def _on_pairs(found: FrameProfile) -> Iterator[Advice]:
    if not any(len(key.columns) == 1 and key.holds for key in found.keys):
        yield from _pair_keys(found)
    for (first, second), pair in found.whole.pairs.items():
        strength = pair.correlation
        if not abs(strength) >= STRONG or pair.first.count < FEW:
            continue
        if any(_is_not_finite(found.whole.column(name)) for name in (first, second)):
            continue  # DQDL correlates all numbers, and with one such there is no correlation.
        sign, bound = (">", strength - _WEAKER) if strength > 0 else ("<", strength + _WEAKER)
        rule = f"ColumnCorrelation {quoted(first)} {quoted(second)} {sign} {bound:.2f}"
        yield Advice(
            rule=rule, evidence=f"{first} and {second}: their correlation is {strength:.3f}"
        )


def _is_not_finite(column: ColumnProfile) -> bool:
    return bool(column.nans or column.infinite)


def _pair_keys(found: FrameProfile) -> Iterator[Advice]:
    for key in found.keys:
        if key.holds and key.by_chance is not None and key.by_chance >= BY_CHANCE:
            names = " ".join(map(quoted, key.columns))
            told = f"no two of {key.rows:,} rows have both alike,"
            yield Advice(
                rule=f"IsPrimaryKey {names}",
                evidence=f"{' and '.join(key.columns)}: {told} and by chance about"
                f" {key.by_chance:,.0f} pairs would",
            )
            return
