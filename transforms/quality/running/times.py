"""Times of conditions: days, moments and lengths of time, at the time of the evaluation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gluepot.transforms.quality.dqdl.kinds import clock
from gluepot.transforms.quality.dqdl.tree import DateText, Duration, Now, Operand
from gluepot.transforms.quality.running.frame import UndecidableError

if TYPE_CHECKING:
    from datetime import tzinfo


def day_of(operand: Operand, now: datetime) -> date:
    """Return the day of a date expression, in UTC."""
    return moment_of(operand, now).astimezone(UTC).date()


def moment_of(operand: Operand, now: datetime, zone: tzinfo = UTC) -> datetime:
    """Return the moment of a date expression; a day is its midnight, a time is of today."""
    if isinstance(operand, DateText):
        if ":" in operand.text:
            return datetime.combine(now.astimezone(zone).date(), clock(operand.text), zone)
        return datetime.combine(date.fromisoformat(operand.text), datetime.min.time(), zone)
    if not isinstance(operand, Now):
        raise UndecidableError(f"{operand} is no time")
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    if operand.offset is None:
        return minute
    offset = timedelta(**{operand.offset.unit: operand.offset.amount})
    return minute - offset if operand.sign == "-" else minute + offset


def hours_of(operand: Operand) -> float:
    """Return a length of time in hours, minutes rounded to four decimals as Glue does."""
    if not isinstance(operand, Duration):
        raise UndecidableError(f"{operand} is no length of time")
    if operand.unit == "minutes":
        return round(operand.amount / 60, 4)
    return float(operand.amount * (24 if operand.unit == "days" else 1))


def zone_of(name: str | None) -> tzinfo:
    """Return a time zone by its name, UTC without one.

    Raises:
        UndecidableError: There is none of that name.
    """
    try:
        return UTC if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UndecidableError(f"There is no time zone {name!r}") from error
