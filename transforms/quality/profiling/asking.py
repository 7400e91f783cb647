"""What is asked of a column in the one aggregation, by its kind, and the profile of the answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms.paths import quote
from gluepot.transforms.quality.profiling.distinct import PRECISION, DistinctSketch
from gluepot.transforms.quality.profiling.frequent import MOST_TRACKED, FrequentValues
from gluepot.transforms.quality.profiling.model import ColumnProfile, Kind, Lengths
from gluepot.transforms.quality.profiling.moments import Moments
from gluepot.transforms.quality.profiling.quantiles import SIZE, QuantileSketch
from gluepot.transforms.quality.profiling.seen_types import BLANK, seen_type
from gluepot.transforms.quality.profiling.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column

LONGEST_VALUE = 200
"""Characters of a text that are kept of it."""
_DAY_MICROS = 86_400_000_000
_KINDS: dict[type[T.DataType], Kind] = {
    T.ByteType: Kind.WHOLE,
    T.ShortType: Kind.WHOLE,
    T.IntegerType: Kind.WHOLE,
    T.LongType: Kind.WHOLE,
    T.FloatType: Kind.REAL,
    T.DoubleType: Kind.REAL,
    T.DecimalType: Kind.DECIMAL,
    T.StringType: Kind.TEXT,
    T.CharType: Kind.TEXT,
    T.VarcharType: Kind.TEXT,
    T.BooleanType: Kind.TRUTH,
    T.DateType: Kind.DATE,
    T.TimestampType: Kind.TIME,
    T.TimestampNTZType: Kind.TIME,
    T.BinaryType: Kind.BYTES,
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A column of a frame, and what is asked of it."""

    name: str
    type: T.DataType

    @property
    def kind(self) -> Kind:
        """Return the kind of its values; intervals are like nested ones, only counted."""
        return _KINDS.get(type(self.type), Kind.NESTED)

    @property
    def number(self) -> Column:
        """Return a column of numbers as doubles, null where they are not finite."""
        value = self._column.cast("double")
        if self.kind is not Kind.REAL:
            return value
        return F.when(~F.isnan(value) & (F.abs(value) != math.inf), value)

    @property
    def _column(self) -> Column:
        return F.col(quote(self.name))

    def asked(self) -> dict[str, Column]:
        """Return the aggregates, by the names that ``answered`` knows them by."""
        present = {"present": F.count(self._column)}
        if self.kind is Kind.TEXT:
            return present | self._of_text()
        if self.kind.is_number:
            return present | self._of_numbers()
        if self.kind in (Kind.DATE, Kind.TIME):
            return present | self._of_times()
        if self.kind is Kind.TRUTH:
            text = self._column.cast("string")
            return present | {"distinct": _distinct(text), "frequent": _frequent(text)}
        if self.kind is Kind.BYTES:
            return present | {"distinct": _distinct(self._column)} | _lengths(self._column)
        return present

    def _of_text(self) -> dict[str, Column]:
        text = self._column.cast("string")
        start = F.left(text, F.lit(LONGEST_VALUE))
        return {
            "distinct": _distinct(text),
            "minimum": F.min(start),
            "maximum": F.max(start),
            "frequent": _frequent(start),
            "shapes": _frequent(shape_of(text)),
            "types": _frequent(seen_type(text)),
            **_lengths(text),
        }

    def _of_numbers(self) -> dict[str, Column]:
        column, finite = self._column, self.number
        real = self.kind is Kind.REAL
        # Zero has a sign in doubles, which makes no other value of it.
        text = (column + F.lit(0.0) if real else column).cast("string")
        known = F.when(~F.isnan(column), column) if real else column
        shown = "string" if self.kind is Kind.DECIMAL else "double" if real else "bigint"
        found = {
            "distinct": _distinct(column.cast("bigint") if self.kind is Kind.WHOLE else text),
            "frequent": _frequent(text),
            "minimum": F.min(known).cast(shown),
            "maximum": F.max(known).cast(shown),
            "zeros": F.count_if(column == 0),
            "negative": F.count_if(column < 0),
            "count": F.count(finite),
            "mean": F.avg(finite),
            "variance": F.var_pop(finite),
            "quantiles": F.kll_sketch_agg_double(finite, SIZE),
        }
        if real:
            found["nans"] = F.count_if(F.isnan(column))
            found["infinite"] = F.count_if(F.abs(column) == math.inf)
        return found

    def _of_times(self) -> dict[str, Column]:
        if self.kind is Kind.DATE:
            since, place = F.unix_date(self._column).cast("bigint"), F.unix_date(self._column)
        else:
            since = _micros(self._column, self.type)
            place = since / F.lit(1e6)
        found = {
            "distinct": _distinct(since),
            "minimum": F.min(since),
            "maximum": F.max(since),
            "quantiles": F.kll_sketch_agg_double(place.cast("double"), SIZE),
        }
        if self.kind is Kind.DATE:
            found["frequent"] = _frequent(self._column.cast("string"))
        return found

    def answered(self, rows: int, found: Mapping[str, Any]) -> ColumnProfile:
        """Return the profile that the answers make."""
        others: dict[str, Any] = {
            name: found.get(name) or 0 for name in ("zeros", "negative", "nans", "infinite")
        }
        for name in ("frequent", "shapes", "types"):
            others[name] = FrequentValues.decode(found.get(name))
        others["blank"] = others["types"].counts.get(BLANK, 0)
        count = found.get("count") or 0
        return ColumnProfile(
            name=self.name,
            type=self.type.simpleString(),
            kind=self.kind,
            rows=rows,
            nulls=rows - found["present"],
            minimum=found.get("minimum"),
            maximum=found.get("maximum"),
            lengths=Lengths(
                least=found.get("shortest"),
                most=found.get("longest"),
                total=found.get("characters") or 0,
            ),
            moments=Moments(
                count=count,
                mean=found["mean"] if count else 0.0,
                squares=found["variance"] * count if count else 0.0,
            ),
            distinct=DistinctSketch.decode(found.get("distinct")),
            quantiles=QuantileSketch.decode(found.get("quantiles")),
            **others,
        )


def _distinct(column: Column) -> Column:
    return F.hll_sketch_agg(column, PRECISION)


def _frequent(text: Column) -> Column:
    return F.call_function("approx_top_k_accumulate", text, F.lit(MOST_TRACKED))["sketch"]


def _lengths(column: Column) -> dict[str, Column]:
    length = F.length(column)
    return {
        "shortest": F.min(length),
        "longest": F.max(length),
        "characters": F.sum(length.cast("bigint")),
    }


def _micros(column: Column, kind: T.DataType) -> Column:
    """Return microseconds since 1970; a time without a zone is taken for one in UTC."""
    if isinstance(kind, T.TimestampType):
        return F.unix_micros(column)
    # A cast would go through the session's zone, which has hours that are not or are twice.
    days = F.unix_date(column.cast("date")).cast("bigint")
    minutes = F.hour(column) * 60 + F.minute(column)
    seconds = F.extract(F.lit("SECONDS"), column) * 1_000_000
    return days * _DAY_MICROS + minutes.cast("bigint") * 60_000_000 + seconds.cast("bigint")
