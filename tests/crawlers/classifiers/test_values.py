"""The type of a column of texts, and which value decided it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.values import ValueGuess, guess_type


def guess(*values: str) -> ValueGuess:
    return guess_type(values, row_names=lambda index: f"row {index}")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "+3"], "bigint"),
        (["9223372036854775807"], "bigint"),
        (["9223372036854775808"], "decimal(38,0)"),
        (["007", "008"], "string"),
        (["0", "0.5"], "double"),
        (["1", "2.5", "-1e-3", ".5"], "double"),
        (["NaN", "1.5", "-inf", "Infinity"], "double"),
        (["1", "9223372036854775808", "-99999999999999999999"], "decimal(38,0)"),
        (["12345678901234567890", "0.5"], "double"),
        (["9" * 38], "decimal(38,0)"),
        (["9" * 39], "string"),
        (["9" * 39, "0.5"], "string"),
        (["1\n2"], "string"),
        (["1e400"], "double"),
        (["20130131", "20130201"], "bigint"),
        (["31.01.2013"], "timestamp"),
        (["01/02/2013", "03/04/2013"], "string"),
        (["yes", "no"], "string"),
        (["1,000", "2,500"], "string"),
        ([" 5"], "string"),
        (["true", "FALSE"], "boolean"),
        (["true", "1"], "string"),
        (["2013-01-31", "2012-02-29"], "date"),
        (["2013-02-29"], "string"),
        (["2013-01-31", "2013-01-31 10:00:00"], "timestamp"),
        (["2013-01-01T10:00:00Z"], "timestamp"),
        (["2013-01-01 10:00:00.123456789"], "timestamp"),
        (["2013-01-01 25:00:00"], "string"),
        (["10:30"], "string"),
        (["", "\\N"], "void"),
        (["", "5"], "bigint"),
        (["NA", "5"], "bigint"),
        (["NA", "Bob"], "string"),
        (["\uff11\uff12"], "string"),  # full-width digits, which Hive does not read
    ],
)
def test_a_column_gets_the_narrowest_type_that_holds_all_its_values(
    values: list[str], expected: str
) -> None:
    assert print_type(guess(*values).type) == expected


def test_the_reason_names_the_row_that_made_it_text() -> None:
    assert "row 2 holds 'x7'" in guess("1", "2", "x7", "3").reason


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("007", "leading zeros"),
        ("9" * 39, "no number type holds so many digits"),
        ("1,000.50", "separators of thousands"),
        ("1.000,50", "separators of thousands"),
        ("1,5", "decimal commas"),
        ("Yes", "only true and false"),
        ("12.5%", "percentages"),
        ("31.01.13", "years of two digits"),
        ("10:30", "clock without a day"),
        ("2013-02-29", "does not exist"),
        (" 5", "spaces beside a number"),
    ],
)
def test_the_reason_says_why_what_looks_typed_is_text(value: str, said: str) -> None:
    assert said in guess(value).reason


def test_the_reason_for_a_timestamp_names_the_pattern_and_what_decided_it() -> None:
    reason = guess("01/02/2013", "13/02/2013").reason

    assert "dd/MM/yyyy" in reason
    assert "the day comes first" in reason


def test_the_reason_for_open_dates_names_both_patterns() -> None:
    found = guess("01/02/2013")

    assert "both as dd/MM/yyyy and as MM/dd/yyyy" in found.reason
    assert found.timestamp_patterns == frozenset()


def test_the_reason_for_double_names_a_value_that_is_no_whole_number() -> None:
    assert "'2.5' on row 1" in guess("1", "2.5").reason


def test_a_null_word_is_reported_where_it_counts() -> None:
    assert guess("NA", "5").null_words == {"NA"}
    assert "'NA' taken for null" in guess("NA", "5").reason
    assert guess("NA", "Bob").null_words == frozenset()


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("2013-01-01T10:00:00Z", "yyyy-MM-dd'T'HH:mm:ss'Z'"),
        ("2013-01-01T10:00:00.123+01:00", "yyyy-MM-dd'T'HH:mm:ss.SSSZZ"),
        ("2013-01-01T10:00", "yyyy-MM-dd'T'HH:mm"),
    ],
)
def test_timestamps_that_hive_does_not_know_get_their_pattern(value: str, pattern: str) -> None:
    assert guess(value).timestamp_patterns == {pattern}


def test_hives_own_timestamps_need_no_pattern() -> None:
    assert guess("2013-01-01 10:00:00", "2013-01-01 10:00:00.5").timestamp_patterns == frozenset()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_whole_numbers_of_64_bits_are_bigint(numbers: list[int]) -> None:
    assert print_type(guess(*map(str, numbers)).type) == "bigint"


@given(st.lists(st.floats(allow_infinity=False, allow_nan=False), min_size=1))
def test_floats_as_python_prints_them_are_double(numbers: list[float]) -> None:
    assert print_type(guess(*map(repr, numbers)).type) == "double"


@given(st.lists(st.sampled_from(["1", "2.5", "x", "", "NA", "true", "2013-01-31"])), st.randoms())
def test_the_order_of_values_decides_nothing(values: list[str], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert guess(*shuffled).type == guess(*values).type
