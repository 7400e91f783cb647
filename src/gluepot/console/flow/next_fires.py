"""The next times at which a schedule fires, in UTC and as its clock shows them."""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from gluepot.jobs.triggers.schedule import SHORTEST_INTERVAL, next_fire, parse_schedule, upcoming

if TYPE_CHECKING:
    from datetime import datetime

SHOWN = 10
_LOOKED_AT = 60


def next_fires(
    text: str, after: datetime, *, anchor: datetime | None = None, count: int = SHOWN
) -> list[dict[str, Any]]:
    """Return the next fires after a time; at least one.

    Raises:
        InvalidInputError: The text is no schedule.
        NeverFiresError: It matches no time to come.
    """
    schedule = parse_schedule(text)
    next_fire(schedule, after, anchor=anchor)
    fires = itertools.islice(upcoming(schedule, after, anchor=anchor), count)
    zone = schedule.zone
    return [
        {
            "at": fire,
            "weekday": f"{fire:%a}",
            "local": None if zone is None else f"{fire.astimezone(zone):%a %Y-%m-%d %H:%M %Z}",
        }
        for fire in fires
    ]


def is_frequent(text: str, after: datetime) -> bool:
    """Tell whether a schedule fires more often than AWS Glue itself lets one."""
    fires = itertools.islice(upcoming(parse_schedule(text), after), _LOOKED_AT)
    return any(later - fire < SHORTEST_INTERVAL for fire, later in itertools.pairwise(fires))


@cache
def zones() -> tuple[str, ...]:
    """Return the names of the time zones of the world, without other names of the same."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Pacific/")
    return tuple(sorted(name for name in available_timezones() if name.startswith(areas)))
