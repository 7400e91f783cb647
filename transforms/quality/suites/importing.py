"""From a suite to DQDL: each expectation as one rule that means the same, or a reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.dqdl.kinds import is_date
from gluepot.transforms.quality.dqdl.parser import parse_ruleset
from gluepot.transforms.quality.dqdl.printer import quoted
from gluepot.transforms.quality.dqdl.tree import Ruleset
from gluepot.transforms.quality.signatures import SIGNATURES
from gluepot.transforms.quality.suites.exporting import inner_pattern
from gluepot.transforms.quality.suites.filters import quoted_path, sql_of, without_nulls
from gluepot.transforms.quality.suites.model import NotTheSameError, Refused
from gluepot.transforms.quality.suites.queries import statement_of
from gluepot.transforms.quality.suites.ranges import Range, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gluepot.transforms.quality.dqdl.tree import AnyRule
    from gluepot.transforms.quality.suites.model import Expectation

    Importer = Callable[[Mapping[str, Any]], str]

_IGNORED = frozenset({"batch_id", "catch_exceptions", "result_format", "condition_parser"})
"""Parameters that say nothing of what must hold."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A ruleset, and what is not in it."""

    ruleset: Ruleset
    refused: tuple[Refused, ...] = ()


def import_suite(expectations: Sequence[Expectation]) -> Imported:
    """Return expectations as a ruleset; those without a twin are refused by name."""
    rules: list[AnyRule] = []
    refused: list[Refused] = []
    for each in expectations:
        try:
            rules.append(rule_of(each))
        except NotTheSameError as error:
            column = each.kwargs.get("column")
            named = f"{each.type} of {column}" if column else each.type
            refused.append(Refused(text=named, reason=str(error)))
    return Imported(ruleset=Ruleset(rules=tuple(rules)), refused=tuple(refused))


def rule_of(expectation: Expectation) -> AnyRule:
    """Return the rule that holds if and only if an expectation does.

    Raises:
        NotTheSameError: There is none.
    """
    kind = expectation.type
    if kind not in IMPORTERS:
        raise NotTheSameError(WITHOUT.get(kind, "it is none of the library's own"))
    if expectation.severity != "critical":
        raise NotTheSameError(
            f"its severity is {expectation.severity}, and a rule of DQDL that does not hold fails"
        )
    kwargs = {
        name: value
        for name, value in expectation.kwargs.items()
        if value is not None and name not in _IGNORED
    }
    if expectation.kwargs.get("condition_parser") not in (None, "spark"):
        raise NotTheSameError("its row_condition is not Spark SQL")
    unknown = [name for name in kwargs if name not in SIGNATURES[kind].parameters]
    if unknown:
        raise NotTheSameError(f"its parameter {unknown[0]!r} is unknown")
    if kwargs.get("mostly") == 1:
        del kwargs["mostly"]
    (rule,) = parse_ruleset(f"Rules = [ {IMPORTERS[kind](kwargs)} ]").rules
    return rule


def _metric(subject: str, *, counts: bool = False) -> Importer:
    def imported(kwargs: Mapping[str, Any]) -> str:
        called = f"{subject} {quoted(kwargs['column'])}" if "column" in kwargs else subject
        bounds = Range.of_kwargs(kwargs)
        conditions = _counted(bounds) if counts else bounds.conditions()
        return _all_of([f"{called} {each}" for each in conditions], _where(kwargs))

    return imported


def _equal(subject: str) -> Importer:
    return lambda kwargs: _all_of([f"{subject} = {written(kwargs['value'])}"], _where(kwargs))


def _counted(bounds: Range) -> list[str]:
    """Return bounds of a count, whose ends in DQDL's ``between`` are no part of it."""
    low, high = bounds.least, bounds.most
    if low is not None and high is not None and not bounds.above and not bounds.below:
        return [f"= {low}"] if low == high else [f"between {low - 1} and {high + 1}"]
    return bounds.conditions()


def _exists(kwargs: Mapping[str, Any]) -> str:
    if "column_index" in kwargs:
        raise NotTheSameError("DQDL knows nothing of the order of columns")
    return f"ColumnExists {quoted(kwargs['column'])}"


def _not_null(kwargs: Mapping[str, Any]) -> str:
    column, where = quoted(kwargs["column"]), _where(kwargs)
    if "mostly" in kwargs:
        return _all_of([f"Completeness {column} >= {written(kwargs['mostly'])}"], where)
    return _all_of([f"IsComplete {column}"], where)


def _null(kwargs: Mapping[str, Any]) -> str:
    rule = f"ColumnValues {quoted(kwargs['column'])} = NULL"
    return _all_of([rule], _where(kwargs), _threshold(kwargs))


