"""Schedules in a time zone: by a slow oracle over changes of daylight saving, and by a library."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.triggers.schedule import next_fire, parse_schedule, upcoming

MINUTE = timedelta(minutes=1)
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("America/St_Johns", "2026-11-01"),
    ("America/Havana", "2026-03-08"),  # midnight is skipped
    ("America/Havana", "2026-11-01"),  # midnight comes twice
    ("Asia/Beirut", "2026-03-29"),
    ("Australia/Lord_Howe", "2026-04-05"),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Antarctica/Troll", "2026-03-29"),  # by two hours
    ("Antarctica/Troll", "2026-10-25"),
    ("Pacific/Apia", "2011-12-30"),  # a whole day is skipped
    ("Asia/Kathmandu", "2026-10-25"),  # never changed
]


def fires(text: str, after: str, count: int) -> list[str]:
    """Return fires as the zone's clock shows them."""
    schedule = parse_schedule(text)
    found = itertools.islice(upcoming(schedule, datetime.fromisoformat(after)), count)
    return [f"{fire.astimezone(schedule.zone):%m-%d %H:%M %Z}" for fire in found]


def test_a_time_of_the_clock_stays_over_the_year() -> None:
    found = fires("cron(0 8 1 * ? *) Europe/Berlin", "2026-02-15T00:00Z", 3)

    assert found == ["03-01 08:00 CET", "04-01 08:00 CEST", "05-01 08:00 CEST"]


def test_a_time_that_is_skipped_fires_as_the_clock_is_put_forward() -> None:
    daily = fires("cron(30 2 * * ? *) Europe/Berlin", "2026-03-28T00:00Z", 3)
    often = fires("cron(0/15 2 * * ? *) Europe/Berlin", "2026-03-28T01:40Z", 3)

    assert daily == ["03-28 02:30 CET", "03-29 03:00 CEST", "03-30 02:30 CEST"]
    assert often == ["03-28 02:45 CET", "03-29 03:00 CEST", "03-30 02:00 CEST"]


def test_a_time_that_comes_twice_fires_the_first_time() -> None:
    daily = fires("cron(30 2 * * ? *) Europe/Berlin", "2026-10-24T12:00Z", 2)

    assert daily == ["10-25 02:30 CEST", "10-26 02:30 CET"]


def test_what_fires_in_every_hour_fires_in_the_one_that_comes_twice_too() -> None:
    back = fires("cron(0/30 * * * ? *) Europe/Berlin", "2026-10-24T23:59Z", 5)
    forward = fires("cron(0/30 * * * ? *) Europe/Berlin", "2026-03-29T00:15Z", 3)

    assert [f[6:] for f in back] == [
        "02:00 CEST", "02:30 CEST", "02:00 CET", "02:30 CET", "03:00 CET",
    ]  # fmt: skip
    assert [f[6:] for f in forward] == ["01:30 CET", "03:00 CEST", "03:30 CEST"]


def test_a_single_time_is_one_of_its_zone() -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC)

    here = next_fire(parse_schedule("at(2026-12-24T18:00:00)"), after)
    there = next_fire(parse_schedule("at(2026-12-24T18:00:00) Asia/Tokyo"), after)

    assert here == datetime(2026, 12, 24, 18, tzinfo=UTC)
    assert there == datetime(2026, 12, 24, 9, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="never fires"):
        next_fire(parse_schedule("at(2026-12-24T18:00:00) Asia/Tokyo"), there)


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_fires_around_a_change_are_those_that_watching_the_clock_finds(zone: str, day: str) -> None:
    chance = random.Random(f"{zone} {day}")  # noqa: S311
    begin = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=40)
    moments = [begin + number * MINUTE for number in range(4 * 24 * 60)]
    shown = [moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in moments]
    for _ in range(8):
        hours = frozenset(chance.sample(range(5), chance.randint(1, 4)))
        minutes = frozenset(chance.sample(range(0, 60, 5), chance.randint(1, 3)))
        every_hour = chance.random() < 0.4
        text = "*" if every_hour else ",".join(map(str, hours))
        cron = f"cron({','.join(map(str, minutes))} {text} * * ? *) {zone}"
        wanted = frozenset(range(24)) if every_hour else hours

        expected = watched(moments, shown, minutes, wanted, every_hour=every_hour)
        # The first hours of what was watched may hold a repetition of what was not.
        after = moments[300]
        found = itertools.takewhile(
            lambda fire: fire <= moments[-1], upcoming(parse_schedule(cron), after)
        )

        assert list(found) == [fire for fire in expected if fire > after], cron


def watched(
    moments: list[datetime],
    shown: list[datetime],
    minutes: frozenset[int],
    hours: frozenset[int],
    *,
    every_hour: bool,
) -> list[datetime]:
    """Return when it fires, by looking at the clock every minute and at what it skipped."""
    found, seen = [], set()
    before = shown[0] - MINUTE
    for moment, local in zip(moments, shown, strict=True):
        fits = local.hour in hours and local.minute in minutes
        skipped = [before + n * MINUTE for n in range(1, int((local - before) / MINUTE))]
        put_off = any(each.hour in hours and each.minute in minutes for each in skipped)
        if fits if every_hour else put_off or (fits and local not in seen):
            found.append(moment)
        seen.add(local)
        before = local
    return found


@pytest.mark.parametrize(("zone", "day"), [item for item in CHANGES if item[0] != "Pacific/Apia"])
@pytest.mark.parametrize("unix", ["30 2 * * *", "0 3 * * *", "15 0,1,2 * * 0", "10 * * * *"])
def test_fires_around_a_change_are_those_of_cronsim(zone: str, day: str, unix: str) -> None:
    minute, hour, *_, weekday = unix.split()
    days = "* * ?" if weekday == "*" else "? * 1"
    cron = f"cron({minute} {hour} {days} *) {zone}"
    after = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=30)

    ours = list(itertools.islice(upcoming(parse_schedule(cron), after), 12))
    theirs = itertools.islice(CronSim(unix, after.astimezone(ZoneInfo(zone))), 20)

    # It names the moment of the change once for each time that was skipped.
    assert ours == sorted({fire.astimezone(UTC) for fire in theirs})[: len(ours)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("cron(0 8 * * ? *) Europe/Berlim", "Did you mean 'Europe/Berlin'"),
        ("cron(0 8 * * ? *) ../etc/passwd", "is not a time zone"),
        ("cron(0 8 * * ? *) Europe", "is not a time zone"),
        ("cron(0 8 * * ? *) UTC UTC", "'UTC' is one too many"),
        ("cron(0 8 * * ? *) missed=all missed=all", "one too many"),
        ("cron(0 8 * * ? *) missed=never", "right are missed=skip, missed=once, missed=all"),
        ("cron(0 8 * * ? *)UTC", "leave a space"),
        ("rate(5 minutes) Europe/Berlin", "in no time zone"),
        ("at(2026-12-24)", "right is at"),
        ("at(2026-02-30T00:00:00)", "right is at"),
    ],
)
def test_what_is_wrong_after_an_expression_is_named(text: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        parse_schedule(text)
