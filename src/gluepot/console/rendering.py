"""Drawing: Jinja2 with everything escaped, and how times, sizes and durations are written."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gluepot.console.assets import asset_address
from gluepot.console.page import href

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = "-"
"""What is not known."""
_THOUSAND = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_TONES = {
    "good": "SUCCEEDED READY COMPLETED ACTIVATED PASS AVAILABLE ENABLED SCHEDULED PASSED",
    "bad": "FAILED ERROR TIMEOUT EXPIRED FAIL",
    "warn": "STOPPED STOPPING STOPPED_BY_USER CANCELLED WAITING WARNING",
    "live": "RUNNING STARTING",
}
_TONE_OF = {state: tone for tone, states in _TONES.items() for state in states.split()}
_STEPS = ((60, "s"), (60, "min"), (24, "h"))


@cache
def environment() -> Environment:
    """Return the templates of the console; what they do not know is an error, not an empty text."""
    found = Environment(
        loader=PackageLoader("gluepot.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"href": href, "asset": asset_address}
    found.filters |= {
        "time": time_tag,
        "size": size,
        "duration": duration,
        "count": count,
        "tone": tone,
    }
    return found


def render(template: str, data: Mapping[str, Any]) -> str:
    """Return a page as HTML."""
    return environment().get_template(template).render(data)


def time_tag(value: datetime | float | None) -> Markup:
    """Return a moment in UTC for people and programs; seconds since 1970 are one too."""
    if value is None:
        return Markup('<span class="none">-</span>')
    moment = (
        value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    )
    return Markup('<time datetime="{}">{} UTC</time>').format(
        moment.isoformat(timespec="seconds"), moment.strftime("%Y-%m-%d %H:%M:%S")
    )


def size(value: float | None) -> str:
    """Return a number of bytes as people write it.

    Example:
        >>> size(1_500_000), size(12), size(None)
        ('1.5 MB', '12 B', '-')
    """
    if value is None:
        return NOTHING
    left = float(value)
    for unit in _UNITS:
        if left < _THOUSAND or unit == _UNITS[-1]:
            return f"{left:.0f} {unit}" if unit == "B" else f"{left:.1f} {unit}"
        left /= _THOUSAND
    raise AssertionError  # The last unit takes whatever is left.


def duration(seconds: float | None) -> str:
    """Return a span of time as people say it.

    Example:
        >>> duration(0.25), duration(75), duration(7_300), duration(None)
        ('0.2 s', '1.2 min', '2.0 h', '-')
    """
    if seconds is None:
        return NOTHING
    left = float(seconds)
    for step, unit in _STEPS:
        if left < step:
            return f"{left:.1f} {unit}"
        left /= step
    return f"{left:.1f} days"


def count(value: float | None) -> str:
    """Return a number with its thousands apart.

    Example:
        >>> count(1234567), count(None)
        ('1,234,567', '-')
    """
    return NOTHING if value is None else f"{value:,}"


def tone(state: str | None) -> str:
    """Return the class of a state: good, bad, warn, live, or soft for all others.

    Example:
        >>> tone("FAILED"), tone("running"), tone(None)
        ('bad', 'live', 'soft')
    """
    return _TONE_OF.get((state or "").upper(), "soft")
