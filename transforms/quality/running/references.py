"""Rules that look rows up in another frame: ReferentialIntegrity and DatasetMatch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.running.asks import rows_asked, rows_key
from gluepot.transforms.quality.running.frame import Frame, UndecidableError
from gluepot.transforms.quality.running.tables import bounded, source_of
from gluepot.transforms.quality.running.verdict import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.quality.dqdl.tree import Rule
    from gluepot.transforms.quality.running.asks import Measured
    from gluepot.transforms.quality.running.verdict import Planning

_BRACED = re.compile(r"([^.]+)\.\{(.+)\}")
_KEY = "__gluepot_key_{}"
_VALUE = "__gluepot_value_{}"
FOUND = "__gluepot_found"
"""The column of whether a row was found."""
UNSUITABLE = "Provided key map not suitable for given data frames"


@dataclass(frozen=True, kw_only=True)
class _Pairs:
    """Columns of the frame and those of the other that belong to them."""

    own: tuple[str, ...]
    other: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Pairs:
        """Return the pairs of ``a->b,c``."""
        parts = [part.partition("->") for part in _names(text)]
        own = tuple(left.strip() for left, _, _ in parts)
        other = tuple((right or left).strip() for left, _, right in parts)
        return cls(own=own, other=other)


def referential_integrity(planning: Planning, rule: Rule) -> Check:
    """Return the plan of ReferentialIntegrity.

    Raises:
        UndecidableError: A source or a column is missing, or the keys are of different lengths.
    """
    alias, names = _reference(rule.values[1])
    pairs = _Pairs(own=_names(rule.values[0]), other=names)
    if len(pairs.own) != len(pairs.other):
        raise UndecidableError(
            f"ReferentialIntegrity compares as many columns of both: {len(pairs.own)} are named"
            f" of the primary, {len(pairs.other)} of {alias}"
        )
    other = Frame(source_of(planning, alias))
    keys = _keys(other, pairs.other)
    known = other.dataframe.select(*keys).distinct()
    metric = f"Column.{alias}.ReferentialIntegrity"

    def join(dataframe: DataFrame, name: str) -> DataFrame:
        marked = known.withColumn(name, F.lit(True))  # noqa: FBT003
        return _joined(Frame(dataframe), pairs, other, marked, name)

    return _looked_up(planning, rule, metric, join)


def dataset_match(planning: Planning, rule: Rule) -> Check:
    """Return the plan of DatasetMatch.

    Raises:
        UndecidableError: A source or a column is missing.
    """
    alias = rule.values[0]
    keys = _Pairs.of(rule.values[1])
    other = Frame(source_of(planning, alias))
    pairs = _matched(planning, rule, keys)
    frames = ((planning.frame, keys.own), (other, keys.other))
    values = [other.column(name).alias(_VALUE.format(at)) for at, name in enumerate(pairs.other)]
    for name in pairs.own:
        planning.frame.column(name)
    known = other.dataframe.select(*_keys(other, keys.other), *values)

    def join(dataframe: DataFrame, name: str) -> DataFrame:
        frame = Frame(dataframe)
        found = known.withColumn(name, F.lit(True))  # noqa: FBT003
        same = [_same(frame, other, pair, at) for at, pair in enumerate(_zipped(pairs))]
        equal = reduce(and_, same, F.col(name))
        return _joined(frame, keys, other, found, name, equal)

    def suitable() -> str | None:
        return None if all(_is_key(frame, names) for frame, names in frames) else UNSUITABLE

    metric = f"Dataset.{alias}.DatasetMatch"
    found = _looked_up(planning, rule, metric, join)

    def decide(measured: Measured) -> Verdict:
        fault = suitable()
        return Verdict(result=Result.FAIL, message=fault) if fault else found.decide(measured)

    return Check(asked=found.asked, decide=decide, join=join, queries=3)


def _looked_up(planning: Planning, rule: Rule, metric: str, join: object) -> Check:
    def decide(found: Measured) -> Verdict:
        rows = found.count(rows_key())
        if not rows:
            return Verdict(
                result=Result.FAIL, message="Cannot evaluate: primary DataFrame is empty"
            )
        marked = join(planning.frame.dataframe, FOUND)  # type: ignore[operator]
        complied = marked.agg(F.count(F.when(F.col(FOUND), 1))).collect()[0][0]
        return bounded(planning, rule, metric, complied / rows)

    return Check(asked=rows_asked(), decide=decide, join=join, queries=1)  # type: ignore[arg-type]


def _joined(  # noqa: PLR0913, PLR0917 - a join has these parts
    frame: Frame,
    pairs: _Pairs,
    other: Frame,
    known: DataFrame,
    name: str,
    equal: Column | None = None,
) -> DataFrame:
    on = [
        _like(other, theirs, frame, own) == F.col(_KEY.format(at))
        for at, (own, theirs) in enumerate(_zipped(pairs))
    ]
    joined = frame.dataframe.join(known, reduce(and_, on), "left")
    mark = F.coalesce(F.col(name) if equal is None else equal, F.lit(False))  # noqa: FBT003
    own = [frame.column(column) for column in frame.dataframe.columns]
    return joined.select(*own, mark.alias(name))


def _like(other: Frame, theirs: str, frame: Frame, own: str) -> Column:
    """Return an own column in the type of the other's, null where it does not fit."""
    column = frame.column(own)
    wanted = other.type_of(theirs)
    return column if frame.type_of(own) == wanted else column.try_cast(wanted)


def _same(frame: Frame, other: Frame, pair: tuple[str, str], at: int) -> Column:
    own, theirs = pair
    cast = _like(other, theirs, frame, own)
    value = F.col(_VALUE.format(at))
    # A value that does not fit the other's type has become null, and is not equal to null.
    return cast.eqNullSafe(value) & (cast.isNull() == frame.column(own).isNull())


def _is_key(frame: Frame, names: Sequence[str]) -> bool:
    columns = [frame.column(name) for name in names]
    missing = reduce(lambda left, right: left | right, [each.isNull() for each in columns])
    row = frame.dataframe.agg(
        F.count(F.lit(1)), F.count_distinct(*columns), F.count(F.when(missing, 1))
    ).collect()[0]
    return bool(row[0] == row[1] and not row[2])


def _matched(planning: Planning, rule: Rule, keys: _Pairs) -> _Pairs:
    if len(rule.values) > 2:  # noqa: PLR2004 - alias, keys and matches
        return _Pairs.of(rule.values[2])
    rest = tuple(name for name in planning.frame.dataframe.columns if name not in keys.own)
    return _Pairs(own=rest, other=rest)


def _reference(text: str) -> tuple[str, tuple[str, ...]]:
    found = _BRACED.fullmatch(text)
    if found is not None:
        return found[1], _names(found[2])
    alias, dot, column = text.partition(".")
    if not dot or not column:
        raise UndecidableError(
            f"ReferentialIntegrity looks into alias.column or alias.{{a,b}}, not {text!r}"
        )
    return alias, (column,)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _keys(frame: Frame, names: Sequence[str]) -> list[Column]:
    return [frame.column(name).alias(_KEY.format(at)) for at, name in enumerate(names)]


def _zipped(pairs: _Pairs) -> list[tuple[str, str]]:
    return list(zip(pairs.own, pairs.other, strict=True))
