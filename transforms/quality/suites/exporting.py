"""From DQDL to a suite: each rule as the expectations that together mean the same.

DQDL lets a null row fail most rules, and expectations pass nulls over, so many a rule becomes two:
what its values must be, and that there are none missing. What has no twin is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.dqdl.printer import print_analyzer, print_rule
from gluepot.transforms.quality.dqdl.tree import (
    Condition,
    Keyword,
    Kind,
    Logic,
    Number,
    Operator,
    Rule,
    Text,
    Word,
)
from gluepot.transforms.quality.dqdl.variables import resolved
from gluepot.transforms.quality.suites.filters import condition_of, split_nulls
from gluepot.transforms.quality.suites.model import Expectation, NotTheSameError, Refused
from gluepot.transforms.quality.suites.queries import query_of
from gluepot.transforms.quality.suites.ranges import (
    Range,
    of_counts,
    of_days,
    of_numbers,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.transforms.quality.dqdl.tree import AnyRule, Ruleset

_SETS = (Operator.EQUAL, Operator.IN)
_OUTSIDE = (Operator.NOT_EQUAL, Operator.NOT_IN)
_PATTERNS = (Operator.MATCHES, Operator.NOT_MATCHES)
_WHOLE = (r"\A(?:", r")(?![\s\S])")
"""What stands around a pattern of whole values; the end is written so that Java and Python know."""
_NOT_NULL = "expect_column_values_to_not_be_null"
_UNIQUE = "expect_column_values_to_be_unique"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A suite as its JSON has it, and what is not in it."""

    suite: dict[str, Any]
    refused: tuple[Refused, ...] = ()


def export_ruleset(ruleset: Ruleset, name: str) -> Exported:
    """Return a ruleset as a suite; rules without a twin are refused by name, and so are analyzers.

    Each expectation keeps the rule that it was made of under ``meta``.
    """
    found: list[Expectation] = []
    refused: list[Refused] = []
    known = resolved(ruleset)
    for rule in known.rules:
        text, labels = print_rule(rule), known.labels_of(rule)
        meta = {"dqdl": text} | ({"labels": labels} if labels else {})
        try:
            found += [replace(each, meta=meta) for each in expectations_of(rule)]
        except NotTheSameError as error:
            refused.append(Refused(text=text, reason=str(error)))
    refused += [
        Refused(text=print_analyzer(each), reason="an analyzer demands nothing")
        for each in known.analyzers
    ]
    suite = {"name": name, "expectations": [each.to_json() for each in found], "meta": {}}
    return Exported(suite=suite, refused=tuple(refused))


def expectations_of(rule: AnyRule) -> list[Expectation]:
    """Return the expectations that hold together if and only if a rule does.

    Raises:
        NotTheSameError: There are none.
    """
    if not isinstance(rule, Rule):
        if rule.logic is Logic.OR:
            raise NotTheSameError("a suite demands all of its expectations, and has no `or`")
        return [found for each in rule.rules for found in expectations_of(each)]
    if rule.type in WITHOUT:
        raise NotTheSameError(WITHOUT[rule.type])
    return EXPORTERS[rule.type](rule)


def _metric(expectation: str, *, counts: bool = False) -> Callable[[Rule], list[Expectation]]:
    def exported(rule: Rule) -> list[Expectation]:
        condition = _condition(rule)
        bounds = of_counts(condition) if counts else of_numbers(condition)
        column = {"column": rule.values[0]} if rule.values else {}
        kwargs = column | bounds.kwargs() | condition_of(rule.where)
        return [Expectation(type=expectation, kwargs=kwargs)]

    return exported


def _completeness(rule: Rule) -> list[Expectation]:
    found = of_numbers(_condition(rule))
    least = 0.0 if found.least is None else found.least
    most = 1.0 if found.most is None else found.most
    if least > 1 or most < 0:
        raise NotTheSameError("no share meets its bound")
    # A share is from 0 to 1, and no expectation takes a bound beyond.
    bounds = Range(
        least=max(least, 0.0),
        most=min(most, 1.0),
        above=found.above and least >= 0,
        below=found.below and most <= 1,
    )
    kwargs = {"column": rule.values[0]} | bounds.kwargs() | condition_of(rule.where)
    kind = "expect_column_proportion_of_non_null_values_to_be_between"
    return [Expectation(type=kind, kwargs=kwargs)]


def _column_exists(rule: Rule) -> list[Expectation]:
    return [Expectation(type="expect_column_to_exist", kwargs={"column": rule.values[0]})]


def _complete(rule: Rule) -> list[Expectation]:
    return [_present(rule.values[0], rule.where)]


def _unique(rule: Rule) -> list[Expectation]:
    if len(rule.values) > 1:
        raise NotTheSameError(
            "a row that is null in all of its columns is not unique, and expectations pass it over;"
            " IsPrimaryKey has a twin"
        )
    return [_of_column(_UNIQUE, rule), *_presence(rule)]


