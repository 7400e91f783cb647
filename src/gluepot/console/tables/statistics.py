"""Column statistics in few words, as GetColumnStatisticsForTable replies them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.calls import Document
    from gluepot.console.asking import Ask
    from gluepot.console.tables.about import Subject

_AT_A_TIME = 100
_NAMES = {
    "NumberOfNulls": "nulls",
    "NumberOfDistinctValues": "distinct",
    "MinimumValue": "least",
    "MaximumValue": "greatest",
    "MaximumLength": "longest",
    "AverageLength": "average length",
    "NumberOfTrues": "true",
    "NumberOfFalses": "false",
}
_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC).date()


def statistics_of(ask: Ask, subject: Subject, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what is known of columns by name; nothing of those nobody has counted."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), _AT_A_TIME):
        asked = subject.request | {"ColumnNames": list(names[start : start + _AT_A_TIME])}
        if not ask.may("GetColumnStatisticsForTable", asked):
            return {}
        try:
            reply = ask.call("GetColumnStatisticsForTable", asked)
        except GluepotError:
            return found  # A link's statistics are where it leads.
        for each in reply["ColumnStatisticsList"]:
            found[each["ColumnName"]] = _told(each["StatisticsData"])
    return found


def _told(data: Document) -> dict[str, Any]:
    values: Document = next((value for key, value in data.items() if key != "Type"), {})
    dates = data["Type"] == "DATE"
    return {
        word: _date(values[name]) if dates and name.endswith("imumValue") else _plain(values[name])
        for name, word in _NAMES.items()
        if name in values
    }


def _date(seconds: float) -> str:
    return (_FIRST_DAY + timedelta(seconds=seconds)).isoformat()


def _plain(value: Any) -> Any:  # noqa: ANN401 - a number, or a decimal's parts
    if isinstance(value, dict):
        return f"decimal of scale {value.get('Scale')}"
    return value
