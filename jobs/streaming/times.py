"""Glue's spelling of times in the options of streams."""

from __future__ import annotations

from datetime import UTC, datetime

from gluepot.catalog.errors import InvalidInputError


def timestamp_ms(text: str) -> int:
    """Return a time such as ``2026-04-04T08:00:00Z`` in ms since 1970; without a zone, of UTC.

    >>> timestamp_ms("1970-01-01T00:00:01Z"), timestamp_ms("1970-01-01T01:00:01+01:00")
    (1000, 1000)

    Raises:
        InvalidInputError: It is no time.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInputError(
            f"{text!r} is no position: earliest, latest, or a time such as 2026-04-04T08:00:00Z"
        ) from error
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
