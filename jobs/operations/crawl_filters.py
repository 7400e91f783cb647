"""The filters of ListCrawls as conditions on the table of runs."""

from __future__ import annotations

import operator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.tables import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
    "EQ": operator.eq,
    "NE": operator.ne,
}
_EQUALITY = frozenset({"EQ", "NE"})
_ENDS = {RunState.SUCCEEDED: "COMPLETED", RunState.STOPPED: "STOPPED"}
_DPU_HOURS = 0.0
"""What every crawl costs here."""


def crawl_state(state: RunState) -> str:
    """Return how AWS Glue calls the state of a crawl.

    >>> crawl_state(RunState.WAITING), crawl_state(RunState.SUCCEEDED), crawl_state(RunState.ERROR)
    ('RUNNING', 'COMPLETED', 'FAILED')
    """
    return _ENDS.get(state, "FAILED") if state.final else "RUNNING"


def crawl_conditions(filters: Iterable[Mapping[str, str]]) -> list[sa.ColumnElement[bool]]:
    """Return what all filters ask of a run.

    Raises:
        InvalidInputError: A filter lacks a part, or a value is not of its field.
    """
    return [_condition(item) for item in filters]


def _condition(item: Mapping[str, str]) -> sa.ColumnElement[bool]:
    field, name, value = (item.get(key) for key in ("FieldName", "FilterOperator", "FieldValue"))
    if field is None or name is None or value is None:
        parts = {"FieldName": field, "FilterOperator": name, "FieldValue": value}
        told = (f"{part}: {given or 'null'}" for part, given in parts.items())
        raise InvalidInputError(f"Invalid Filter Provided: {', '.join(told)}")
    if field in {"CRAWL_ID", "STATE"} and name not in _EQUALITY:
        raise InvalidInputError(f"Only EQ or NE operator is allowed for field : {field}")
    compare = _OPERATORS[name]
    found: sa.ColumnElement[bool]
    match field:
        case "CRAWL_ID":
            found = compare(runs.c.id, value)
        case "STATE":
            states = [state for state in RunState if crawl_state(state) == value]
            inside = runs.c.state.in_(states)
            found = inside if name == "EQ" else ~inside
        case "START_TIME":
            found = compare(sa.func.coalesce(runs.c.started_at, runs.c.queued_at), _time(value))
        case "END_TIME":
            found = compare(runs.c.completed_at, _time(value))
        case _:
            found = sa.true() if compare(_DPU_HOURS, _number(value)) else sa.false()
    return found


def _time(value: str) -> datetime:
    try:
        return datetime.fromtimestamp(_number(value) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise InvalidInputError(f"{value!r} is not a time in milliseconds since 1970") from None


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise InvalidInputError(f"A filter's FieldValue is a number here, not {value!r}") from None
