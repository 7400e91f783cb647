"""JSON lines: one object a line; types by Glue's rules, structs and arrays kept.

A number is int where it fits 32 bits, else bigint where it fits 64, else double; nothing but
null is void, which a table prints as string. Values that agree on no type become string.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gluepot.catalog.merge import widest
from gluepot.catalog.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INT,
    STRING,
    VOID,
    Array,
    Field,
    Struct,
    Type,
    print_type,
)
from gluepot.crawlers.classifiers.base import (
    CERTAIN,
    Classification,
    FileSchema,
    FoundColumn,
    Sample,
)
from gluepot.crawlers.classifiers.text import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_DEPTH = 50
"""How deep values may nest before what is below counts as text."""

MIN_GOOD = 0.5
"""The share of lines that must be JSON objects for a file to be JSON lines with damage."""

_SHOWN_BROKEN = 3


class JsonLines:
    """Reads one object a line, and names the lines that are not one."""

    name = "json"

    def classify(self, sample: Sample) -> Classification:
        """Return the schema of the objects in the head."""
        start = sample.data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if start == b"[":
            return self._no("it is one JSON array; one object a line is read")
        if start != b"{":
            return self._no("it does not start with an object")
        text = decode(sample)
        if text.problem is not None:
            return Classification(
                classifier=self.name,
                certainty=CERTAIN,
                reason="starts with {",
                problem=text.problem,
            )
        lines = [
            (number, line)
            for number, line in enumerate(text.text.split("\n"), 1)
            if line and not line.isspace()
        ]
        if not lines:
            return self._no("no line of it is whole", needs_more=not sample.complete)
        return self._read(sample, lines)

    def _read(self, sample: Sample, lines: Sequence[tuple[int, str]]) -> Classification:
        rows: list[tuple[int, dict[str, Any]]] = []
        broken: list[str] = []
        for number, line in lines:
            try:
                rows.append((number, _object(line)))
            except (ValueError, RecursionError) as error:
                broken.append(f"line {number} is not a JSON object: {_told(error)}")
        if len(rows) < MIN_GOOD * len(lines):
            return self._no(broken[0])
        bytes_a_row = max(len(sample.data) / len(lines), 1)
        schema = FileSchema(
            format=self.name,
            codec=sample.codec,
            columns=tuple(_columns(rows)),
            records=len(rows) if sample.complete else max(int(sample.plain_size / bytes_a_row), 1),
            exact=sample.complete and not broken,
            warnings=tuple(broken[:_SHOWN_BROKEN]) + _more(broken),
        )
        return Classification(
            classifier=self.name,
            certainty=CERTAIN if not broken else len(rows) / len(lines),
            reason=f"{len(rows)} of {len(lines)} lines read are JSON objects",
            schema=schema,
        )

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


def type_of_values(values: Iterable[Any], depth: int = 0) -> Type | None:
    """Return the type that holds every value, None where only a choice or text would.

    >>> print_type(type_of_values([{"a": 1}, {"a": 2.5, "b": [None, "x"]}]))
    'struct<a:double,b:array<string>>'
    >>> type_of_values([1, "x"]) is None
    True
    """
    found: Type | None = VOID
    scalars: set[Type] = set()
    objects: list[dict[str, Any]] = []
    arrays: list[list[Any]] = []
    for value in values:
        if isinstance(value, dict):
            objects.append(value)
        elif isinstance(value, list):
            arrays.append(value)
        else:
            scalars.add(_scalar(value))
    if objects:
        scalars.add(_struct(objects, depth + 1))
    if arrays:
        scalars.add(_array(arrays, depth + 1))
    for item in sorted(scalars, key=print_type):
        found = None if found is None else widest(found, item)
    return found


def _object(line: str) -> dict[str, Any]:
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError(f"it is {type(value).__name__}")  # noqa: TRY004 - as json's own errors
    return value


def _told(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deep"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return str(error)


def _more(broken: Sequence[str]) -> tuple[str, ...]:
    rest = len(broken) - _SHOWN_BROKEN
    return (f"{rest} more lines are not JSON objects",) if rest > 0 else ()


def _columns(rows: Sequence[tuple[int, dict[str, Any]]]) -> Iterable[FoundColumn]:
    values: dict[str, list[Any]] = {}
    for _, row in rows:
        for name, value in row.items():
            values.setdefault(name, []).append(value)
    for name, found in values.items():
        type_ = type_of_values(found)
        reason = _reason(name, type_, rows)
        yield FoundColumn(name=name, type=STRING if type_ is None else type_, reason=reason)


def _reason(name: str, type_: Type | None, rows: Sequence[tuple[int, dict[str, Any]]]) -> str:
    held = [(number, row[name]) for number, row in rows if row.get(name) is not None]
    if not held:
        return f"null in all {len(rows)} objects read"
    first = held[0]
    text = f"in {len(held)} of {len(rows)} objects read"
    if type_ is not None:
        number, value = next(
            ((at, item) for at, item in held if type_of_values([item]) == type_), first
        )
        return f"{text}, such as {_short(value)} on line {number}"
    other = next(item for item in held if type_of_values([first[1], item[1]]) is None)
    return (
        f"{text}; line {first[0]} holds {_short(first[1])},"
        f" line {other[0]} holds {_short(other[1])}"
    )


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}..."  # noqa: PLR2004


def _scalar(value: object) -> Type:
    if value is None:
        return VOID
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, str):
        return STRING
    if isinstance(value, int):
        if -(2**31) <= value < 2**31:
            return INT
        return BIGINT if -(2**63) <= value < 2**63 else DOUBLE
    return DOUBLE


def _struct(objects: Sequence[dict[str, Any]], depth: int) -> Type:
    members: dict[str, list[Any]] = {}
    for item in objects:
        for name, value in item.items():
            members.setdefault(name, []).append(value)
    if depth > MAX_DEPTH or not members:
        return STRING  # Hive has no struct without members
    return Struct(
        tuple(Field(name, _plain(type_of_values(found, depth))) for name, found in members.items())
    )


def _array(arrays: Sequence[Sequence[Any]], depth: int) -> Type:
    if depth > MAX_DEPTH:
        return STRING
    return Array(_plain(type_of_values((value for array in arrays for value in array), depth)))


def _plain(type_: Type | None) -> Type:
    return STRING if type_ is None else type_
