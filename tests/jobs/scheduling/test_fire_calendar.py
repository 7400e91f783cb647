"""How often schedules fire on the days of a month."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

import pytest

from gluepot.jobs.triggers.fire_calendar import fires_per_day
from gluepot.jobs.triggers.schedule import parse_schedule, upcoming

MARCH, OCTOBER = (date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize("days", [MARCH, OCTOBER])
@pytest.mark.parametrize(
    "text",
    [
        "cron(30 2 * * ? *) Europe/Berlin",
        "cron(0/15 * * * ? *) Europe/Berlin",
        "cron(0 0,1,2,3 * * ? *) America/New_York",
        "cron(15 12 ? * MON-FRI *)",
        "cron(0 0 1 1 ? 2030)",
        "rate(7 hours)",
        "at(2026-03-29T02:30:00) Europe/Berlin",
    ],
)
def test_a_month_has_the_fires_that_come_one_by_one(text: str, days: tuple[date, date]) -> None:
    schedule = parse_schedule(text)
    zone = schedule.zone or UTC
    first, last = days
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    end = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)
    anchor = datetime(2026, 1, 1, 5, tzinfo=UTC)
    fires = upcoming(schedule, start - timedelta(seconds=1), anchor=anchor)
    one_by_one = Counter(
        fire.astimezone(zone).date()
        for fire in takewhile(lambda fire: fire < end.astimezone(UTC), fires)
    )

    assert fires_per_day(schedule, first, last, anchor=anchor) == one_by_one


def test_a_rate_fires_on_no_day_before_its_first_fire() -> None:
    found = fires_per_day(
        parse_schedule("rate(1 day)"), *MARCH, anchor=datetime(2026, 3, 30, 6, tzinfo=UTC)
    )

    assert found == {date(2026, 3, 30): 1, date(2026, 3, 31): 1}