def _unique(kwargs: Mapping[str, Any]) -> str:
    if "mostly" in kwargs:
        raise NotTheSameError(
            "it counts every row of a value that comes again, DQDL's Uniqueness"
            " those seen once of all rows"
        )
    return _all_of([f"IsUnique {quoted(kwargs['column'])}"], _present(kwargs))


def _compound(kwargs: Mapping[str, Any]) -> str:
    if "mostly" in kwargs:
        raise NotTheSameError("DQDL's IsUnique is of all rows, and has no least share")
    ignored = kwargs.get("ignore_row_if", "all_values_are_missing")
    words = {"all_values_are_missing": " OR ", "any_value_is_missing": " AND "}
    if ignored not in words:
        raise NotTheSameError("in DQDL, a row that is null in all columns is not unique")
    names = kwargs["column_list"]
    present = words[ignored].join(f"{quoted_path(name)} IS NOT NULL" for name in names)
    where = _where(kwargs)
    kept = present if where is None else f"({where}) AND ({present})"
    return _all_of([f"IsUnique {' '.join(map(quoted, names))}"], kept)


def _between(kwargs: Mapping[str, Any]) -> str:
    bounds = Range.of_kwargs(kwargs)
    is_day = any(isinstance(each, str) for each in (bounds.least, bounds.most))
    subject = f"ColumnValues {quoted(kwargs['column'])}"
    conditions = _days(bounds) if is_day else bounds.conditions()
    return _judged([f"{subject} {each}" for each in conditions], kwargs)


def _days(bounds: Range) -> list[str]:
    """Return bounds of times, which DQDL compares by their days."""
    if (bounds.least is not None and bounds.above) or (
        bounds.most is not None and not bounds.below
    ):
        raise NotTheSameError(
            "of a column of times its bound is midnight, and DQDL compares days: only a least day,"
            " and a day that is too late (`strict_max`), are the same in both"
        )
    low = [] if bounds.least is None else [f">= {written(bounds.least)}"]
    high = [] if bounds.most is None else [f"< {written(bounds.most)}"]
    return low + high


def _in_set(kwargs: Mapping[str, Any]) -> str:
    return _set("in", kwargs)


def _not_in_set(kwargs: Mapping[str, Any]) -> str:
    return _set("not in", kwargs)


def _set(word: str, kwargs: Mapping[str, Any]) -> str:
    values = kwargs["value_set"]
    texts = [each for each in values if isinstance(each, str)]
    if texts and len(texts) < len(values):
        raise NotTheSameError("its set has texts and numbers")
    if any(isinstance(each, date) for each in values) or (texts and all(map(is_date, texts))):
        raise NotTheSameError("DQDL would compare its values by their days")
    told = ", ".join(map(quoted, texts) if texts else map(written, values))
    return _judged([f"ColumnValues {quoted(kwargs['column'])} {word} [{told}]"], kwargs)


def _regex(word: str) -> Importer:
    def imported(kwargs: Mapping[str, Any]) -> str:
        pattern = quoted(inner_pattern(kwargs["regex"]))
        return _judged([f"ColumnValues {quoted(kwargs['column'])} {word} {pattern}"], kwargs)

    return imported


def _lengths(kwargs: Mapping[str, Any]) -> str:
    subject = f"ColumnLength {quoted(kwargs['column'])}"
    if "mostly" in kwargs:
        raise NotTheSameError("ColumnLength takes no threshold")
    conditions = _counted(Range.of_kwargs(kwargs))
    return _judged([f"{subject} {each}" for each in conditions], kwargs)


def _length(kwargs: Mapping[str, Any]) -> str:
    return _lengths({**kwargs, "min_value": kwargs["value"], "max_value": kwargs["value"]})


def _query(kwargs: Mapping[str, Any]) -> str:
    return f"CustomSql {quoted(statement_of(kwargs['unexpected_rows_query']))} = 0"


def _judged(parts: Sequence[str], kwargs: Mapping[str, Any]) -> str:
    """Return rules on the values that are not null."""
    if len(parts) > 1 and "mostly" in kwargs:
        raise NotTheSameError(
            "DQDL's `between` leaves out its ends, and the share of rows that meet two bounds is"
            " not that of each"
        )
    return _all_of(parts, _present(kwargs), _threshold(kwargs))


def _all_of(parts: Sequence[str], where: str | None, threshold: str = "") -> str:
    kept = f" where {quoted(where)}" if where is not None else ""
    told = [f"{part}{kept}{threshold}" for part in parts]
    return told[0] if len(told) == 1 else " and ".join(f"({each})" for each in told)


def _threshold(kwargs: Mapping[str, Any]) -> str:
    mostly = kwargs.get("mostly")
    return "" if mostly is None else f" with threshold >= {written(mostly)}"


def _where(kwargs: Mapping[str, Any]) -> str | None:
    return sql_of(kwargs.get("row_condition"))


