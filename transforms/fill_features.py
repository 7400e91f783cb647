"""Columns of a frame as features of a model: numbers and categories, nulls made into something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

MOST_CATEGORIES = 50
"""Different texts in a column that are still categories; more are names or free text."""

VECTOR = "__gluepot_features"
_NUMBERS = (T.NumericType, T.BooleanType, T.DateType, T.TimestampType, T.TimestampNTZType)


@dataclass(frozen=True, kw_only=True)
class Number:
    """A column that is a number; where it is null it is ``middle``, and a flag says so."""

    name: str
    kind: T.DataType
    middle: float
    nulls: bool

    def columns(self) -> list[Column]:
        """Return the number, and the flag when there are nulls."""
        value = as_number(self.name, self.kind)
        filled = F.coalesce(value, F.lit(self.middle))
        return [filled, value.isNull().cast("double")] if self.nulls else [filled]


@dataclass(frozen=True, kw_only=True)
class Features:
    """What a model learns from, and the columns it does not, each with the reason."""

    numbers: tuple[Number, ...]
    categories: tuple[str, ...]
    left_out: dict[str, str]

    @property
    def names(self) -> list[str]:
        """Return the columns that are learned from."""
        return [*(number.name for number in self.numbers), *self.categories]

    def prepared(self, rows: DataFrame) -> tuple[DataFrame, list[str], list[str]]:
        """Return the rows with plain columns of features, and the names of both kinds of them."""
        numbers = [column for number in self.numbers for column in number.columns()]
        named = {f"__gluepot_number_{at}": column for at, column in enumerate(numbers)}
        texts = {
            f"__gluepot_category_{at}": F.col(quote(name))
            for at, name in enumerate(self.categories)
        }
        columns = [column.alias(name) for name, column in {**named, **texts}.items()]
        return rows.select("*", *columns), list(named), list(texts)


def as_number(name: str, kind: T.DataType) -> Column:
    """Return a column as a double; days and seconds since 1970 for times, null for NaN."""
    column = F.col(quote(name))
    if isinstance(kind, T.DateType):
        return F.unix_date(column).cast("double")
    if isinstance(kind, (T.TimestampType, T.TimestampNTZType)):
        return column.cast("timestamp").cast("double")
    number = column.cast("double")
    return F.when(~F.isnan(number), number)


def find_features(rows: DataFrame, names: Iterable[str]) -> Features:
    """Return the features among columns, by one pass over the rows."""
    kinds = {name: rows.schema[name].dataType for name in names}
    numbers = [name for name, kind in kinds.items() if isinstance(kind, _NUMBERS)]
    texts = [name for name, kind in kinds.items() if isinstance(kind, T.StringType)]
    left_out = {
        name: f"is {kind.simpleString()}"
        for name, kind in kinds.items()
        if not isinstance(kind, (*_NUMBERS, T.StringType))
    }
    found = _profile(rows, kinds, numbers, texts)
    kept = []
    for name in numbers:
        middle, least, most, nulls = (
            found[f"{name}|{what}"] for what in ("mid", "min", "max", "no")
        )
        if middle is None or (least == most and not nulls):
            left_out[name] = "is the same everywhere"
        else:
            kept.append(Number(name=name, kind=kinds[name], middle=middle, nulls=nulls > 0))
    categories = []
    for name in texts:
        different, nulls = found[f"{name}|different"], found[f"{name}|no"]
        if different > MOST_CATEGORIES:
            left_out[name] = f"has more than {MOST_CATEGORIES} different texts"
        elif different + (nulls > 0) < 2:  # noqa: PLR2004 - two values tell records apart
            left_out[name] = "is the same everywhere"
        else:
            categories.append(name)
    return Features(numbers=tuple(kept), categories=tuple(categories), left_out=left_out)


def _profile(
    rows: DataFrame, kinds: dict[str, T.DataType], numbers: list[str], texts: list[str]
) -> dict[str, Any]:
    found = {}
    for name in numbers:
        value = as_number(name, kinds[name])
        found[f"{name}|mid"] = F.median(value)
        found[f"{name}|min"], found[f"{name}|max"] = F.min(value), F.max(value)
        found[f"{name}|no"] = F.count_if(value.isNull())
    for name in texts:
        column = F.col(quote(name))
        found[f"{name}|different"] = F.approx_count_distinct(column)
        found[f"{name}|no"] = F.count_if(column.isNull())
    if not found:
        return {}
    row = rows.agg(*found.values()).first()
    return dict(zip(found, row or (), strict=True))
