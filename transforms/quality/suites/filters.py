"""Filters of rows in both languages, and whether one leaves out the nulls of a column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluepot.transforms.paths import quote
from gluepot.transforms.quality.suites.model import NotTheSameError

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMPARED = {"==", "!=", "<", "<=", ">", ">="}
_AMONG = {"IN": "IN", "NOT_IN": "NOT IN"}
_QUOTES = "'\"`"


def sql_of(condition: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return a suite's ``row_condition`` as Spark SQL; None where there is none.

    >>> sql_of({"type": "comparison", "column": {"name": "a b"}, "operator": "==", "parameter": 1})
    '`a b` == 1'

    Raises:
        NotTheSameError: It is none of the library's conditions.
    """
    if condition is None or isinstance(condition, str):
        return condition
    if not isinstance(condition, Mapping):
        raise NotTheSameError(f"row_condition is no condition: {condition!r}")
    match condition.get("type"):
        case "pass_through":
            return str(condition["pass_through_filter"])
        case "nullity":
            word = "IS NULL" if condition["is_null"] else "IS NOT NULL"
            return f"{quoted_path(condition['column']['name'])} {word}"
        case "comparison":
            return _comparison(condition)
        case "and" | "or" as word:
            parts = [f"({sql_of(each)})" for each in condition["conditions"]]
            return f" {word.upper()} ".join(parts)
    raise NotTheSameError(f"row_condition has the type {condition.get('type')!r}, which is unknown")


def condition_of(where: str | None) -> dict[str, Any]:
    """Return Spark SQL as the parameters of an expectation."""
    if where is None:
        return {}
    return {"row_condition": {"type": "pass_through", "pass_through_filter": where}}


def without_nulls(where: str | None, column: str) -> str:
    """Return a filter that leaves out the nulls of a column too."""
    present = f"{quoted_path(column)} IS NOT NULL"
    return present if where is None else f"({where}) AND {present}"


def split_nulls(where: str | None, column: str) -> tuple[str | None, bool]:
    """Return a filter without the part that leaves out a column's nulls, and whether it had one.

    >>> split_nulls("(b > 1) AND `a` IS NOT NULL", "a")
    ('b > 1', True)
    >>> split_nulls("(b > 1) OR (c) AND a IS NOT NULL", "a")
    ('(b > 1) OR (c) AND a IS NOT NULL', False)
    """
    if where is None:
        return None, False
    name = rf"(?:{re.escape(quoted_path(column))}|{re.escape(column)})"
    found = re.fullmatch(
        rf"\s*(?:\((?P<rest>.*)\)\s+and\s+)?{name}\s+is\s+not\s+null\s*",
        where,
        re.IGNORECASE | re.DOTALL,
    )
    if found is None or not _is_whole(found["rest"] or ""):
        return where, False
    return found["rest"], True


def quoted_path(column: str) -> str:
    """Return a column, or a member of a struct, as Spark SQL names it."""
    return ".".join(map(quote, column.split(".")))


def _comparison(condition: Mapping[str, Any]) -> str:
    name, operator = quoted_path(condition["column"]["name"]), condition["operator"]
    if operator in _AMONG:
        return f"{name} {_AMONG[operator]} ({_literals(condition['parameter'])})"
    if operator in _COMPARED:
        return f"{name} {operator} {_literal(condition['parameter'])}"
    raise NotTheSameError(f"row_condition has the operator {operator!r}, which is unknown")


def _literals(values: Sequence[Any]) -> str:
    return ", ".join(map(_literal, values))


def _literal(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return str(value)


def _is_whole(text: str) -> bool:
    """Return whether no parenthesis in SQL closes one that opens before it."""
    depth, at = 0, 0
    while at < len(text):
        letter = text[at]
        if letter in _QUOTES:
            end = text.find(letter, at + 1)
            if end < 0 or "\\" in text[at:end]:
                return False
            at = end
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
        at += 1
    return depth == 0
