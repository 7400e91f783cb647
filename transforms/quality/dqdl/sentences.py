"""Rules in plain words, for people who do not read DQDL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.printer import print_operand
from gluepot.transforms.quality.dqdl.tree import (
    Condition,
    Kind,
    Logic,
    Operator,
    Rule,
    Text,
)

if TYPE_CHECKING:
    from gluepot.transforms.quality.dqdl.tree import AnyRule, Operand

_SUBJECTS = {
    "RowCount": "The number of rows",
    "ColumnCount": "The number of columns",
    "ColumnExists": "The column {0} is there",
    "ColumnNamesMatchPattern": "Every column's name has the pattern {0} in it",
    "CustomSql": "The result of the SQL {0}",
    "SchemaMatch": "The share of columns that are as in {0}",
    "Completeness": "The share of rows with a value in {0}",
    "IsComplete": "{0} is never null",
    "Uniqueness": "The share of rows whose {all} is in no other row",
    "IsUnique": "{all} is different in every row",
    "IsPrimaryKey": "{all} is a key: different in every row, and never null",
    "UniqueValueRatio": "Of the different values of {0}, the share that one row alone has",
    "DistinctValuesCount": "The number of different values of {0}",
    "Entropy": "The entropy of {0}",
    "Mean": "The mean of {0}",
    "Sum": "The sum of {0}",
    "StandardDeviation": "The standard deviation of {0}",
    "Variance": "The variance of {0}",
    "ColumnCorrelation": "The correlation of {all}",
    "ColumnLength": "The length of every {0}",
    "ColumnValues": "Every {0}",
    "ColumnDataType": "The type that every {0} can be read as",
    "DataFreshness": "The age of every {0}",
    "DetectAnomalies": "{all} is as its history lets expect",
    "ReferentialIntegrity": "The share of rows whose {0} is found in {1}",
    "DatasetMatch": "The share of rows that are the same in {0}",
    "RowCountMatch": "The number of rows, divided by that of {0},",
    "AggregateMatch": "{0}, divided by {1},",
    "FileFreshness": "The last change of every file",
    "FileSize": "The size of every file",
    "FileMatch": "The checksum of every file",
    "FileUniqueness": "The share of files that are like no other",
    "ZerosCount": "The number of zeros in {0}",
    "DuplicateRowCount": "The number of rows that repeat another",
    "Range": "The range of {0}",
    "InterquartileRange": "The interquartile range of {0}",
    "Skewness": "The skewness of {0}",
    "Kurtosis": "The kurtosis of {0}",
}
_WORDS = {
    Operator.EQUAL: "is",
    Operator.NOT_EQUAL: "is not",
    Operator.GREATER: "is more than",
    Operator.GREATER_OR_EQUAL: "is at least",
    Operator.LESS: "is less than",
    Operator.LESS_OR_EQUAL: "is at most",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.MATCHES: "matches",
    Operator.NOT_MATCHES: "does not match",
}
_LATER = {Operator.GREATER: "is after", Operator.LESS: "is before"}


def sentence_of(rule: AnyRule) -> str:
    """Return a rule as a sentence.

    >>> from gluepot.transforms.quality.dqdl.parser import parse_ruleset
    >>> text = 'ColumnValues "fare" between 0 and 99 where "paid"'
    >>> sentence_of(parse_ruleset(f"Rules = [ {text} ]").rules[0])
    'Every fare is more than 0 and less than 99, where paid'
    """
    if not isinstance(rule, Rule):
        word = "; and " if rule.logic is Logic.AND else "; or "
        return word.join(map(sentence_of, rule.rules))
    values = rule.values or ("",)
    subject = _SUBJECTS.get(rule.type, rule.type)
    told = subject.format(*values, *("",), all=", ".join(values))
    if rule.type == "CustomSql" and rule.condition is None:
        told = f"Every row is among those that the SQL returns: {values[0]}"
    if rule.type == "FileMatch" and rule.condition is None:
        told = f"The files of {' and '.join(values)} are the same"
    if rule.condition is not None:
        told += f" {_condition(rule.condition)}"
    if rule.where is not None:
        told += f", where {rule.where}"
    if rule.threshold is not None:
        told += f"; the share of such rows {_condition(rule.threshold)}"
    return told


def _condition(condition: Condition) -> str:
    shown = [_operand(operand) for operand in condition.operands]
    operator = condition.operator
    later = condition.kind is Kind.DATE
    if operator in (Operator.BETWEEN, Operator.NOT_BETWEEN) and len(shown) > 1:
        low, high = shown[0], shown[1]
        if operator is Operator.BETWEEN:
            first = "is after" if later else "is more than"
            second = "before" if later else "less than"
            return f"{first} {low} and {second} {high}"
        first = "is not after" if later else "is at most"
        second = "not before" if later else "at least"
        return f"{first} {low} or {second} {high}"
    words = _LATER.get(operator, _WORDS[operator]) if later else _WORDS[operator]
    return f"{words} {', '.join(shown)}"


def _operand(operand: Operand) -> str:
    return operand.value if isinstance(operand, Text) else print_operand(operand)