def _present(kwargs: Mapping[str, Any]) -> str:
    return without_nulls(_where(kwargs), kwargs["column"])


_TWO_COLUMNS = "DQDL has no rule that compares columns of one row; CustomSql can"
_ORDER = "DQDL knows nothing of the order of rows"
_NOT_MEASURED = "DQDL has no rule on that"
_TYPES = "it asks what the schema says; ColumnDataType asks what values can be read as"
_SCHEMA = "DQDL asks for one column at a time: ColumnExists, and ColumnCount for their number"
_ENDS = "DQDL has no rule on the least or greatest value, which of nulls alone does not hold"
_LISTS = "DQDL matches one pattern; `(?:a)|(?:b)` is any of several"
_LIKE = "it does not run on Spark"
_OTHER = "it needs another source of data"
IMPORTERS: Mapping[str, Importer] = {
    "expect_table_row_count_to_be_between": _metric("RowCount", counts=True),
    "expect_table_row_count_to_equal": _equal("RowCount"),
    "expect_table_column_count_to_be_between": _metric("ColumnCount", counts=True),
    "expect_table_column_count_to_equal": _equal("ColumnCount"),
    "expect_column_to_exist": _exists,
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_null": _null,
    "expect_column_proportion_of_non_null_values_to_be_between": _metric("Completeness"),
    "expect_column_values_to_be_unique": _unique,
    "expect_compound_columns_to_be_unique": _compound,
    "expect_column_unique_value_count_to_be_between": _metric("DistinctValuesCount", counts=True),
    "expect_column_mean_to_be_between": _metric("Mean"),
    "expect_column_sum_to_be_between": _metric("Sum"),
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_distinct_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_match_regex": _regex("matches"),
    "expect_column_values_to_not_match_regex": _regex("not matches"),
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _length,
    "unexpected_rows_expectation": _query,
}
"""Expectations with a twin, for some parameters at least."""
WITHOUT: Mapping[str, str] = {
    "expect_column_values_to_match_regex_list": _LISTS,
    "expect_column_values_to_not_match_regex_list": _LISTS,
    "expect_column_values_to_be_increasing": _ORDER,
    "expect_column_values_to_be_decreasing": _ORDER,
    "expect_column_values_to_be_json_parseable": _NOT_MEASURED,
    "expect_column_values_to_match_json_schema": _NOT_MEASURED,
    "expect_column_values_to_match_strftime_format": _NOT_MEASURED,
    "expect_column_values_to_be_of_type": _TYPES,
    "expect_column_values_to_be_in_type_list": _TYPES,
    "expect_column_type_to_be": _TYPES,
    "expect_column_value_z_scores_to_be_less_than": _NOT_MEASURED,
    "expect_column_values_to_not_be_outliers": _NOT_MEASURED,
    "expect_column_min_to_be_between": _ENDS,
    "expect_column_max_to_be_between": _ENDS,
    "expect_column_median_to_be_between": _NOT_MEASURED,
    "expect_column_stdev_to_be_between": "it is of a sample, and DQDL's of the whole",
    "expect_column_proportion_of_unique_values_to_be_between": (
        "DQDL knows the share of values seen once, not of different values"
    ),
    "expect_column_quantile_values_to_be_between": _NOT_MEASURED,
    "expect_column_distinct_values_to_contain_set": _NOT_MEASURED,
    "expect_column_distinct_values_to_equal_set": _NOT_MEASURED,
    "expect_column_most_common_value_to_be_in_set": _NOT_MEASURED,
    "expect_column_kl_divergence_to_be_less_than": _NOT_MEASURED,
    "expect_column_pair_values_to_be_equal": _TWO_COLUMNS,
    "expect_column_pair_values_a_to_be_greater_than_b": _TWO_COLUMNS,
    "expect_column_pair_values_to_be_in_set": _TWO_COLUMNS,
    "expect_select_column_values_to_be_unique_within_record": _TWO_COLUMNS,
    "expect_multicolumn_sum_to_equal": _TWO_COLUMNS,
    "expect_multicolumn_values_to_be_equal": _TWO_COLUMNS,
    "expect_table_columns_to_match_ordered_list": _SCHEMA,
    "expect_table_columns_to_match_set": _SCHEMA,
    "expect_column_values_to_match_like_pattern": _LIKE,
    "expect_column_values_to_not_match_like_pattern": _LIKE,
    "expect_column_values_to_match_like_pattern_list": _LIKE,
    "expect_column_values_to_not_match_like_pattern_list": _LIKE,
    "expect_column_values_to_be_dateutil_parseable": _LIKE,
    "expect_query_results_to_match_comparison": _OTHER,
    "expect_table_row_count_to_equal_other_table": _OTHER,
}
"""Expectations without any, and why."""
