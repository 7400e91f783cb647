"""When a clock on a wall shows a time: local times of a zone, over its changes of daylight saving.

Local times have no ``tzinfo``; moments are in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from datetime import tzinfo

_SECOND = timedelta(seconds=1)


def read_zone(name: str) -> ZoneInfo:
    """Return a zone by its name in the IANA database.

    Raises:
        InvalidInputError: There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones())
        raise InvalidInputError(
            f"{name!r} is not a time zone; right are names such as Europe/Berlin or UTC.{hint}"
        ) from None


def moment(local: datetime, zone: tzinfo) -> datetime:
    """Return when the clock shows ``local``: of two times the first.

    Where the clock is put forward past ``local``, this is the moment at which that happens.
    """
    shown = _shown(local, zone)
    return shown[0] if shown else _skip_ends(local, zone)


def moments(local: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """Return every moment at which the clock shows ``local``: none, one, or two."""
    return tuple(dict.fromkeys(_shown(local, zone)))


def is_even(day: date, zone: tzinfo) -> bool:
    """Return whether the clock is not changed on a local day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (
        midnight.utcoffset()
        == midnight.replace(fold=1).utcoffset()
        == (midnight + timedelta(days=1)).utcoffset()
    )


def _shown(local: datetime, zone: tzinfo) -> list[datetime]:
    both = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return [each for each in both if each.astimezone(zone).replace(tzinfo=None) == local]


def _skip_ends(local: datetime, zone: tzinfo) -> datetime:
    """Return the moment at which the clock is put forward past ``local``."""
    # PEP 495: inside a gap, fold 1 lies before the change and fold 0 after it.
    before, after = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
