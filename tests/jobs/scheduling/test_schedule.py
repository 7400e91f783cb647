"""Schedules: the examples of AWS's documentation, and every way to be wrong."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.triggers.schedule import NeverFiresError, next_fire, parse_schedule, upcoming

# A Monday.
AFTER = datetime(2026, 11, 23, 9, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("cron(15 12 * * ? *)", ["2026-11-23 12:15", "2026-11-24 12:15"]),
        ("cron(0 10 * * ? *)", ["2026-11-23 10:00", "2026-11-24 10:00"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-11-23 18:00", "2026-11-24 18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-12-01 08:00", "2027-01-01 08:00"]),
        ("cron(0/15 * * * ? *)", ["2026-11-23 09:15", "2026-11-23 09:30"]),
        ("cron(0/10 * ? * MON-FRI *)", ["2026-11-23 09:10", "2026-11-23 09:20"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["2026-11-23 09:10", "2026-11-23 09:15"]),
        ("cron(0 0 L * ? *)", ["2026-11-30 00:00", "2026-12-31 00:00"]),
        ("cron(0 12 15W * ? *)", ["2026-12-15 12:00", "2027-01-15 12:00", "2027-02-15 12:00"]),
        ("cron(15 10 ? * 6L 2026-2027)", ["2026-11-27 10:15", "2026-12-25 10:15"]),
        ("cron(0 9 ? * 3#2 *)", ["2026-12-08 09:00", "2027-01-12 09:00"]),
        ("cron(1/10 * * * ? *)", ["2026-11-23 09:11", "2026-11-23 09:21"]),
        ("cron(0 0 1 JAN,FEB,MAR ? *)", ["2027-01-01 00:00", "2027-02-01 00:00"]),
        ("rate(5 minutes)", ["2026-11-23 09:12", "2026-11-23 09:17"]),
        ("rate(1 minute)", ["2026-11-23 09:08", "2026-11-23 09:09"]),
        ("rate(1 hour)", ["2026-11-23 10:07", "2026-11-23 11:07"]),
        ("rate(7 days)", ["2026-11-30 09:07", "2026-12-07 09:07"]),
    ],
)
def test_the_examples_of_the_documentation_fire_as_it_says(text: str, fires: list[str]) -> None:
    found = itertools.islice(upcoming(parse_schedule(text), AFTER), len(fires))

    assert [f"{fire:%Y-%m-%d %H:%M}" for fire in found] == fires


def test_every_five_minutes_of_office_hours_ends_at_17_55() -> None:
    schedule = parse_schedule("cron(0/5 8-17 ? * MON-FRI *)")

    friday = datetime(2026, 11, 27, 17, 55, tzinfo=UTC)

    assert next_fire(schedule, friday - timedelta(seconds=1)) == friday
    assert next_fire(schedule, friday) == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("cron(0 0 1W 8 ? 2026)", 3),  # the 1st is a Saturday: not back into July
        ("cron(0 0 31W 10 ? 2027)", 29),  # the 31st is a Sunday: not on into November
        ("cron(0 0 15W 8 ? 2026)", 14),  # a Saturday: the Friday before
        ("cron(0 0 16W 8 ? 2026)", 17),  # a Sunday: the Monday after
        ("cron(0 0 LW 10 ? 2027)", 29),
        ("cron(0 0 ? 2 5#5 2028)", None),  # February 2028 has five Tuesdays, but four Thursdays
        ("cron(0 0 ? 2 3#5 2028)", 29),
        ("cron(0 0 ? 8 SAT-MON/2 2026)", 1),  # wraps: Saturday, Monday
    ],
)
def test_weekdays_stay_in_their_month(text: str, day: int | None) -> None:
    schedule = parse_schedule(text)

    fires = list(upcoming(schedule, datetime(2026, 1, 1, tzinfo=UTC)))

    assert (fires[0].day if fires else None) == day


def test_a_leap_day_is_waited_for() -> None:
    schedule = parse_schedule("cron(0 0 29 FEB ? *)")

    assert next_fire(schedule, datetime(2096, 3, 1, tzinfo=UTC)).year == 2104


def test_other_time_zones_are_read_as_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    schedule = parse_schedule("cron(0 12 * * ? *)")

    fire = next_fire(schedule, datetime(2026, 11, 24, 1, 0, tzinfo=tokyo))

    assert fire == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["cron(0 0 30 2 ? *)", "cron(0 0 ? 2 2#5 2027)", "cron(0 0 1 1 ? 1999)"]
)
def test_a_schedule_that_never_fires_says_so(text: str) -> None:
    schedule = parse_schedule(text)

    with pytest.raises(NeverFiresError, match="never fires") as caught:
        next_fire(schedule, AFTER)

    assert text in str(caught.value)
    assert list(upcoming(schedule, AFTER)) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a schedule"),
        ("0 12 * * ? *", "is not a schedule"),
        ("CRON(0 12 * * ? *)", "is not a schedule"),
        ("cron(0 12 * * *)", "needs six fields"),
        ("cron(0 12 * * ? * *)", "needs six fields"),
        ("cron(0 12 * * ? *", "needs six fields"),
        ("cron(0 12 * * * *)", "Exactly one of Day-of-month"),
        ("cron(0 12 1 * 2 *)", "Exactly one of Day-of-month"),
        ("cron(0 12 ? * ? *)", "Exactly one of Day-of-month"),
        ("cron(60 12 * * ? *)", "Minutes field '60': 60 is not from 0 to 59"),
        ("cron(0 24 * * ? *)", "Hours field"),
        ("cron(0 0 0 * ? *)", "Day-of-month field"),
        ("cron(0 0 32 * ? *)", "Day-of-month field"),
        ("cron(0 0 32W * ? *)", "Day-of-month field"),
        ("cron(0 0 W * ? *)", "Day-of-month field"),
        ("cron(0 0 L,15 * ? *)", "Day-of-month field"),
        ("cron(0 0 1,15W * ? *)", "Day-of-month field"),
        ("cron(0 0 L-3 * ? *)", "Day-of-month field"),
        ("cron(0 0 * 13 ? *)", "Month field"),
        ("cron(0 0 * FEBR ? *)", "Did you mean 'FEB'"),
        ("cron(0 0 ? * 0 *)", "Day-of-week field '0': 0 is not from 1 to 7"),
        ("cron(0 0 ? * 8 *)", "Day-of-week field"),
        ("cron(0 0 ? * 3#6 *)", "1 to 5"),
        ("cron(0 0 ? * 3#1,6#3 *)", "1 to 5"),
        ("cron(0 0 ? * #2 *)", "Day-of-week field"),
        ("cron(0 0 * * ? 1969)", "Year field"),
        ("cron(0 0 * * ? 2200)", "Year field"),
        ("cron(0 0 * * ? 2030-2026)", "ends before it begins"),
        ("cron(? 0 * * ? *)", "Minutes field"),
        ("cron(0/0 * * * ? *)", "a step from 1 to 60"),
        ("cron(0/61 * * * ? *)", "a step from 1 to 60"),
        ("cron(0/ * * * ? *)", "a step from 1 to 60"),
        ("cron(1-2-3 * * * ? *)", "Minutes field"),
        ("cron(, * * * ? *)", "Minutes field"),
        ("cron(-5 * * * ? *)", "Minutes field"),
        ("cron(٣ * * * ? *)", "Minutes field"),
        (f"cron({'9' * 5000} * * * ? *)", "Minutes field"),
        ("rate(5 minute)", r"AWS writes it rate\(5 minutes\)"),
        ("rate(1 hours)", r"AWS writes it rate\(1 hour\)"),
        ("rate(0 minutes)", "is not a rate"),
        ("rate(-1 minutes)", "is not a rate"),
        ("rate(1.5 hours)", "is not a rate"),
        ("rate(5 seconds)", "is not a rate"),
        ("rate(5 weeks)", "is not a rate"),
        ("rate(minutes)", "is not a rate"),
        ("rate(36501 days)", "never fires"),
        (f"rate({'9' * 5000} days)", "is not a rate"),
    ],
)
def test_what_is_wrong_is_named(text: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        parse_schedule(text)
