"""Python values to Arrow columns of a known type and back: what fits not is told, times are naive.

Every function is a pure one over the values of a whole column. Executors get this module's code
inside the pickled function, so it stands alone.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

UTC = pa.timestamp("us", tz="UTC")
_SCALARS = (bool, int, float, Decimal, str, bytes, datetime, date, time, timedelta)
ARROW_ERRORS = (pa.ArrowException, TypeError, ValueError, OverflowError)
"""What pyarrow raises of values that it cannot take."""


class Mismatch(ValueError):  # noqa: N818
    """A value does not fit the type of its column: ``Mismatch(field, value, type)``."""

    def __str__(self) -> str:
        """Name the field, the value and the type that was declared."""
        field, value, kind = self.args
        return f"field {field!r}: {value!r} does not fit the type {kind}"


def _fits(values: list[Any], kind: pa.DataType | None) -> bool:
    try:
        pa.array(values, type=kind)
    except ARROW_ERRORS:
        return False
    return True


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _members(kind: pa.DataType) -> dict[str, pa.DataType]:
    return {field.name: field.type for field in kind.fields}


def local_values(column: pa.Array) -> list[Any]:
    """Return a column as Python values: maps as dicts, times naive in the column's own zone."""
    if pa.types.is_timestamp(column.type) or pa.types.is_date32(column.type):
        return _times(column)
    # Asking for dicts takes pyarrow's slow way, four times slower, so only maps pay for it.
    maps = _contains(column.type, pa.types.is_map)
    values: list[Any] = column.to_pylist(maps_as_pydicts="lossy" if maps else None)
    if pa.types.is_nested(column.type) and _contains(column.type, _has_zone):
        return [_naive(value) for value in values]
    return values


def _times(column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(column)
    # By way of numpy, whose nulls become None too: forty times faster than pyarrow's own.
    values: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
    beyond_years_of_four_digits = int in set(map(type, values))
    return column.to_pylist() if beyond_years_of_four_digits else values


def _has_zone(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) and kind.tz is not None


def _contains(kind: pa.DataType, wanted: Callable[[pa.DataType], bool]) -> bool:
    if wanted(kind):
        return True
    inner = range(kind.num_fields) if pa.types.is_nested(kind) else ()
    return any(_contains(kind.field(at).type, wanted) for at in inner)


def _naive(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dict):
        return {name: _naive(member) for name, member in value.items()}
    return [_naive(member) for member in value] if isinstance(value, list) else value


def encode(
    values: list[Any], field: pa.Field, zone: str
) -> tuple[pa.Array, list[tuple[int, Mismatch]]]:
    """Return a column of the field's type, and the positions of values that do not fit it.

    What does not fit is null in the column. A naive time is one of ``zone``.
    """
    kind = field.type
    if _contains(kind, _has_zone):
        at = ZoneInfo(zone)
        values = [_aware(value, at) for value in values]
    try:
        return pa.array(values, type=kind), []
    except ARROW_ERRORS:
        values = [_as_text(value, kind) for value in values]
    wrong = [at for at, value in enumerate(values) if not _fits([value], kind)]
    mismatches = [(at, Mismatch(field.name, values[at], str(kind))) for at in wrong]
    bad = set(wrong)
    fitting = [None if at in bad else value for at, value in enumerate(values)]
    return pa.array(fitting, type=kind), mismatches


def _aware(value: Any, zone: ZoneInfo) -> Any:  # noqa: ANN401
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=zone)
    if isinstance(value, dict):
        return {name: _aware(member, zone) for name, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_aware(member, zone) for member in value]
    return value


def _as_text(value: Any, kind: pa.DataType) -> Any:  # noqa: ANN401
    """Write as text what the type wants as text, at any depth; leave the rest alone."""
    if value is None:
        return None
    if pa.types.is_string(kind) and not isinstance(value, str):
        nested = isinstance(value, (dict, list, tuple))
        return json.dumps(value, default=str) if nested else str(value)
    if pa.types.is_struct(kind) and isinstance(value, dict):
        members = _members(kind)
        return {name: _as_text(value.get(name), member) for name, member in members.items()}
    if pa.types.is_map(kind) and isinstance(value, dict):
        return [(key, _as_text(member, kind.item_type)) for key, member in value.items()]
    if _is_list(kind) and isinstance(value, (list, tuple, set, frozenset)):
        return [_as_text(member, kind.value_type) for member in value]
    return value
