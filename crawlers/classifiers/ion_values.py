"""Reads Ion values into columns, in a process of its own: see ``confined``."""

from __future__ import annotations

import io
from decimal import Decimal as Number
from typing import TYPE_CHECKING, Any

from gluepot.catalog.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    MAX_PRECISION,
    STRING,
    TIMESTAMP,
    VOID,
    Array,
    Decimal,
    Field,
    Struct,
    Type,
    print_type,
)
from gluepot.crawlers.classifiers.confined import Reading, answer
from gluepot.crawlers.classifiers.evidence import Evidence, join
from gluepot.crawlers.classifiers.json_types import legible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DEPTH = 50
"""How deep values may nest before what is below counts as text."""

MISSING = "amazon.ion is not installed: pip install 'gluepot[formats]'"
_DAY = 2


def main() -> None:
    """Read Ion from standard input."""
    answer(read_ion)


def read_ion(data: bytes) -> Reading:
    """Return the columns of the structs that stand at the top level."""
    try:
        from amazon.ion.exceptions import IonException  # noqa: PLC0415 - of an extra
    except ModuleNotFoundError:
        return Reading(problem=MISSING)
    evidence = Evidence(rows="structs")
    stream = io.BytesIO(data)
    others, cut = 0, None
    try:
        for value in _values(stream):
            if isinstance(value, dict):
                _add(evidence, value)
            else:
                others += 1
    except (IonException, ValueError, ArithmeticError, TypeError, RecursionError) as error:
        cut = " ".join(str(error).split()) or type(error).__name__
    warnings = [f"{others} values are no structs; they are left out"] if others else []
    columns = [(item.name, print_type(item.type), item.reason) for item in evidence.columns()]
    return Reading(
        columns=columns,
        records=evidence.count,
        cut=cut,
        warnings=warnings,
    )


def _values(stream: io.BytesIO) -> Iterator[Any]:
    from amazon.ion import simpleion  # noqa: PLC0415 - of an extra

    bare = simpleion.IonPyValueModel
    yield from simpleion.load(
        stream,
        single_value=False,
        parse_eagerly=False,
        value_model=bare.MAY_BE_BARE | bare.STRUCT_AS_STD_DICT,
    )


def _add(evidence: Evidence, row: Mapping[str, Any]) -> None:
    evidence.count += 1
    where = f"struct {evidence.count}"
    for name, value in row.items():
        # Symbols are shown as their text.
        evidence.add(legible(str(name)), type_of(value), getattr(value, "text", value), where)


def type_of(value: Any, depth: int = 0) -> Type:  # noqa: ANN401, PLR0911 - one a kind of value
    """Return the column type of an Ion value, ``void`` of any null.

    >>> print_type(type_of({"a": [1, Number("2.50")]}))
    'struct<a:array<decimal(12,2)>>'
    """
    if depth > MAX_DEPTH:
        return STRING
    match value:
        case dict():
            return _struct(value, depth)
        case list():
            return _array(value, depth)
        case Number():
            return _decimal(value)
        case int() if not isinstance(value, bool):
            return _integer(int(value))
    if hasattr(value, "precision"):  # a timestamp, which may be as short as a year
        return DATE if value.precision <= _DAY else TIMESTAMP
    scalars = (found for kind, found in _SCALARS if isinstance(value, kind))
    return next(scalars, STRING if hasattr(value, "sid") else VOID)


_SCALARS: tuple[tuple[type, Type], ...] = (
    (bool, BOOLEAN),
    (float, DOUBLE),
    (bytes, BINARY),
    (str, STRING),
)


def _struct(value: Mapping[str, Any], depth: int) -> Type:
    found: Type = VOID
    for name, item in value.items():  # joined, since Hive tells no members apart by case
        found = join(found, Struct((Field(legible(str(name)) or "_", type_of(item, depth + 1)),)))
    return found


def _array(values: list[Any], depth: int) -> Type:
    found: Type = VOID
    for item in values:
        found = join(found, type_of(item, depth + 1))
    return Array(found)


def _integer(value: int) -> Type:
    if -(2**31) <= value < 2**31:
        return INT
    if -(2**63) <= value < 2**63:
        return BIGINT
    return Decimal(MAX_PRECISION, 0) if abs(value) < 10**MAX_PRECISION else STRING


def _decimal(value: Number) -> Type:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return DOUBLE
    scale = max(-exponent, 0)
    whole = max(len(digits) + exponent, 0)
    # A number that no decimal holds is a double, which rounds it, rather than text.
    return Decimal(max(whole + scale, 1), scale) if whole + scale <= MAX_PRECISION else DOUBLE


if __name__ == "__main__":
    main()
