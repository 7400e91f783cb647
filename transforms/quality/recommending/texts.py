"""Rules on texts: the few values that there are, their patterns, types and lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.printer import quoted
from gluepot.transforms.quality.profiling import seen_types
from gluepot.transforms.quality.profiling.asking import LONGEST_VALUE
from gluepot.transforms.quality.profiling.model import Kind
from gluepot.transforms.quality.profiling.shapes import FOREIGN, LONGEST_SHAPE, forms_of
from gluepot.transforms.quality.recommending.advice import (
    FEW,
    Advice,
    nearly_all,
    percent,
    subject,
    threshold,
    where_present,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gluepot.transforms.quality.profiling.model import ColumnProfile
    from gluepot.transforms.quality.profiling.shapes import Form

MOST_VALUES = 20
"""A column of more values is no set."""
LEAST_EACH = 20
"""A set has this many rows for each of its values."""
RARE = 5
"""A value that was seen less often is none of a set: others like it may be unseen."""
MOST_FORMS = 3
"""A pattern has this many forms at most."""
_LEAST_SHARE = 0.01
"""A form that fewer texts have is none of the pattern's."""
_COVERED = 0.9
"""A set or a pattern that fewer texts keep to is none."""
_LEAST_RUN = 4

_READ_AS = {
    seen_types.INTEGER: "Integer",
    seen_types.LONG: "Long",
    seen_types.DECIMAL: "Double",
    seen_types.BOOLEAN: "Boolean",
    seen_types.DATE: "Date",
    seen_types.TIMESTAMP: "Timestamp",
}
_WIDER = (
    (seen_types.INTEGER,),
    (seen_types.INTEGER, seen_types.LONG),
    (seen_types.INTEGER, seen_types.LONG, seen_types.DECIMAL),
    (seen_types.BOOLEAN,),
    (seen_types.DATE,),
    (seen_types.DATE, seen_types.TIMESTAMP),
)
"""Types that one type reads all of: the last one."""


def on_texts(column: ColumnProfile) -> Iterator[Advice]:
    """Yield rules on a column of texts, the strictest that the evidence carries."""
    if not column.present:
        return
    few = on_few_values(column)
    if few is not None:
        yield few
        return
    read = _type(column)
    if read is not None:
        yield read
    pattern = None if read is not None else _pattern(column)
    if pattern is not None:
        yield pattern
    yield _length(column)


def on_few_values(column: ColumnProfile) -> Advice | None:
    """Return the rule that a column has the values that were seen often, if they are few."""
    rows, seen = column.present, column.frequent
    often = {value: count for value, count in seen.counts.items() if count >= RARE}
    if not 0 < len(often) <= MOST_VALUES or rows < LEAST_EACH * len(often):
        return None
    share = sum(often.values()) / rows
    if share < _COVERED or not all(map(_is_whole, often)):
        return None
    if column.kind is Kind.WHOLE and _is_run([int(value) for value in often]):
        return None
    shown = ", ".join(
        value if column.kind is Kind.WHOLE else quoted(value) for value in sorted(often)
    )
    rule = f"{subject('ColumnValues', column)} in [{shown}]{where_present(column)}"
    most, count = seen.top(1)[0]
    others = "" if share == 1 else f"; {percent(1 - share)} have others"
    return Advice(
        rule=rule + threshold(share, rows),
        evidence=f"it has {_number(len(often), 'frequent value')}, most often"
        f" {most!r} ({percent(count / rows)}){others}",
    )


def _is_whole(value: str) -> bool:
    """Return whether a value is all that its row has, and fits into one line of a ruleset."""
    return len(value) < LONGEST_VALUE and all(sign.isprintable() for sign in value)


def _is_run(numbers: Sequence[int]) -> bool:
    """Return whether numbers follow each other, as years do: the next one would be no fault."""
    return len(numbers) >= _LEAST_RUN and max(numbers) - min(numbers) == len(numbers) - 1


def _type(column: ColumnProfile) -> Advice | None:
    seen = column.types
    for types in _WIDER:
        count = sum(seen.counts.get(name, 0) for name in types)
        if count != column.present or count < FEW:
            continue
        rule = f"{subject('ColumnDataType', column)} = {quoted(_READ_AS[types[-1]])}"
        told = " or ".join(name for name in types if name in seen.counts)
        return Advice(
            rule=rule + where_present(column), evidence=f"each of its texts reads as {told}"
        )
    return None


def has_pattern(column: ColumnProfile) -> bool:
    """Return whether nearly all of a column's texts have one of a few forms."""
    return _pattern(column) is not None


def _pattern(column: ColumnProfile) -> Advice | None:
    shapes = column.shapes
    longest = column.lengths.most or 0
    if not shapes.exact or column.present < FEW or longest > LONGEST_SHAPE or column.blank:
        return None
    forms = [
        form
        for form in forms_of(shapes.counts.items())
        if form.rows >= _LEAST_SHARE * column.present and FOREIGN not in form.signs
    ]
    covered = sum(form.rows for form in forms) / column.present
    if not 0 < len(forms) <= MOST_FORMS or covered < _COVERED or not _says_something(forms):
        return None
    pattern = "|".join(form.pattern for form in forms)
    sure = covered == 1 and min(form.rows for form in forms) >= RARE
    room = threshold(covered, column.present) if sure or covered < 1 else nearly_all(column.present)
    return Advice(
        rule=f"{subject('ColumnValues', column)} matches {quoted(pattern)}"
        f"{where_present(column)}{room}",
        evidence=f"{percent(covered)} of its texts have the form"
        f" {' or '.join(form.pattern for form in forms)}",
    )


def _says_something(forms: Sequence[Form]) -> bool:
    """Return whether forms are more than letters: single words come in other forms next time."""
    return all(any(not sign.isalpha() for sign in form.signs) for form in forms)


def _length(column: ColumnProfile) -> Advice:
    least, most = column.lengths.least or 0, column.lengths.most or 0
    if least == most and column.present >= FEW:
        bound = f"= {least}"
    else:
        # Between leaves out its ends.
        bound = f"between {max(least // 2, 1) - 1 if least else -1} and {2 * most + 10}"
    average = column.lengths.total / column.present
    return Advice(
        rule=f"{subject('ColumnLength', column)} {bound}{where_present(column)}",
        evidence=f"its lengths go from {least} to {most}, {average:.3g} on average",
    )


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
