"""Partition values as their keys' types: read from text, and written so that text order is theirs.

A value is always stored as text. Compared as text ``10`` comes before ``9``, so each key column
holds an encoding whose binary order is the order of the typed values; that is what lets a
partition expression run on an index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.model import NULL_PARTITION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.model import Column

KeyValue: TypeAlias = str | int | Decimal | date
"""A typed value; a timestamp is text with all nine digits, whose order is the order in time."""

MAX_ENCODED = 128
"""Longer encodings are cut off: PostgreSQL has room for four of them in a row of an index."""

NULL_CODE = "~"
"""The encoding of a null of a type that is not text; after all others."""

FAULTY_CODE = "~~"
"""What the encoding of a value that is not of its key's type begins with."""

_MIDDLE = 1 << 63
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[+-]?(?=[.]?[0-9])[0-9]*[.]?[0-9]*(?:[eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.]([0-9]{1,9}))?"
)
_MAX_EXPONENT = 400
_MAX_DIGITS = 100
_NINES = str.maketrans("0123456789", "9876543210")


class KeyKind(StrEnum):
    """How values of a partition key compare; the name is what error messages call it."""

    TEXT = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    UNKNOWN = "unknown"


_KINDS = {
    **dict.fromkeys(("string", "char", "varchar"), KeyKind.TEXT),
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint", "long"), KeyKind.INTEGER),
    "decimal": KeyKind.DECIMAL,
    "date": KeyKind.DATE,
    "timestamp": KeyKind.TIMESTAMP,
}


class NotOfKindError(ValueError):
    """A text is not a value of the key's type: ``NotOfKindError(text, kind)``."""

    def __init__(self, text: str, kind: KeyKind) -> None:
        super().__init__(text, kind)

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        text, kind = self.args
        return f'"{text}" is not {"an" if kind is KeyKind.INTEGER else "a"} {kind}.'


@dataclass(frozen=True, kw_only=True)
class EncodedValues:
    """A partition's key columns; ``exact`` when they say all that the values do."""

    columns: tuple[str, ...]
    exact: bool


def key_kind(key: Column) -> KeyKind:
    """Return how values of a key compare; a key without a type is text."""
    name = (key.type or "string").partition("(")[0].strip().lower()
    return _KINDS.get(name, KeyKind.UNKNOWN)


def is_null(text: str, kind: KeyKind) -> bool:
    """Return whether a stored value is a null; Glue takes Hive's null text of a string as text."""
    return text == NULL_PARTITION and kind is not KeyKind.TEXT


def cast(text: str, kind: KeyKind) -> KeyValue:
    """Return the typed value of a text.

    Raises:
        NotOfKindError: The text is not a value of that type. Whole numbers are of 64 bits.
    """
    match kind:
        case KeyKind.INTEGER:
            found: KeyValue | None = _cast_integer(text)
        case KeyKind.DECIMAL:
            found = _cast_decimal(text)
        case KeyKind.DATE:
            found = _cast_date(text)
        case KeyKind.TIMESTAMP:
            found = _cast_timestamp(text)
        case _:
            found = text
    if found is None:
        raise NotOfKindError(text, kind)
    return found


def encode(value: KeyValue, kind: KeyKind) -> str:
    """Return text whose binary order among values of the same kind is the values' own order.

    >>> encode(-5, KeyKind.INTEGER) < encode(3, KeyKind.INTEGER) < encode(20, KeyKind.INTEGER)
    True
    """
    if kind is KeyKind.DECIMAL:
        return _encode_decimal(Decimal(value))  # type: ignore[arg-type]
    if kind is KeyKind.INTEGER:
        return _encode_integer(int(value))  # type: ignore[arg-type]
    return str(value)


def encode_values(values: Sequence[str], kinds: Sequence[KeyKind]) -> EncodedValues:
    """Return the key columns of a partition, one for each value."""
    exact = len(values) == len(kinds)
    columns = []
    for text, kind in zip_longest(values, kinds[: len(values)], fillvalue=KeyKind.TEXT):
        code, fits = _encode_stored(text, kind)
        columns.append(code)
        exact = exact and fits
    return EncodedValues(columns=tuple(columns), exact=exact)


def _encode_stored(text: str, kind: KeyKind) -> tuple[str, bool]:
    if kind is KeyKind.TEXT:
        return text[:MAX_ENCODED], len(text) <= MAX_ENCODED
    if is_null(text, kind):
        return NULL_CODE, True
    try:
        code = encode(cast(text, kind), kind)
    except NotOfKindError:
        return f"{FAULTY_CODE}{text}"[:MAX_ENCODED], False
    return code[:MAX_ENCODED], len(code) <= MAX_ENCODED


def _cast_integer(text: str) -> int | None:
    if not _INTEGER.fullmatch(text):
        return None
    found = int(text)
    return found if -_MIDDLE <= found < _MIDDLE else None


def _cast_decimal(text: str) -> Decimal | None:
    if len(text) > _MAX_DIGITS or not _DECIMAL.fullmatch(text):
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found == 0 or abs(found.adjusted()) <= _MAX_EXPONENT else None


def _cast_date(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _cast_timestamp(text: str) -> str | None:
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    whole, fraction = match.groups()
    try:
        datetime.fromisoformat(whole)
    except ValueError:
        return None
    return f"{whole}.{(fraction or '').ljust(9, '0')}"


def _encode_integer(value: int) -> str:
    """Encode how many digits there are as a letter, then the digits; turned round below zero."""
    digits = str(abs(value))
    if value >= 0:
        return f"{chr(ord('`') + len(digits))}{digits}"
    return f"{chr(ord('[') - len(digits))}{digits.translate(_NINES)}"


def _encode_decimal(value: Decimal) -> str:
    """Encode the sign, then the exponent, then the digits; all turned round below zero."""
    if value == 0:
        return "1"
    digits = "".join(map(str, value.as_tuple().digits)).lstrip("0").rstrip("0")
    code = f"{value.adjusted() + 500:03d}{digits}"
    if value > 0:
        return f"2{code}"
    # The mark after the last digit puts -1.2 behind -1.25, whose digits are the longer ones.
    return f"0{code.translate(_NINES)}:"
