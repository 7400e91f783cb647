# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""SplitFields and SplitRows: one frame into two."""

from __future__ import annotations

import datetime as dt
import logging
import operator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.edits import find_level, key_column, remaining, structs_of, tree_of
from gluepot.transforms.paths import as_paths, parse_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

    Names = tuple[str, ...]

logger = logging.getLogger(__name__)

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""Glue's comparisons."""

_NUMBER, _TEXT, _BOOLEAN, _TIME, _BINARY = "number", "text", "boolean", "time", "binary"
_KINDS: tuple[tuple[str, tuple[type[T.DataType], ...]], ...] = (
    (_NUMBER, (T.NumericType,)),
    (_TEXT, (T.StringType, T.CharType, T.VarcharType)),
    (_BOOLEAN, (T.BooleanType,)),
    (_TIME, (T.DateType, T.TimestampType, T.TimestampNTZType)),
    (_BINARY, (T.BinaryType,)),
)
_VALUES: tuple[tuple[str, tuple[type, ...]], ...] = (
    # Before numbers: Python's True is an int.
    (_BOOLEAN, (bool,)),
    (_NUMBER, (int, float, Decimal)),
    (_TEXT, (str,)),
    (_TIME, (dt.date,)),
    (_BINARY, (bytes, bytearray)),
)
_MOST_LONG = 2**63


