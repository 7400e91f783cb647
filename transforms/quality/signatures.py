"""What each expectation of Great Expectations takes, checked without importing it.

A test compares this table with the library's own models, name by name and field by field.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms import parameters as plain
from gluepot.transforms.parameters import Parameter
from gluepot.transforms.quality import bounds
from gluepot.transforms.quality.signature import Agree, Signature, agreed, shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def find_signature(expectation: object) -> Signature:
    """Return what an expectation takes, by its name in either of the library's spellings.

    >>> find_signature("ExpectColumnValuesToBeUnique").expectation
    'expect_column_values_to_be_unique'

    Raises:
        InvalidInputError: There is none; the sentence names the nearest one.
    """
    name = _snake(expectation) if isinstance(expectation, str) else ""
    if name not in SIGNATURES:
        hint = did_you_mean(name, SIGNATURES)
        raise InvalidInputError(f"there is no expectation {shown(expectation)}.{hint}")
    return SIGNATURES[name]


def _snake(name: str) -> str:
    if not name[:1].isupper():
        return name
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.removeprefix("_").replace("_k_l_", "_kl_")


def _range_agrees(params: Mapping[str, Any]) -> str | None:
    low, high = params.get("min_value"), params.get("max_value")
    if low is None and high is None:
        return "give min_value, max_value or both"
    if low is None or high is None:
        return None
    try:
        wrong = bounds.order(low) > bounds.order(high)
    except TypeError:
        return f"min_value {low} and max_value {high} are of different kinds"
    return f"min_value {low} is greater than max_value {high}" if wrong else None


COLUMN = {"column": Parameter(check=plain.text, required=True, meaning="the column")}
TWO_COLUMNS = {
    "column_A": Parameter(check=plain.text, required=True, meaning="the first column"),
    "column_B": Parameter(check=plain.text, required=True, meaning="the second column"),
}
COLUMNS = {"column_list": Parameter(check=bounds.columns, required=True, meaning="the columns")}
WHERE = {
    "row_condition": Parameter(check=plain.text, meaning="Spark SQL; only rows where it is true"),
    "condition_parser": Parameter(check=plain.one_of("spark"), meaning="always spark"),
}
MOSTLY = {"mostly": Parameter(check=bounds.share, meaning="the least share that must hold")}
MAP = {**MOSTLY, **WHERE}
STRICT = {
    "strict_min": Parameter(check=plain.boolean, meaning="min_value itself is too low"),
    "strict_max": Parameter(check=plain.boolean, meaning="max_value itself is too high"),
}
_NULLS_OF_PAIR = plain.one_of("both_values_are_missing", "either_value_is_missing", "neither")
_NULLS_OF_ROW = plain.one_of("all_values_are_missing", "any_value_is_missing", "never")
SKIP_PAIR = {"ignore_row_if": Parameter(check=_NULLS_OF_PAIR, meaning="rows passed over")}
SKIP_ROW = {"ignore_row_if": Parameter(check=_NULLS_OF_ROW, meaning="rows passed over")}


def _bounds(check: plain.Check) -> dict[str, Parameter]:
    return {
        "min_value": Parameter(check=check, meaning="the least that is right"),
        "max_value": Parameter(check=check, meaning="the most that is right"),
    }


def _need(meaning: str, **checks: plain.Check) -> dict[str, Parameter]:
    return {
        name: Parameter(check=check, required=True, meaning=meaning)
        for name, check in checks.items()
    }


def _may(meaning: str, **checks: plain.Check) -> dict[str, Parameter]:
    return {name: Parameter(check=check, meaning=meaning) for name, check in checks.items()}


def _map(  # noqa: PLR0913 - the fields of a row of the table
    name: str,
    claim: str,
    *more: Mapping[str, Parameter],
    domain: Mapping[str, Parameter] = COLUMN,
    counts: str = "values",
    agree: Agree = agreed,
    unsupported: str | None = None,
) -> Signature:
    parameters = {key: value for part in (domain, *more, MAP) for key, value in part.items()}
    return Signature(
        expectation=name,
        claim=claim,
        parameters=parameters,
        counts=counts,
        agree=agree,
        unsupported=unsupported,
    )


def _aggregate(
    name: str, claim: str, *more: Mapping[str, Parameter], agree: Agree = agreed
) -> Signature:
    parameters = {key: value for part in (COLUMN, *more, WHERE) for key, value in part.items()}
    return Signature(expectation=name, claim=claim, parameters=parameters, agree=agree)


def _between(name: str, claim: str, check: plain.Check = bounds.number_or_time) -> Signature:
    return _aggregate(name, claim, _bounds(check), STRICT, agree=_range_agrees)


def _table(
    name: str,
    claim: str,
    *parts: Mapping[str, Parameter],
    agree: Agree = agreed,
    unsupported: str | None = None,
) -> Signature:
    parameters = {key: value for part in parts for key, value in part.items()}
    return Signature(
        expectation=name,
        claim=claim,
        parameters=parameters,
        agree=agree,
        reads_columns=False,
        unsupported=unsupported,
    )


_SET = _need("the values that are meant", value_set=bounds.values)
_REGEX = _need("a regular expression", regex=bounds.pattern)
_REGEXES = _need("regular expressions", regex_list=bounds.patterns)
_LIKE = _need("a pattern of SQL's LIKE", like_pattern=plain.text)
_LIKES = _need("patterns of SQL's LIKE", like_pattern_list=bounds.texts)
_ESCAPE = _may("the character that escapes", escape=plain.text)
_ANY_ALL = _may("any or all", match_on=plain.one_of("any", "all"))
_STRICTLY = _may("equal neighbours are wrong", strictly=plain.boolean)
_TYPE = _need("a Spark type, such as IntegerType", type_=plain.text)
_VALUE = _need("the number that is right", value=bounds.whole)
_HOLDOUT = _may(
    "share kept for unseen values",
    internal_weight_holdout=bounds.share,
    tail_weight_holdout=bounds.share,
)
_NO_LIKE = "use expect_column_values_to_match_regex or expect_column_values_to_not_match_regex"

_VALUES = (
    _map(
        "expect_column_values_to_be_between",
        "is {range}",
        _bounds(bounds.number_or_time),
        STRICT,
        agree=_range_agrees,
    ),
    _map("expect_column_values_to_not_be_null", "is not null", counts="rows"),
    _map("expect_column_values_to_be_null", "is null", counts="rows"),
    _map("expect_column_values_to_be_unique", "is unique"),
    _map("expect_column_values_to_be_in_set", "is one of {value_set}", _SET),
    _map("expect_column_values_to_not_be_in_set", "is none of {value_set}", _SET),
    _map("expect_column_values_to_match_regex", "matches {regex}", _REGEX),
    _map("expect_column_values_to_not_match_regex", "does not match {regex}", _REGEX),
    _map(
        "expect_column_values_to_match_regex_list",
        "matches {match_on} of {regex_list}",
        _REGEXES,
        _ANY_ALL,
    ),
    _map("expect_column_values_to_not_match_regex_list", "matches none of {regex_list}", _REGEXES),
    _map(
        "expect_column_value_lengths_to_be_between",
        "has a length {of_range}",
        _bounds(bounds.whole),
        STRICT,
        agree=_range_agrees,
    ),
    _map("expect_column_value_lengths_to_equal", "has a length of {value}", _VALUE),
    _map("expect_column_values_to_be_increasing", "never falls from row to row", _STRICTLY),
    _map("expect_column_values_to_be_decreasing", "never rises from row to row", _STRICTLY),
    _map("expect_column_values_to_be_json_parseable", "is JSON"),
    _map(
        "expect_column_values_to_match_json_schema",
        "is JSON that fits its schema",
        _need("a JSON schema", json_schema=bounds.mapping),
    ),
    _map(
        "expect_column_values_to_match_strftime_format",
        "is a time written as {strftime_format}",
        _need("Python's strftime format", strftime_format=plain.text),
    ),
    _map("expect_column_values_to_be_of_type", "is of type {type_}", _TYPE),
    _map(
        "expect_column_values_to_be_in_type_list",
        "is of one of the types {type_list}",
        _need("Spark types, such as IntegerType", type_list=bounds.texts),
    ),
    _map(
        "expect_column_value_z_scores_to_be_less_than",
        "lies within {threshold} standard deviations of its mean",
        _need("standard deviations", threshold=bounds.number),
        _need("whether low values count too", double_sided=plain.boolean),
    ),
    _map(
        "expect_column_values_to_not_be_outliers",
        "has no outliers",
        _may("iqr or std", method=plain.one_of("iqr", "std")),
        _may("how many ranges or deviations are far", multiplier=bounds.number),
    ),
)

_AGGREGATES = (
    _between("expect_column_min_to_be_between", "has a smallest value {of_range}"),
    _between("expect_column_max_to_be_between", "has a largest value {of_range}"),
    _between("expect_column_mean_to_be_between", "has a mean {of_range}"),
    _between("expect_column_median_to_be_between", "has a median {of_range}"),
    _between("expect_column_sum_to_be_between", "has a sum {of_range}"),
    _between(
        "expect_column_stdev_to_be_between", "has a standard deviation {of_range}", bounds.number
    ),
    _between(
        "expect_column_unique_value_count_to_be_between",
        "has {range} different values",
        bounds.whole,
    ),
    _between(
        "expect_column_proportion_of_unique_values_to_be_between",
        "has a share of different values {of_range}",
        bounds.share,
    ),
    _between(
        "expect_column_proportion_of_non_null_values_to_be_between",
        "has a share of rows with a value {of_range}",
        bounds.share,
    ),
    _aggregate(
        "expect_column_quantile_values_to_be_between",
        "has its quantiles in {quantile_ranges}",
        _need("quantiles and their ranges", quantile_ranges=bounds.quantile_ranges),
        _may("whether a near value will do", allow_relative_error=plain.boolean),
    ),
    _aggregate(
        "expect_column_distinct_values_to_be_in_set", "has no values outside {value_set}", _SET
    ),
    _aggregate("expect_column_distinct_values_to_contain_set", "has all of {value_set}", _SET),
    _aggregate("expect_column_distinct_values_to_equal_set", "has exactly {value_set}", _SET),
    _aggregate(
        "expect_column_most_common_value_to_be_in_set",
        "has its most common value in {value_set}",
        _SET,
        _may("whether one of several will do", ties_okay=plain.boolean),
    ),
    _aggregate(
        "expect_column_kl_divergence_to_be_less_than",
        "is spread as expected, within a KL divergence of {threshold}",
        _need("values or bins, with weights", partition_object=bounds.mapping),
        _need("the divergence that is too much", threshold=bounds.number),
        _HOLDOUT,
        _may("whether to sort into bins", bucketize_data=plain.boolean),
        _bounds(bounds.number),
    ),
)

_ROWS = (
    _map(
        "expect_column_pair_values_to_be_equal",
        "equals {column_B}",
        SKIP_PAIR,
        domain=TWO_COLUMNS,
        counts="rows",
    ),
    _map(
        "expect_column_pair_values_a_to_be_greater_than_b",
        "is greater than {column_B}",
        _may("whether equal will do", or_equal=plain.boolean),
        SKIP_PAIR,
        domain=TWO_COLUMNS,
        counts="rows",
    ),
    _map(
        "expect_column_pair_values_to_be_in_set",
        "and {column_B} are one of {value_pairs_set}",
        _need("the pairs that are right", value_pairs_set=bounds.pairs),
        SKIP_PAIR,
        domain=TWO_COLUMNS,
        counts="rows",
    ),
    _map(
        "expect_compound_columns_to_be_unique",
        "are unique together",
        SKIP_ROW,
        domain=COLUMNS,
        counts="rows",
    ),
    _map(
        "expect_select_column_values_to_be_unique_within_record",
        "all differ within a row",
        SKIP_ROW,
        domain=COLUMNS,
        counts="rows",
    ),
    _map(
        "expect_multicolumn_sum_to_equal",
        "add up to {sum_total}",
        _need("the sum that is right", sum_total=bounds.number),
        SKIP_ROW,
        domain=COLUMNS,
        counts="rows",
    ),
    _map(
        "expect_multicolumn_values_to_be_equal",
        "are all equal within a row",
        SKIP_ROW,
        domain=COLUMNS,
        counts="rows",
    ),
)

_COUNT_BOUNDS = (_bounds(bounds.whole), STRICT)
_TABLES = (
    _table(
        "expect_table_row_count_to_be_between",
        "has {range} rows",
        *_COUNT_BOUNDS,
        WHERE,
        agree=_range_agrees,
    ),
    _table("expect_table_row_count_to_equal", "has {value} rows", _VALUE, WHERE),
    _table(
        "expect_table_column_count_to_be_between",
        "has {range} columns",
        _bounds(bounds.whole),
        agree=_range_agrees,
    ),
    _table("expect_table_column_count_to_equal", "has {value} columns", _VALUE),
    _table(
        "expect_table_columns_to_match_ordered_list",
        "has the columns {column_list} in this order",
        _need("names of columns", column_list=bounds.texts),
    ),
    _table(
        "expect_table_columns_to_match_set",
        "has the columns {column_set}",
        _need("names of columns", column_set=bounds.texts),
        _may("whether others are wrong", exact_match=plain.boolean),
    ),
    _table(
        "expect_column_to_exist",
        "is a column",
        COLUMN,
        _may("its place, from 0", column_index=bounds.whole),
    ),
    Signature(
        expectation="expect_column_type_to_be",
        claim="is a column of type {type_}",
        parameters={**COLUMN, **_TYPE},
    ),
    _table(
        "unexpected_rows_expectation",
        "has no rows that this finds: {unexpected_rows_query}",
        _need("a SELECT over {batch}", unexpected_rows_query=bounds.query),
    ),
)

_UNSUPPORTED = (
    _map("expect_column_values_to_match_like_pattern", "", _LIKE, _ESCAPE, unsupported=_NO_LIKE),
    _map(
        "expect_column_values_to_not_match_like_pattern", "", _LIKE, _ESCAPE, unsupported=_NO_LIKE
    ),
    _map(
        "expect_column_values_to_match_like_pattern_list",
        "",
        _LIKES,
        _ANY_ALL,
        _ESCAPE,
        unsupported=_NO_LIKE,
    ),
    _map(
        "expect_column_values_to_not_match_like_pattern_list",
        "",
        _LIKES,
        _ESCAPE,
        unsupported=_NO_LIKE,
    ),
    _map(
        "expect_column_values_to_be_dateutil_parseable",
        "",
        unsupported="use expect_column_values_to_match_strftime_format",
    ),
    _table(
        "expect_query_results_to_match_comparison",
        "",
        _need("a query", base_query=plain.text, comparison_query=plain.text),
        _need("a data source", comparison_data_source_name=plain.text),
        MOSTLY,
        unsupported="a rule sees one frame only",
    ),
    _table(
        "expect_table_row_count_to_equal_other_table",
        "",
        _need("a table", other_table_name=plain.text),
        WHERE,
        unsupported="a rule sees one frame only",
    ),
)

SIGNATURES: Mapping[str, Signature] = MappingProxyType(
    {
        item.expectation: item
        for group in (_VALUES, _AGGREGATES, _ROWS, _TABLES, _UNSUPPORTED)
        for item in group
    }
)
