"""What texts could be read as: numbers, dates and other types that are seen inside of them."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from pyspark.sql import Column

BLANK = "blank"
INTEGER = "integer"
LONG = "long"
DECIMAL = "decimal"
BOOLEAN = "boolean"
DATE = "date"
TIMESTAMP = "timestamp"
TEXT = "text"

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_BYTE = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_PATTERNS = {
    BLANK: r"^\s*$",
    BOOLEAN: r"^(?i:true|false)$",
    # Most texts are words: what can be nothing else needs no further look.
    TEXT: r"^[A-Za-z][A-Za-z0-9 _]*$",
    INTEGER: r"^[+-]?[0-9]{1,9}$",
    LONG: r"^[+-]?[0-9]{10,18}$",
    DECIMAL: r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$",
    "uuid": r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "ip address": rf"^{_BYTE}([.]{_BYTE}){{3}}$",
    "email": r"^[^@\s]+@[^@\s]+[.][^@\s.]+$",
    "url": r"^[a-z][a-z0-9+.-]*://\S+$",
}


def seen_type(text: Column) -> Column:
    """Return what each text could be read as; ``text`` for none of the types; null for null.

    Integers have up to 9 digits and longs up to 18, so Spark reads them as such; dates and
    timestamps are those of ISO 8601 that are in the calendar.
    """
    day = text.rlike(f"^{_DAY}$") & text.try_cast("date").isNotNull()
    time = text.rlike(f"^{_DAY}[T ][0-9]") & text.try_cast("timestamp").isNotNull()
    choices = [(text.rlike(pattern), name) for name, pattern in _PATTERNS.items()]
    choices += [(day, DATE), (time, TIMESTAMP), (text.isNotNull(), TEXT)]
    first, *others = choices
    return reduce(lambda chosen, one: chosen.when(*one), others, F.when(*first))
