"""What types JSON values have by Glue's rules, and which value on which line decided it.

A number is int where it fits 32 bits, bigint where it fits 64, decimal(38,0) where it is whole and
has no more digits than that (a double would round it), string beyond, and double where it is not
whole. Nothing but null, and an object without members, is void, which a table prints as string and
which every other type replaces. Values that agree on no type become string. Keys that differ only
in case are one: Hive, Athena and the openx serde do not tell them apart.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.merge import widest
from gluepot.catalog.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INT,
    MAX_PRECISION,
    STRING,
    VOID,
    Array,
    Decimal,
    Field,
    Struct,
    Type,
    print_type,
)
from gluepot.crawlers.classifiers.base import FoundColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_DEPTH = 50
"""How deep values may nest before what is below counts as text."""

MOST_MEMBERS = 10_000
"""How many different members objects may have before they are data, not columns."""

WIDE_INTEGER = Decimal(MAX_PRECISION, 0)
"""The type of whole numbers beyond 64 bits; always the same, so that crawls agree on it."""

Place: TypeAlias = "int | str"
"""Where a row stands: its line, or the JSON path that leads to it."""

_LONGEST_SHOWN = 40
_SHOWN_CLASHES = 20
_MOST_SHOWN_INSIDE = 3
# Text that no database and no engine takes for a name: zero characters and halves of pairs.
_NO_NAME = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class JsonColumns:
    """The columns of rows, and what a person should know about them."""

    columns: tuple[FoundColumn, ...]
    warnings: tuple[str, ...]


@dataclass
class _Values:
    """The values of one column, and the index of the row of each."""

    name: str
    values: list[Any] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def columns_of_rows(rows: Sequence[tuple[Place, Mapping[str, Any]]]) -> JsonColumns:
    """Return the columns of JSON objects in the order in which they are first seen."""
    clashes: list[str] = []
    columns, warnings = [], []
    by_name = _gather(rows)
    for spellings in _by_folded_name(by_name.values()):
        found = spellings[0] if len(spellings) == 1 else _joined(spellings)
        if len(spellings) > 1:
            names = ", ".join(repr(item.name) for item in spellings)
            warnings.append(f"{names} differ only in case: they are one column {found.name!r}")
        type_ = _infer(found.values, 0, found.name, clashes)
        columns.append(
            FoundColumn(
                name=legible(found.name),
                type=STRING if type_ is None else type_,
                reason=_reason(found, type_, rows),
            )
        )
    warnings += [f"{path} holds values of several types: it is string" for path in clashes]
    return JsonColumns(columns=tuple(columns), warnings=tuple(warnings))


def type_of_values(values: Sequence[Any]) -> Type | None:
    """Return the type that holds every value, None where only a choice or text would.

    >>> print_type(type_of_values([{"a": 1}, {"a": 2.5, "b": [None, "x"]}]))
    'struct<a:double,b:array<string>>'
    >>> type_of_values([1, "x"]) is None
    True
    """
    return _infer(values, 0, "", [])


def legible(text: str) -> str:
    """Return a text without what databases refuse: zero characters, halves of surrogate pairs."""
    return _NO_NAME.sub("\ufffd", text)


def told_place(place: Place) -> str:
    """Return where a row stands, in words.

    >>> told_place(3), told_place("$.rows[3]")
    ('line 3', '$.rows[3]')
    """
    return f"line {place}" if isinstance(place, int) else place


def _gather(rows: Sequence[tuple[Place, Mapping[str, Any]]]) -> dict[str, _Values]:
    found: dict[str, _Values] = {}
    for index, (_, row) in enumerate(rows):
        for name, value in row.items():
            column = found.get(name)
            if column is None:
                column = found[name] = _Values(name)
            column.values.append(value)
            column.rows.append(index)
    return found


def _by_folded_name(columns: Iterable[_Values]) -> Iterator[list[_Values]]:
    folded: dict[str, list[_Values]] = {}
    for column in columns:
        folded.setdefault(column.name.lower(), []).append(column)
    yield from folded.values()


def _joined(spellings: Sequence[_Values]) -> _Values:
    """Return columns that differ only in case as one, under the name that was seen first."""
    pairs = sorted(
        (pair for item in spellings for pair in zip(item.rows, item.values, strict=True)),
        key=lambda pair: pair[0],
    )
    return _Values(spellings[0].name, [value for _, value in pairs], [row for row, _ in pairs])


def _infer(values: Sequence[Any], depth: int, path: str, clashes: list[str]) -> Type | None:
    kinds = set(map(type, values))
    # Of whole numbers the least and the greatest decide; few other values are looked at singly.
    found = {_SCALARS[kind] for kind in kinds - {dict, list, int}}
    if int in kinds:
        numbers = [value for value in values if type(value) is int]
        found |= {_scalar(min(numbers)), _scalar(max(numbers))}
    if dict in kinds:
        objects = [value for value in values if type(value) is dict]
        found.add(_struct(objects, depth + 1, path, clashes))
    if list in kinds:
        arrays = [value for value in values if type(value) is list]
        found.add(_array(arrays, depth + 1, path, clashes))
    type_: Type | None = VOID
    for item in sorted(found, key=print_type):
        type_ = None if type_ is None else widest(type_, item)
    return type_


_SCALARS: Mapping[type, Type] = {
    type(None): VOID,
    bool: BOOLEAN,
    str: STRING,
    float: DOUBLE,
}


def _scalar(value: object) -> Type:
    if not isinstance(value, int) or isinstance(value, bool):
        return _SCALARS[type(value)]
    if -(2**31) <= value < 2**31:
        return INT
    if -(2**63) <= value < 2**63:
        return BIGINT
    return WIDE_INTEGER if abs(value) < 10**MAX_PRECISION else STRING


def _struct(objects: Sequence[dict[str, Any]], depth: int, path: str, clashes: list[str]) -> Type:
    members: dict[str, tuple[str, list[Any]]] = {}
    for item in objects:
        for name, value in item.items():
            members.setdefault(name.lower(), (name, []))[1].append(value)
    if depth > MAX_DEPTH or len(members) > MOST_MEMBERS:
        return STRING
    if not members:
        return VOID  # Hive has no struct without members
    return Struct(
        tuple(
            Field(legible(name) or "_", _member(found, depth, f"{path}.{name}", clashes))
            for name, found in members.values()
        )
    )


def _array(arrays: Sequence[Sequence[Any]], depth: int, path: str, clashes: list[str]) -> Type:
    if depth > MAX_DEPTH:
        return STRING
    values = list(chain.from_iterable(arrays))
    return Array(_member(values, depth, f"{path}[]", clashes))


def _member(values: Sequence[Any], depth: int, path: str, clashes: list[str]) -> Type:
    found = _infer(values, depth, path, clashes)
    if found is not None:
        return found
    if len(clashes) < _SHOWN_CLASHES:
        clashes.append(legible(path))
    return STRING


def _reason(
    column: _Values, type_: Type | None, rows: Sequence[tuple[Place, Mapping[str, Any]]]
) -> str:
    held = len(column.values) - column.values.count(None)
    if not held:
        return f"null in all {len(rows)} objects read"

    def told(index: int) -> str:
        return f"{told_place(rows[column.rows[index]][0])} holds {shown(column.values[index])}"

    text = f"in {held} of {len(rows)} objects read"
    first = next(index for index, value in enumerate(column.values) if value is not None)
    if type_ is None:
        return f"{text}; {told(first)}, {told(_first_other(column.values, first))}"
    decided = first
    if not isinstance(type_, (Array, Struct)):
        same = (index for index, value in enumerate(column.values) if _kind(value) == type_)
        decided = next(same, first)
    value = shown(column.values[decided])
    return f"{text}, such as {value} on {told_place(rows[column.rows[decided]][0])}"


def _first_other(values: Sequence[Any], first: int) -> int:
    """Return the index of the first value that has no type in common with one before it."""
    kind = _kind(values[first])
    return next(
        index
        for index, value in enumerate(values)
        if value is not None and not _agree(kind, _kind(value))
    )


def _kind(value: object) -> Type | str:
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else _scalar(value)


def _agree(left: Type | str, right: Type | str) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        return left == right
    return widest(left, right) is not None


def shown(value: object) -> str:
    """Return a value as JSON, short whatever its size and depth."""
    text = legible(json.dumps(_pruned(value, 0), ensure_ascii=False))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _pruned(value: object, depth: int) -> object:
    """Return the first members of a value: only what can be shown is printed."""
    most = _MOST_SHOWN_INSIDE if depth < _MOST_SHOWN_INSIDE else 0
    match value:
        case dict():
            items = list(value.items())[:most]
            return {name[:_LONGEST_SHOWN]: _pruned(item, depth + 1) for name, item in items}
        case list():
            return [_pruned(item, depth + 1) for item in value[:most]]
        case str():
            return value[: _LONGEST_SHOWN + 1]
        case _:
            return value
