"""Rules and expectations with a twin in the other language: the documentation's, and the tests'.

``{n}`` is a column of whole numbers, ``{x}`` of doubles, ``{m}`` of decimals, ``{t}`` of texts,
``{d}`` of dates and ``{at}`` of times.
"""

from __future__ import annotations

from typing import Any

COLUMNS = ("n", "x", "m", "t", "d", "at")
RULES = (
    "RowCount > 3",
    'RowCount between 0 and 1000 where "{n} > 1"',
    "ColumnCount = 12",
    'ColumnExists "{n}"',
    'IsComplete "{t}"',
    'IsComplete "{x}" where "{n} > 1"',
    'Completeness "{n}" > 0.5',
    'Completeness "{d}" = 1',
    'IsUnique "{n}"',
    'IsUnique "{x}" where "{x} IS NOT NULL"',
    'IsPrimaryKey "{t}"',
    'IsPrimaryKey "{n}" "{t}"',
    'DistinctValuesCount "{t}" > 2',
    'DistinctValuesCount "{x}" between 1 and 4',
    'Mean "{n}" between 0.5 and 3',
    'Mean "{x}" > 1',
    'Mean "{m}" = 1.5',
    'Sum "{n}" >= 3',
    'Sum "{m}" < 100.5',
    'ColumnValues "{n}" > 0',
    'ColumnValues "{x}" <= 5',
    'ColumnValues "{m}" between 0 and 3.5',
    'ColumnValues "{n}" in [1,2,3]',
    'ColumnValues "{n}" in [1,2,NULL]',
    'ColumnValues "{n}" != 2',
    'ColumnValues "{n}" not in [2,NULL]',
    'ColumnValues "{t}" in ["air","Ü 🚲"]',
    'ColumnValues "{t}" = NULL',
    'ColumnValues "{t}" != NULL',
    'ColumnValues "{t}" in ["air",EMPTY,NULL]',
    'ColumnValues "{t}" not in ["","sea"]',
    'ColumnValues "{t}" matches "[a-z]+|Ü.*"',
    'ColumnValues "{t}" not matches "s.a"',
    'ColumnValues "{d}" >= "2024-01-02"',
    'ColumnValues "{d}" between "2024-01-01" and "2024-01-04"',
    'ColumnValues "{at}" <= "2024-01-02"',
    'ColumnValues "{at}" > "2024-01-01"',
    'ColumnValues "{d}" = "2024-01-02"',
    'ColumnValues "{x}" > 0 where "{x} IS NOT NULL" with threshold >= 0.6',
    'ColumnValues "{t}" in ["air"] where "({n} > 0) AND {t} IS NOT NULL" with threshold >= 0.5',
    'ColumnLength "{t}" > 1',
    'ColumnLength "{t}" between 2 and 9',
    'ColumnLength "{t}" = 3 where "{t} IS NOT NULL"',
    '(ColumnValues "{n}" >= 0) AND (IsComplete "{n}")',
    'CustomSql "select count(*) from (select * from primary where {n} > 3) as found" = 0',
)
"""Rules of DQDL that become expectations."""


def _entry(kind: str, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {"type": kind if kind.startswith("unexp") else f"expect_{kind}", "kwargs": kwargs}


def _where(condition: str) -> dict[str, str]:
    return {"type": "pass_through", "pass_through_filter": condition}


EXPECTATIONS = (
    _entry("table_row_count_to_be_between", min_value=1, max_value=6),
    _entry("table_row_count_to_equal", value=7),
    _entry("table_row_count_to_be_between", min_value=2, row_condition=_where("{n} > 0")),
    _entry("table_column_count_to_be_between", min_value=1, max_value=99),
    _entry("table_column_count_to_equal", value=3),
    _entry("column_to_exist", column="{x}"),
    _entry("column_values_to_not_be_null", column="{n}"),
    _entry("column_values_to_not_be_null", column="{t}", mostly=0.6),
    _entry("column_values_to_be_null", column="{d}"),
    _entry("column_values_to_be_null", column="{d}", mostly=0.2),
    _entry("column_proportion_of_non_null_values_to_be_between", column="{x}", min_value=0.5),
    _entry("column_values_to_be_unique", column="{n}"),
    _entry("column_values_to_be_unique", column="{x}"),
    _entry("compound_columns_to_be_unique", column_list=["{n}", "{t}"]),
    _entry(
        "compound_columns_to_be_unique",
        column_list=["{t}", "{d}"],
        ignore_row_if="any_value_is_missing",
    ),
    _entry("column_unique_value_count_to_be_between", column="{t}", min_value=2, max_value=4),
    _entry("column_mean_to_be_between", column="{x}", min_value=0, strict_min=True),
    _entry("column_mean_to_be_between", column="{n}", min_value=1, max_value=2.5),
    _entry("column_sum_to_be_between", column="{m}", max_value=50.5),
    _entry("column_values_to_be_between", column="{n}", min_value=0, max_value=3),
    _entry("column_values_to_be_between", column="{x}", min_value=0.5, mostly=0.7),
    _entry(
        "column_values_to_be_between",
        column="{m}",
        min_value=0,
        max_value=4,
        strict_min=True,
        strict_max=True,
        mostly=0.5,
    ),
    _entry("column_values_to_be_between", column="{d}", min_value="2024-01-02"),
    _entry(
        "column_values_to_be_between",
        column="{at}",
        min_value="2024-01-01",
        max_value="2024-01-03T00:00:00",
        strict_max=True,
    ),
    _entry("column_values_to_be_in_set", column="{n}", value_set=[1, 2, 3]),
    _entry("column_values_to_be_in_set", column="{t}", value_set=["air", "Ü 🚲"], mostly=0.4),
    _entry("column_distinct_values_to_be_in_set", column="{t}", value_set=["air", "sea", ""]),
    _entry("column_values_to_not_be_in_set", column="{x}", value_set=[2, 2.5]),
    _entry("column_values_to_not_be_in_set", column="{t}", value_set=["sea"], mostly=0.5),
    _entry("column_values_to_match_regex", column="{t}", regex="^[a-zÜ]"),
    _entry("column_values_to_match_regex", column="{t}", regex="a|e", mostly=0.5),
    _entry("column_values_to_not_match_regex", column="{t}", regex=r"\s"),
    _entry("column_value_lengths_to_be_between", column="{t}", min_value=1, max_value=8),
    _entry("column_value_lengths_to_be_between", column="{t}", min_value=0, strict_min=True),
    _entry("column_value_lengths_to_equal", column="{t}", value=3),
    _entry(
        "unexpected_rows_expectation",
        unexpected_rows_query="SELECT * FROM {{batch}} WHERE {n} > 3",
    ),
)
"""Entries of suites that become rules of DQDL."""


def named(value: Any, names: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    """Return an example with names of columns put in.

    >>> named({"column": "{n}"}, {"n": "seats"})
    {'column': 'seats'}
    """
    if isinstance(value, str):
        for key, name in names.items():
            value = value.replace(f"{{{key}}}", name)
        return value.replace("{{batch}}", "{batch}")
    if isinstance(value, dict):
        return {key: named(item, names) for key, item in value.items()}
    return [named(item, names) for item in value] if isinstance(value, list) else value
