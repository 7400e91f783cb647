"""Conditions of a query: which part of the rows, and which rows since the last run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "1 = 0"


def bucket_conditions(bucket: str, count: int) -> list[str]:
    """Return conditions of which each row fulfils one.

    Whatever the bucket of a row is (nothing, where the field is null, or no whole number), it is
    among the first's if it is none of the others'.

    Args:
        bucket: An expression of a number from 0 to ``count`` - 1.
        count: How many.

    >>> bucket_conditions("b", 2)
    ['(b IS NULL OR NOT (b IN (1)))', 'b = 1']
    """
    if count == 1:
        return []
    others = ", ".join(str(number) for number in range(1, count))
    first = f"({bucket} IS NULL OR NOT ({bucket} IN ({others})))"
    return [first, *(f"{bucket} = {number}" for number in range(1, count))]


def behind(columns: Sequence[str], values: Sequence[str], *, descending: bool) -> str:
    """Return the condition of rows that come after those with the values.

    >>> behind(["a", "b"], ["1", "2"], descending=False)
    '(a > 1 OR (a = 1 AND (b > 2)))'
    """
    return _ordered(columns, values, "<" if descending else ">", last="")


def up_to(columns: Sequence[str], values: Sequence[str], *, descending: bool) -> str:
    """Return the condition of rows that come before those with the values, and of these.

    >>> up_to(["a", "b"], ["1", "2"], descending=False)
    '(a < 1 OR (a = 1 AND (b <= 2)))'
    """
    return _ordered(columns, values, ">" if descending else "<", last="=")


def _ordered(columns: Sequence[str], values: Sequence[str], mark: str, last: str) -> str:
    column, value = columns[0], values[0]
    if len(columns) == 1:
        return f"({column} {mark}{last} {value})"
    rest = _ordered(columns[1:], values[1:], mark, last)
    return f"({column} {mark} {value} OR ({column} = {value} AND {rest}))"
