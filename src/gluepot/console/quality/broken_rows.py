"""Rows that break a rule: which those are, in DuckDB's SQL, for rules on single rows.

Rules about a whole table, and such as DuckDB would decide otherwise than Spark, have no such SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.sql.types import literal, quoted
from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.dqdl.tree import Number, Operator, Rule, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.transforms.quality.dqdl.tree import Condition
    from gluepot.transforms.quality.result import RuleResult

_REPEATED = "count(*) OVER (PARTITION BY {0}) > 1"
_COMPARED = {
    Operator.EQUAL: "=",
    Operator.NOT_EQUAL: "<>",
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: ">=",
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "<=",
}
_LISTED = {Operator.IN: "IN", Operator.NOT_IN: "NOT IN"}


def broken_condition(rule: RuleResult) -> str | None:
    """Return what is true of rows that break a rule, for QUALIFY; None where nothing tells.

    >>> from gluepot.transforms.quality.result import RuleResult
    >>> from gluepot.transforms.quality.rules import Severity
    >>> broken_condition(RuleResult(
    ...     name="r", sentence="", severity=Severity.CRITICAL, passed=False,
    ...     expectation='ColumnValues "a" > 3'))
    'NOT ("a" > 3)'
    """
    if rule.error is not None:
        return None
    if rule.expectation.startswith("expect_"):
        build = _EXPECTED.get(rule.expectation)
        given = rule.parameters
        if build is None or "column" not in given or given.get("row_condition") is not None:
            return None
        return build(quoted(str(given["column"])), given)
    return _of_dqdl(rule.expectation)


def _between(column: str, given: Mapping[str, Any]) -> str | None:
    low, high = given.get("min_value"), given.get("max_value")
    tests = []
    if low is not None:
        tests.append(f"{column} {'>' if given.get('strict_min') else '>='} {literal(low)}")
    if high is not None:
        tests.append(f"{column} {'<' if given.get('strict_max') else '<='} {literal(high)}")
    return f"NOT ({' AND '.join(tests)})" if tests else None


def _in(column: str, given: Mapping[str, Any]) -> str | None:
    found = _values(given)
    return None if found is None else f"{column} NOT IN {found}"


def _not_in(column: str, given: Mapping[str, Any]) -> str | None:
    found = _values(given)
    return None if found is None else f"{column} IN {found}"


def _values(given: Mapping[str, Any]) -> str | None:
    values = given.get("value_set")
    return f"({', '.join(map(literal, values))})" if isinstance(values, list) and values else None


_EXPECTED: Mapping[str, Callable[[str, Mapping[str, Any]], str | None]] = {
    "expect_column_values_to_not_be_null": lambda column, _given: f"{column} IS NULL",
    "expect_column_values_to_be_null": lambda column, _given: f"{column} IS NOT NULL",
    "expect_column_values_to_be_unique": lambda column, _given: (
        f"{column} IS NOT NULL AND {_REPEATED.format(column)}"
    ),
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in,
    "expect_column_values_to_not_be_in_set": _not_in,
    "expect_column_value_lengths_to_be_between": lambda column, given: _between(
        f"length({column})", given
    ),
}


def _of_dqdl(text: str) -> str | None:
    try:
        rule = parse_ruleset(f"Rules = [ {text} ]").rules[0]
    except GluepotError:
        return None  # Rules of other engines come here as well.
    if not isinstance(rule, Rule) or rule.where is not None or not rule.values:
        return None
    return _of_rule(rule, [quoted(each) for each in rule.values])


def _of_rule(rule: Rule, columns: list[str]) -> str | None:
    if rule.type in {"IsComplete", "Completeness"}:
        return f"{columns[0]} IS NULL"
    if rule.type in {"IsUnique", "Uniqueness"}:
        return _REPEATED.format(", ".join(columns))
    if rule.type == "IsPrimaryKey":
        nulls = " OR ".join(f"{each} IS NULL" for each in columns)
        return f"{nulls} OR {_REPEATED.format(', '.join(columns))}"
    subject = {"ColumnValues": columns[0], "ColumnLength": f"length({columns[0]})"}.get(rule.type)
    if subject is None or rule.condition is None:
        return None
    return _condition(subject, rule.condition)


def _condition(subject: str, condition: Condition) -> str | None:
    found = [_operand(each) for each in condition.operands]
    if not found or None in found:
        return None
    shown = [each for each in found if each is not None]
    operator = condition.operator
    if operator in _COMPARED:
        return f"NOT ({subject} {_COMPARED[operator]} {shown[0]})"
    if operator in _LISTED:
        return f"NOT ({subject} {_LISTED[operator]} ({', '.join(shown)}))"
    if operator is Operator.BETWEEN:
        return f"NOT ({subject} > {shown[0]} AND {subject} < {shown[1]})"
    if operator is Operator.NOT_BETWEEN:
        return f"NOT ({subject} <= {shown[0]} OR {subject} >= {shown[1]})"
    return None


def _operand(operand: object) -> str | None:
    if isinstance(operand, Number):
        return operand.text
    return literal(operand.value) if isinstance(operand, Text) else None
