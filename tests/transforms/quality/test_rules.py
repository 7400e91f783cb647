"""Rules as mappings: what they mean, and what is said of those that are wrong."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.quality import Rule, Severity, parse_rules
from gluepot.transforms.quality.signatures import SIGNATURES

BETWEEN = "expect_column_values_to_be_between"
NOT_NULL = "expect_column_values_to_not_be_null"


def parse(**entry: Any) -> Rule:  # noqa: ANN401 - as YAML gives it
    (rule,) = parse_rules([entry])
    return rule


def test_a_rule_keeps_what_its_author_says_of_it() -> None:
    rule = parse(
        expect=BETWEEN,
        column="dep_delay",
        min_value=-60,
        max_value=1440,
        mostly=0.99,
        name="delays",
        description="Sensors stick at 9999.",
        severity="warning",
        mask=["tailnum"],
    )

    assert rule.name == "delays"
    assert rule.description == "Sensors stick at 9999."
    assert rule.severity is Severity.WARNING
    assert rule.mask == ("tailnum",)
    assert rule.columns == ("dep_delay",)
    assert rule.parameters == {
        "column": "dep_delay",
        "min_value": -60,
        "max_value": 1440,
        "mostly": 0.99,
    }


def test_an_entry_of_a_suite_means_the_same_as_a_flat_rule() -> None:
    flat = {"expect": NOT_NULL, "column": "carrier", "mostly": 0.9}
    suite = {
        "type": NOT_NULL,
        "kwargs": {"column": "carrier", "mostly": 0.9},
        "id": "0b0e",
        "meta": {},
        "severity": "critical",
    }

    assert parse_rules([suite]) == parse_rules([flat])


def test_the_name_of_the_class_is_the_name_of_the_expectation() -> None:
    rule = parse(expect="ExpectColumnValuesToNotBeNull", column="carrier")

    assert rule.expectation == NOT_NULL


def test_rules_without_names_get_different_ones() -> None:
    entry = {"expect": NOT_NULL, "column": "carrier"}

    rules = parse_rules([entry, entry])

    assert [rule.name for rule in rules] == [
        "carrier: to_not_be_null",
        "carrier: to_not_be_null (2)",
    ]


def test_times_may_be_texts() -> None:
    rule = parse(
        expect=BETWEEN, column="day", min_value="2013-01-01", max_value="2013-12-31T23:59:59"
    )

    assert rule.parameters["min_value"] == dt.date(2013, 1, 1)
    assert rule.parameters["max_value"] == dt.datetime(2013, 12, 31, 23, 59, 59)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (
            {"expect": BETWEEN, "column": "dep_delay", "min_value": -60, "max_value": 1440},
            "dep_delay is between -60 and 1440",
        ),
        (
            {"expect": BETWEEN, "column": "air_time", "min_value": 0, "strict_min": True},
            "air_time is above 0",
        ),
        (
            {"expect": BETWEEN, "column": "day", "max_value": dt.date(2013, 12, 31)},
            "day is at most 2013-12-31",
        ),
        (
            {"expect": NOT_NULL, "column": "tailnum", "mostly": 0.995},
            "tailnum is not null in at least 99.5 % of rows",
        ),
        (
            {
                "expect": "expect_column_values_to_be_in_set",
                "column": "origin",
                "value_set": ["EWR", "JFK"],
                "mostly": 0.9,
                "row_condition": "month = 1",
            },
            "origin is one of EWR, JFK in at least 90 % of rows with a value, where month = 1",
        ),
        (
            {
                "expect": "expect_column_values_to_be_in_set",
                "column": "n",
                "value_set": [1, 2, 3, 4, 5, 6, 7, 8],
            },
            "n is one of 1, 2, 3, 4, 5, 6, and 2 more",
        ),
        (
            {"expect": "expect_column_mean_to_be_between", "column": "distance", "min_value": 0.5},
            "distance has a mean of at least 0.5",
        ),
        (
            {"expect": "expect_table_row_count_to_be_between", "min_value": 300000},
            "The table has at least 300,000 rows",
        ),
        (
            {"expect": "expect_compound_columns_to_be_unique", "column_list": ["day", "flight"]},
            "day, flight are unique together",
        ),
        (
            {
                "expect": "expect_column_pair_values_to_be_equal",
                "column_A": "dest",
                "column_B": "faa",
            },
            "dest equals faa",
        ),
    ],
)
def test_a_rule_is_told_in_plain_words(entry: dict[str, Any], sentence: str) -> None:
    assert parse(**entry).sentence == sentence


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"expect": BETWEEN + "s"}, f"no expectation '{BETWEEN}s'. Did you mean '{BETWEEN}'?"),
        ({"expect": 7}, "no expectation 7"),
        ({"expct": BETWEEN}, "'expect' is missing: it names the expectation. Did you mean"),
        ({}, "'expect' is missing"),
        (
            {"expect": NOT_NULL, "column": "a", "mosty": 0.9},
            "unknown parameter 'mosty'. Did you mean 'mostly'?",
        ),
        ({"expect": NOT_NULL}, "parameter 'column' is missing"),
        ({"expect": NOT_NULL, "column": ""}, "parameter 'column' must be a text"),
        ({"expect": NOT_NULL, "column": "a", "mostly": 99}, "0.99 for 99 %, but is 99"),
        ({"expect": NOT_NULL, "column": "a", "mostly": True}, "'mostly' must be a share"),
        ({"expect": NOT_NULL, "column": "a", "severity": "fatal"}, "one of critical, warning"),
        ({"expect": NOT_NULL, "column": "a", "mask": [1]}, "'mask' must be a list of texts"),
        ({"expect": BETWEEN, "column": "a"}, "give min_value, max_value or both"),
        ({"expect": BETWEEN, "column": "a", "min_value": "ten"}, "not a text, but is 'ten'"),
        ({"expect": BETWEEN, "column": "a", "min_value": float("nan")}, "'min_value' must be"),
        ({"expect": BETWEEN, "column": "a", "min_value": 2**53 + 1}, "'min_value' must be"),
        (
            {"expect": BETWEEN, "column": "a", "min_value": 2, "max_value": 1},
            "min_value 2 is greater than max_value 1",
        ),
        (
            {"expect": BETWEEN, "column": "a", "min_value": 2, "max_value": "2013-01-01"},
            "of different kinds",
        ),
        (
            {"expect": "expect_column_values_to_be_in_set", "column": "a", "value_set": []},
            "a list of values that is not empty",
        ),
        (
            {"expect": "expect_column_values_to_match_regex", "column": "a", "regex": "("},
            "a regular expression (",
        ),
        (
            {"expect": "expect_compound_columns_to_be_unique", "column_list": ["a"]},
            "a list of two or more different columns",
        ),
        (
            {
                "expect": "unexpected_rows_expectation",
                "unexpected_rows_query": "DROP TABLE {batch}",
            },
            "a SELECT over {batch}",
        ),
        (
            {"expect": "unexpected_rows_expectation", "unexpected_rows_query": "SELECT 1"},
            "a SELECT over {batch}",
        ),
        (
            {
                "expect": "expect_column_values_to_match_like_pattern",
                "column": "a",
                "like_pattern": "a%",
            },
            "cannot run on Spark: use expect_column_values_to_match_regex",
        ),
        ({"type": NOT_NULL, "column": "a"}, "parameters go into the mapping 'kwargs'"),
        (
            {
                "expect": "expect_column_quantile_values_to_be_between",
                "column": "a",
                "quantile_ranges": {"quantiles": [0.5, 0.1], "value_ranges": [[0, 1], [0, 1]]},
            },
            "quantiles from 0 to 1 that rise",
        ),
    ],
)
def test_a_wrong_rule_is_refused_with_what_would_be_right(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_rules([entry])

    assert said in str(caught.value)


def test_every_wrong_rule_is_named_by_its_number() -> None:
    entries = [{"expect": "x"}, {"expect": NOT_NULL, "column": "a"}, {"expect": NOT_NULL}]

    with pytest.raises(InvalidInputError, match=r"rule 1: .*; rule 3: "):
        parse_rules(entries)


def test_the_problems_of_many_rules_are_counted_not_listed() -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_rules([{"expect": "x"}] * 5000)

    assert str(caught.value).endswith("; and 4,980 more")
    assert len(str(caught.value)) < 2000


def test_two_rules_may_not_have_one_name() -> None:
    entry = {"expect": NOT_NULL, "column": "a", "name": "same"}

    with pytest.raises(InvalidInputError, match="2 rules are named 'same'"):
        parse_rules([entry, entry])


@pytest.mark.parametrize("entries", ["rules", {"expect": NOT_NULL}, None, 5])
def test_rules_are_a_list(entries: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInputError, match="must be a list of mappings"):
        parse_rules(entries)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(st.sampled_from(sorted(SIGNATURES)), st.data())
def test_any_parameters_give_rules_with_a_sentence_or_one_kind_of_error(
    name: str, data: st.DataObject
) -> None:
    keys = [*SIGNATURES[name].parameters, "name", "mask", "severity", "other"]
    entry = data.draw(st.dictionaries(st.sampled_from(keys), JSON))

    try:
        rules = parse_rules([{"expect": name, **entry}])
    except InvalidInputError:
        return
    assert rules[0].sentence


def test_rules_are_checked_without_spark_and_without_great_expectations() -> None:
    code = (
        "import sys; from gluepot.transforms.quality import parse_rules;"
        f"parse_rules([{{'expect': '{NOT_NULL}', 'column': 'a'}}]);"
        "print(sorted({'pyspark', 'great_expectations', 'pandas'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"
