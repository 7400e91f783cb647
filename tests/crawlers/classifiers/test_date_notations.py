"""Dates and timestamps in many notations, and the patterns that Hive is told."""

from __future__ import annotations

from datetime import datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.classifiers.date_notations import (
    CLOCKS,
    DAYS,
    ZONES,
    Notation,
    read_moments,
)


@pytest.mark.parametrize("day", DAYS, ids=[day.pattern for day in DAYS])
def test_each_notation_of_the_table_is_read_with_every_clock_and_zone(day: Notation) -> None:
    for clock, zone in product(CLOCKS, ZONES):
        value = f"{day.example} {clock.example} {zone.example}"

        moments = read_moments([value])

        assert moments is not None
        assert moments.patterns == {f"{day.pattern} {clock.pattern} {zone.pattern}"}, value


@pytest.mark.parametrize(
    ("values", "patterns"),
    [
        (["13/02/2013", "01/02/2013"], {"dd/MM/yyyy"}),
        (["02/13/2013", "01/02/2013"], {"MM/dd/yyyy"}),
        (["1/31/2013", "10/2/2013 9:05"], {"M/d/yyyy", "M/d/yyyy H:mm"}),
        (["13-02-2013"], {"dd-MM-yyyy"}),
        (["2013-01-31T10:00:00.123456+0100"], {"yyyy-MM-dd'T'HH:mm:ss.SSSSSSZ"}),
        (["31-JAN-2013", "01-Oct-2013"], {"dd-MMM-yyyy"}),
        (["31/Jan/2013:10:00:00 +0100"], {"dd/MMM/yyyy:HH:mm:ss Z"}),
    ],
)
def test_values_decide_the_pattern(values: list[str], patterns: set[str]) -> None:
    moments = read_moments(values)

    assert moments is not None
    assert moments.patterns == patterns


def test_where_every_value_fits_both_orders_none_is_taken() -> None:
    moments = read_moments(["01/02/2013", "03/04/2013"])

    assert moments is not None
    assert (moments.order, moments.patterns) == ("either", frozenset())
    assert moments.day_first == {"dd/MM/yyyy"}
    assert moments.month_first == {"MM/dd/yyyy"}


@pytest.mark.parametrize(
    "value",
    [
        *("2013-02-29", "2013-13-01", "31/13/2013", "2013-01-31 24:00", "2013-01-31 10:60"),
        *("2013-01-31 13:00 PM", "2013-01-31 0:30 AM", "31-Foo-2013", "Foo, 31 Jan 2013"),
        *("2013-01-31 10:00 CET", "2013-01-31 10:00 utc", "31.01.13", "20130131", "10:30", "Jan"),
        *("0000-01-01", "2013-01-31\n", "\uff12013-01-31", "2013-01-31 10:00:00.1234567890"),
        *("13/01/2013x", "2013-01-31 10:00 XM"),
    ],
)
def test_what_is_no_date_is_not_taken_for_one(value: str) -> None:
    assert read_moments([value]) is None


def test_days_that_exist_in_no_one_order_are_not_dates() -> None:
    assert read_moments(["13/01/2013", "01/13/2013"]) is None


@given(st.lists(st.datetimes(min_value=datetime(1000, 1, 1)), min_size=1))  # noqa: DTZ001
def test_a_column_in_one_notation_has_one_pattern(values: list[datetime]) -> None:
    moments = read_moments([value.strftime("%d.%m.%Y %H:%M:%S") for value in values])

    assert moments is not None
    assert moments.patterns == {"dd.MM.yyyy HH:mm:ss"}
