"""Python values to Arrow and back: types inferred, merged and encoded, times made naive.

Every function is a pure one over the values of a whole column. The type of a column is the merge
of the types of its values, and merging is commutative and associative, so a schema does not
depend on how rows are spread over batches. Executors get this module's code inside the pickled
function, so it stands alone.
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
    from collections.abc import Callable, Sequence

UTC = pa.timestamp("us", tz="UTC")
_SCALARS = (bool, int, float, Decimal, str, bytes, datetime, date, time, timedelta)
_ARROW_ERRORS = (pa.ArrowException, TypeError, ValueError, OverflowError)


class Mismatch(ValueError):  # noqa: N818
    """A value does not fit the type of its column: ``Mismatch(field, value, type)``."""

    def __str__(self) -> str:
        """Name the field, the value and the type that was declared."""
        field, value, kind = self.args
        return f"field {field!r}: {value!r} does not fit the type {kind}"


def infer(values: Sequence[Any], expected: pa.DataType | None) -> pa.DataType:
    """Return the Arrow type that holds all of ``values``; ``pa.null()`` when all are None.

    A column keeps the type that it had (``expected``) while its values fit. Kinds that nothing
    but a choice would hold become text.
    """
    found = pa.null()
    for kind, members in _by_kind(values).items():
        found = merge_types(found, _infer_kind(kind, members, expected))
    return found


def _by_kind(values: Sequence[Any]) -> dict[type, list[Any]]:
    present = [value for value in values if value is not None]
    kind_of = {found: _kind(found) for found in set(map(type, present))}
    kinds = set(kind_of.values())
    if len(kinds) <= 1:
        return dict.fromkeys(kinds, present)
    return {kind: [each for each in present if kind_of[type(each)] is kind] for kind in kinds}


def _kind(found: type) -> type:
    if issubclass(found, dict):
        return dict
    if issubclass(found, (list, tuple, set, frozenset)):
        return list
    # bool before int and datetime before date: the one is a subclass of the other.
    return next((kind for kind in _SCALARS if issubclass(found, kind)), object)


def _infer_kind(kind: type, values: list[Any], expected: pa.DataType | None) -> pa.DataType:
    if kind is dict:
        return _infer_struct(values, expected)
    if kind is list:
        inner = expected.value_type if expected is not None and _is_list(expected) else None
        return pa.list_(infer([item for value in values for item in value], inner))
    if kind is object:
        return pa.string()
    same = expected is not None and _kind_of(expected) is kind
    if same and _fits(values, expected):
        return expected
    try:
        free = pa.array(values).type
    except _ARROW_ERRORS:
        return pa.string()
    if kind is datetime:
        free = UTC
    return merge_types(free, expected) if same and expected is not None else free


def _infer_struct(values: list[dict[str, Any]], expected: pa.DataType | None) -> pa.DataType:
    if expected is not None and pa.types.is_map(expected):
        items = [item for value in values for item in value.values()]
        return pa.map_(expected.key_type, infer(items, expected.item_type))
    known = _members(expected) if expected is not None and pa.types.is_struct(expected) else {}
    names = {name: None for value in values for name in value}
    members = {
        name: infer([value.get(name) for value in values], known.get(name)) for name in names
    }
    return pa.struct(list(members.items()))


def _fits(values: list[Any], kind: pa.DataType | None) -> bool:
    try:
        pa.array(values, type=kind)
    except _ARROW_ERRORS:
        return False
    return True


def _kind_of(kind: pa.DataType) -> type | None:
    checks: tuple[tuple[Callable[[pa.DataType], bool], type], ...] = (
        (pa.types.is_boolean, bool),
        (pa.types.is_integer, int),
        (pa.types.is_floating, float),
        (pa.types.is_decimal, Decimal),
        (pa.types.is_string, str),
        (pa.types.is_large_string, str),
        (pa.types.is_binary, bytes),
        (pa.types.is_timestamp, datetime),
        (pa.types.is_date, date),
        (pa.types.is_duration, timedelta),
    )
    return next((found for check, found in checks if check(kind)), None)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _members(kind: pa.DataType) -> dict[str, pa.DataType]:
    return {field.name: field.type for field in kind.fields}


def merge_types(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    """Return the narrowest type that holds both; text where only a choice would.

    >>> merge_types(pa.int64(), pa.float64())
    DataType(double)
    >>> merge_types(pa.int64(), pa.string())
    DataType(string)
    """
    if left == right or pa.types.is_null(left) or pa.types.is_null(right):
        return right if pa.types.is_null(left) else left
    if pa.types.is_struct(left) and pa.types.is_struct(right):
        return _merge_structs(_members(left), _members(right))
    if _is_list(left) and _is_list(right):
        return pa.list_(merge_types(left.value_type, right.value_type))
    if pa.types.is_map(left) and pa.types.is_map(right):
        return pa.map_(left.key_type, merge_types(left.item_type, right.item_type))
    return _merge_scalars(left, right)


def _merge_scalars(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    schemas = [pa.schema([("f", left)]), pa.schema([("f", right)])]
    try:
        merged = pa.unify_schemas(schemas, promote_options="permissive").field("f").type
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.string()
    # Spark has no decimal beyond 38 digits.
    return pa.string() if pa.types.is_decimal256(merged) else merged


def _merge_structs(left: dict[str, pa.DataType], right: dict[str, pa.DataType]) -> pa.DataType:
    names = sorted(left | right)
    return pa.struct(
        [
            (name, merge_types(left.get(name, pa.null()), right.get(name, pa.null())))
            for name in names
        ]
    )


def arrange(kind: pa.DataType, expected: pa.DataType | None) -> pa.DataType:
    """Return the type with members of structs in an order that rows cannot change.

    Those of ``expected`` come first and as there, then new ones by name.
    """
    if pa.types.is_struct(kind):
        known = _members(expected) if expected is not None and pa.types.is_struct(expected) else {}
        members = _members(kind)
        names = [name for name in known if name in members] + sorted(set(members) - set(known))
        return pa.struct([(name, arrange(members[name], known.get(name))) for name in names])
    if _is_list(kind):
        inner = expected.value_type if expected is not None and _is_list(expected) else None
        return pa.list_(arrange(kind.value_type, inner))
    return kind


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
    except _ARROW_ERRORS:
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