def _key(rule: Rule) -> list[Expectation]:
    present = [_present(name, rule.where) for name in rule.values]
    if len(rule.values) == 1:
        return [_of_column(_UNIQUE, rule), *present]
    kwargs = {"column_list": list(rule.values)} | condition_of(rule.where)
    return [Expectation(type="expect_compound_columns_to_be_unique", kwargs=kwargs), *present]


def _lengths(rule: Rule) -> list[Expectation]:
    condition = _condition(rule)
    _, present = split_nulls(rule.where, rule.values[0])
    bounds = [each.text for each in plain(condition).operands if isinstance(each, Number)]
    if not present and any(float(each) == 0 for each in bounds):
        raise NotTheSameError("null has the length 0 here, and expectations pass it over")
    kind = "expect_column_value_lengths_to_be_between"
    return _judged(rule, kind, of_counts(condition).kwargs(), nulls_fail=True)


def _values(rule: Rule) -> list[Expectation]:
    condition = _condition(rule)
    if any(tag.name == "ignoreCase" for tag in rule.tags):
        raise NotTheSameError("no expectation compares without regard to case")
    if condition.operator in _PATTERNS:
        return _patterns(rule, condition)
    if condition.operator in (*_SETS, *_OUTSIDE):
        return _among(rule, condition)
    bounds = of_days(condition) if condition.kind is Kind.DATE else of_numbers(condition)
    kind = "expect_column_values_to_be_between"
    return _judged(rule, kind, bounds.kwargs(), nulls_fail=True)


def _patterns(rule: Rule, condition: Condition) -> list[Expectation]:
    (pattern,) = (each.value for each in condition.operands if isinstance(each, Text))
    positive = condition.operator is Operator.MATCHES
    kind = f"expect_column_values_to_{'' if positive else 'not_'}match_regex"
    return _judged(rule, kind, {"regex": whole_pattern(pattern)}, nulls_fail=True)


def _among(rule: Rule, condition: Condition) -> list[Expectation]:
    outside = condition.operator in _OUTSIDE
    words = {each.word for each in condition.operands if isinstance(each, Keyword)}
    if Word.WHITESPACES_ONLY in words:
        raise NotTheSameError("no expectation looks for WHITESPACES_ONLY in a set")
    if condition.operands and all(_is_null(each) for each in condition.operands):
        kind = _NOT_NULL if outside else "expect_column_values_to_be_null"
        return [_of_column(kind, rule, _mostly(rule, nulls_out=True))]
    # What is named is no failure; what is not, is one unless the set is turned around.
    nulls_fail = (Word.NULL in words) is outside
    if condition.kind is Kind.DATE:
        return _on_day(rule, condition, nulls_fail=nulls_fail)
    kind = f"expect_column_values_to_{'not_' if outside else ''}be_in_set"
    return _judged(rule, kind, {"value_set": _value_set(condition)}, nulls_fail=nulls_fail)


def _value_set(condition: Condition) -> list[str | int | float]:
    if condition.kind is Kind.NUMBER:
        numbers = [each.text for each in plain(condition).operands if isinstance(each, Number)]
        return [int(each) if each.lstrip("-").isdigit() else float(each) for each in numbers]
    texts = [each.value for each in condition.operands if isinstance(each, Text)]
    empty = Keyword(word=Word.EMPTY) in condition.operands
    return [*texts, *([""] if empty else [])]


def _on_day(rule: Rule, condition: Condition, *, nulls_fail: bool) -> list[Expectation]:
    days = [each for each in condition.operands if not _is_null(each)]
    if condition.operator in _OUTSIDE or len(days) > 1:
        raise NotTheSameError("several days, or all but one, are no range")
    bounds = of_days(Condition(kind=Kind.DATE, operator=Operator.EQUAL, operands=tuple(days)))
    kind = "expect_column_values_to_be_between"
    return _judged(rule, kind, bounds.kwargs(), nulls_fail=nulls_fail)


def _custom_sql(rule: Rule) -> list[Expectation]:
    kwargs = {"unexpected_rows_query": query_of(rule)}
    return [Expectation(type="unexpected_rows_expectation", kwargs=kwargs)]


def _judged(
    rule: Rule, kind: str, kwargs: Mapping[str, Any], *, nulls_fail: bool
) -> list[Expectation]:
    """Return an expectation on values, and one on nulls where these fail the rule."""
    _, nulls_out = split_nulls(rule.where, rule.values[0])
    judged = _of_column(kind, rule, {**kwargs, **_mostly(rule, nulls_out=nulls_out)})
    return [judged, *(_presence(rule) if nulls_fail else [])]


def _of_column(kind: str, rule: Rule, kwargs: Mapping[str, Any] | None = None) -> Expectation:
    where, _ = split_nulls(rule.where, rule.values[0])
    own = {"column": rule.values[0], **(kwargs or {})}
    # Nulls are passed over anyway, but for the two that look for them.
    keeps = kind.endswith("be_null")
    return Expectation(type=kind, kwargs=own | condition_of(rule.where if keeps else where))


