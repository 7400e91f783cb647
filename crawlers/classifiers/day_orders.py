"""Whether the day or the month comes first, settled by comparing columns and files.

One writer writes all dates in one order: where the values of one column leave it open, another
column of the file decides, or another file with the same columns. Where two of them disagree, no
one pattern reads both, and Hive tries the same patterns on every column; so all of them are text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.types import STRING, TIMESTAMP
from gluepot.crawlers.classifiers.base import DayOrder
from gluepot.crawlers.classifiers.date_notations import DAY, MONTH, told_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.crawlers.classifiers.base import CsvLayout, FoundColumn


def orders_of(layouts: Iterable[CsvLayout]) -> frozenset[str]:
    """Return the orders that values of the files decide: ``day``, ``month``, both or none."""
    return frozenset(
        DayOrder._make(item).order for layout in layouts for item in layout.day_orders
    ) & {DAY, MONTH}


def settle_orders(layout: CsvLayout, decided: frozenset[str]) -> CsvLayout:
    """Return a file's layout if values decide these orders, here or elsewhere."""
    open_columns = [
        item
        for item in map(DayOrder._make, layout.day_orders)
        if len(decided) > 1 or {item.order} != decided
    ]
    if not decided or not open_columns:
        return layout
    orders = tuple(
        item if len(decided) > 1 else item._replace(order=min(decided))
        for item in map(DayOrder._make, layout.day_orders)
    )
    body, whole = list(layout.body), list(layout.whole)
    patterns = set(layout.timestamp_patterns)
    for item in open_columns:
        body[item.column] = _settled(body[item.column], item, decided)
        if whole:
            whole[item.column] = _settled(whole[item.column], item, decided)
        patterns -= item.day_first ^ item.month_first
        if len(decided) == 1:
            patterns |= told_patterns(_patterns(item, decided))
    return replace(
        layout,
        body=tuple(body),
        whole=tuple(whole),
        timestamp_patterns=frozenset(patterns),
        day_orders=orders,
    )


def _settled(column: FoundColumn, item: DayOrder, decided: frozenset[str]) -> FoundColumn:
    if len(decided) > 1:
        if column.type == STRING:
            return column
        reason = (
            "its dates have the day first, others of these files the month, or the other way"
            f" round: no one pattern reads both ({column.reason})"
        )
        return replace(column, type=STRING, reason=reason)
    reason = (
        f"{column.reason}; other dates of these files have the {min(decided)} first, so it is"
        f" written as {' or '.join(sorted(_patterns(item, decided)))}"
    )
    return replace(column, type=TIMESTAMP, reason=reason)


def _patterns(item: DayOrder, decided: frozenset[str]) -> frozenset[str]:
    return item.day_first if DAY in decided else item.month_first
