"""When rows came in, as columns to partition by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_COLUMNS = {
    "ingest_year": ("yyyy", "day"),
    "ingest_month": ("MM", "day"),
    "ingest_day": ("dd", "day"),
    "ingest_hour": ("HH", "hour"),
    "ingest_minute": ("mm", "minute"),
}
_GRANULARITIES = ("day", "hour", "minute")


def add_ingestion_time_columns(frame: DataFrame, granularity: str) -> DataFrame:
    """Return the frame with the time of its processing as texts of fixed width, in order.

    ``day`` adds ingest_year, ingest_month and ingest_day, ``hour`` also ingest_hour, ``minute``
    also ingest_minute. The time is that of the session's zone and the same for a whole batch.

    Raises:
        InvalidInputError: Another granularity.
    """
    if granularity not in _GRANULARITIES:
        raise InvalidInputError(
            f"granularity {granularity!r} is not known."
            f"{did_you_mean(granularity, _GRANULARITIES)} There are: {', '.join(_GRANULARITIES)}"
        )
    finest = _GRANULARITIES.index(granularity)
    added = {
        name: F.date_format(F.current_timestamp(), pattern)
        for name, (pattern, needs) in _COLUMNS.items()
        if _GRANULARITIES.index(needs) <= finest
    }
    return frame.withColumns(added)