def _presence(rule: Rule) -> list[Expectation]:
    where, nulls_out = split_nulls(rule.where, rule.values[0])
    return [] if nulls_out else [_present(rule.values[0], where)]


def _present(column: str, where: str | None) -> Expectation:
    return Expectation(type=_NOT_NULL, kwargs={"column": column} | condition_of(where))


def _mostly(rule: Rule, *, nulls_out: bool) -> dict[str, float]:
    """Return a rule's threshold as ``mostly``, which is a share of the rows that have a value."""
    if rule.threshold is None:
        return {}
    threshold = plain(rule.threshold)
    if threshold.operator is not Operator.GREATER_OR_EQUAL:
        raise NotTheSameError("`mostly` is a least share: only `with threshold >=` has a twin")
    if not nulls_out:
        raise NotTheSameError(
            "its share is of all rows, and that of `mostly` of rows with a value; leave nulls out:"
            f' where "{rule.values[0]} IS NOT NULL"'
        )
    least = of_numbers(threshold).least
    if not 0 <= least <= 1:
        raise NotTheSameError("`mostly` is from 0 to 1")
    return {"mostly": float(least)}


def whole_pattern(pattern: str) -> str:
    r"""Return a pattern that finds only values that match as a whole.

    >>> whole_pattern("a|b")
    '\\A(?:a|b)(?![\\s\\S])'
    """
    return _WHOLE[0] + pattern + _WHOLE[1]


def inner_pattern(pattern: str) -> str:
    """Return a pattern for the whole value, of one that is looked for anywhere in it.

    >>> inner_pattern(whole_pattern("a|b")), inner_pattern("^a")
    ('a|b', '(?s:.*)(?:^a)(?s:.*)')
    """
    inner = pattern.removeprefix(_WHOLE[0]).removesuffix(_WHOLE[1])
    if whole_pattern(inner) == pattern and _is_closed(inner):
        return inner
    return f"(?s:.*)(?:{pattern})(?s:.*)"


def _is_closed(pattern: str) -> bool:
    """Return whether a part of a pattern is a pattern of its own."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _condition(rule: Rule) -> Condition:
    if rule.condition is None:
        raise AssertionError(f"{rule.type} has no condition")
    return rule.condition


def _is_null(operand: object) -> bool:
    return isinstance(operand, Keyword) and operand.word is Word.NULL


_NO_TWIN = "there is no expectation on it"
_OTHER_DATA = "an expectation sees one frame only"
_FILES = "expectations know nothing of files"
EXPORTERS: Mapping[str, Callable[[Rule], list[Expectation]]] = {
    "RowCount": _metric("expect_table_row_count_to_be_between", counts=True),
    "ColumnCount": _metric("expect_table_column_count_to_be_between", counts=True),
    "ColumnExists": _column_exists,
    "IsComplete": _complete,
    "Completeness": _completeness,
    "IsUnique": _unique,
    "IsPrimaryKey": _key,
    "DistinctValuesCount": _metric("expect_column_unique_value_count_to_be_between", counts=True),
    "Mean": _metric("expect_column_mean_to_be_between"),
    "Sum": _metric("expect_column_sum_to_be_between"),
    "ColumnLength": _lengths,
    "ColumnValues": _values,
    "CustomSql": _custom_sql,
}
"""Types of rules with a twin, for some conditions at least."""
WITHOUT: Mapping[str, str] = {
    "ColumnNamesMatchPattern": _NO_TWIN,
    "Uniqueness": "expectations know the share of different values, not of those seen once",
    "UniqueValueRatio": "expectations know the share of different values, not of those seen once",
    "Entropy": _NO_TWIN,
    "StandardDeviation": "DQDL's is of the whole, and the expectation's of a sample",
    "Variance": _NO_TWIN,
    "ColumnCorrelation": _NO_TWIN,
    "ColumnDataType": "it asks what values can be read as, and expectations what the schema says",
    "DataFreshness": "its bound moves with the clock",
    "DetectAnomalies": "it compares with earlier values, which expectations have none of",
    "SchemaMatch": _OTHER_DATA,
    "ReferentialIntegrity": _OTHER_DATA,
    "DatasetMatch": _OTHER_DATA,
    "RowCountMatch": _OTHER_DATA,
    "AggregateMatch": _OTHER_DATA,
    "FileFreshness": _FILES,
    "FileSize": _FILES,
    "FileMatch": _FILES,
    "FileUniqueness": _FILES,
    "ZerosCount": _NO_TWIN,
    "DuplicateRowCount": _NO_TWIN,
    "Range": _NO_TWIN,
    "InterquartileRange": _NO_TWIN,
    "Skewness": _NO_TWIN,
    "Kurtosis": _NO_TWIN,
}
"""Types of rules without any, and why."""