class SplitFields(GlueTransform):
    """Part the fields of a frame in two frames."""

    def __call__(
        self,
        frame: DynamicFrame,
        paths: str | Iterable[str],
        name1: str | None = None,
        name2: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """Return ``name1`` with the fields at ``paths``, and ``name2`` with all others.

        A nested field keeps the structs around it, so that ``address.city`` leaves an ``address``
        in both frames; so do the other values of a choice whose structs have the field. Unknown
        paths are ignored and logged. Without names the frame's own is taken, followed by 1 and 2.

        Raises:
            InvalidInputError: The two names are the same.
        """
        own = frame.name or "frame"
        names = _names("SplitFields", name1 or f"{own}1", name2 or f"{own}2")
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        wanted = as_paths(paths)

        @cache
        def known() -> set[Names]:
            return set(_known(frame.planned(), wanted, frame.name))

        def fields(*, listed: bool) -> DataFrame:
            source = frame.planned()
            gone = _rest(source.schema, known()) if listed else known()
            return source.select(*remaining(source, tree_of(gone)).values())

        one = frame.derive(lambda: fields(listed=True), stage)
        two = frame.derive(lambda: fields(listed=False), stage)
        return _pair(names, one, two, frame)


class SplitRows(GlueTransform):
    """Part the records of a frame in two frames by comparing fields with values."""

    def __call__(
        self,
        frame: DynamicFrame,
        comparison_dict: Mapping[str, Mapping[str, object]],
        name1: str = "frame1",
        name2: str = "frame2",
        transformation_ctx: str = "",
        info: str | None = None,
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """Return ``name1`` with the records for which all comparisons hold, ``name2`` the others.

        ``{"age": {">": 10, "<": 20}}`` are the records with an age from 11 to 19. A comparison
        with null does not hold. Of a choice, the members of the value's kind are compared. Text
        in a field is compared with a number as the number that it spells, and a text given for
        a field of numbers, days or times as what it spells; what spells none does not hold.

        Raises:
            UnknownFieldError: There is no such field.
            InvalidInputError: There is nothing to compare, no such operator, the field and the
                value are of kinds that do not compare, or the two names are the same.
        """
        names = _names("SplitRows", name1, name2)
        stage = self.stage(transformation_ctx, info or "", stageThreshold, totalThreshold)
        comparisons = list(_comparisons(comparison_dict))

        def rows(*, holding: bool) -> DataFrame:
            holds = [_holds(frame, comparison) for comparison in comparisons]
            both = F.coalesce(reduce(operator.and_, holds), F.lit(col=False))
            return frame.planned().where(both if holding else ~both)

        one = frame.derive(lambda: rows(holding=True), stage)
        two = frame.derive(lambda: rows(holding=False), stage)
        return _pair(names, one, two, frame)


@dataclass(frozen=True, kw_only=True)
class _Comparison:
    path: str
    symbol: str
    value: Any

    @property
    def kind(self) -> str:
        return next(kind for kind, types in _VALUES if isinstance(self.value, types))


def _names(where: str, name1: str, name2: str) -> tuple[str, str]:
    if name1 == name2:
        raise InvalidInputError(f"{where}: both frames would be called {name1!r}")
    return name1, name2


def _pair(
    names: tuple[str, str], one: DynamicFrame, two: DynamicFrame, source: DynamicFrame
) -> DynamicFrameCollection:
    one.name, two.name = names
    return DynamicFrameCollection({names[0]: one, names[1]: two}, source.glue_ctx)


def _known(source: DataFrame, paths: Iterable[str], frame_name: str) -> Iterator[Names]:
    for path in paths:
        names = parse_path(path)
        level, depth = find_level(source.schema, names)
        if depth == len(names):
            yield names
        else:
            logger.warning(
                "SplitFields: frame %r has no field %r; ignored.%s",
                *(frame_name, path, did_you_mean(names[depth], level)),
                extra={"action": "unknown_field_ignored", "field": path},
            )


def _rest(kind: T.StructType, kept: set[Names], at: Names = ()) -> Iterator[Names]:
    """Yield the paths of what lies outside the paths that are kept."""
    for field in kind.fields:
        here = (*at, field.name)
        if here in kept:
            continue
        if not any(path[: len(here)] == here for path in kept):
            yield here
            continue
        for struct in structs_of(field.dataType):
            yield from _rest(struct, kept, here)


def _comparisons(given: Mapping[str, Mapping[str, object]]) -> Iterator[_Comparison]:
    compared = False
    for path, values in given.items():
        for symbol, value in values.items():
            if symbol not in OPERATORS:
                known = " ".join(OPERATORS)
                raise InvalidInputError(
                    f"SplitRows: {symbol!r} is no comparison of {path!r}; there are: {known}"
                )
            if not any(isinstance(value, types) for _, types in _VALUES):
                raise InvalidInputError(
                    f"SplitRows: {path!r} cannot be compared with {value!r}; give a number,"
                    " a text, true or false, a day, a time, or bytes"
                )
            compared = True
            yield _Comparison(path=path, symbol=symbol, value=value)
    if not compared:
        raise InvalidInputError(
            'SplitRows: comparison_dict compares nothing; write {"age": {">": 10}}'
        )


def _holds(frame: DynamicFrame, comparison: _Comparison) -> Column:
    column, kind = key_column("SplitRows", comparison.path, frame)
    if not (isinstance(kind, T.StructType) and is_choice(kind)):
        return _compared(column, kind, comparison)
    members = [field for field in kind.fields if _kind(field.dataType) == comparison.kind]
    if not members:
        raise _unlike(kind, comparison)
    # A value has one member: the comparisons of the others are null.
    return F.coalesce(
        *(_compared(column.getField(each.name), each.dataType, comparison) for each in members)
    )


def _compared(column: Column, kind: T.DataType, comparison: _Comparison) -> Column:
    compare, value = OPERATORS[comparison.symbol], comparison.value
    match _kind(kind), comparison.kind:
        case one, two if one == two:
            right: Column = compare(column, _literal(value))
        case "text", "number":
            right = compare(column.try_cast("double"), _literal(value))
        case "number", "text":
            right = compare(column, _literal(_spelled(kind, comparison, _number)))
        case "time", "text":
            right = compare(column, _literal(_spelled(kind, comparison, _time)))
        case _:
            raise _unlike(kind, comparison)
    return right


def _kind(kind: T.DataType) -> str | None:
    return next((name for name, types in _KINDS if isinstance(kind, types)), None)


def _literal(value: Any) -> Column:  # noqa: ANN401
    beyond = isinstance(value, int) and not -_MOST_LONG <= value < _MOST_LONG
    return F.lit(Decimal(value)) if beyond else F.lit(value)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def _time(text: str) -> dt.date:
    return dt.datetime.fromisoformat(text)


def _spelled(kind: T.DataType, comparison: _Comparison, read: Callable[[str], object]) -> object:
    try:
        return read(comparison.value.strip())
    except ValueError as error:
        raise _unlike(kind, comparison) from error


def _unlike(kind: T.DataType, comparison: _Comparison) -> InvalidInputError:
    return InvalidInputError(
        f"SplitRows: {comparison.path!r} is {kind.simpleString()}, which is not comparable with"
        f" {comparison.value!r}"
    )
