# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""FillMissingValues: values that a model finds for the records that lack them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import forest
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.fill_features import Features, as_number, find_features
from gluepot.transforms.paths import UnknownFieldError, parse_path, quote
from gluepot.transforms.training_rows import sampled, settled

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

logger = logging.getLogger(__name__)

LEAST_RECORDS = 10
"""Records with a value that a model needs at least."""

MOST_RECORDS = 100_000
"""Records that a model is trained on at most; which ones depends on their values alone."""

MOST_VALUES = 100
"""Different texts that can be told apart; more are names or free text."""


@dataclass(frozen=True, kw_only=True)
class _Target:
    """The column to fill; ``values`` are those of a text or boolean, in order."""

    name: str
    kind: T.DataType
    values: tuple[Any, ...] = ()

    @property
    def classes(self) -> bool:
        """Return whether values are told apart and not reckoned."""
        return isinstance(self.kind, (T.StringType, T.BooleanType))

    def present(self) -> Column:
        """Return whether there is a value; an empty text and not-a-number are none."""
        column = F.col(quote(self.name))
        if isinstance(self.kind, T.StringType):
            return F.coalesce(column != "", F.lit(col=False))
        if isinstance(self.kind, (T.DoubleType, T.FloatType)):
            return column.isNotNull() & ~F.isnan(column)
        return column.isNotNull()

    def label(self) -> Column:
        """Return the value as the number that is learned."""
        if not self.classes:
            return as_number(self.name, self.kind)
        known = F.array(*map(F.lit, self.values))
        return (F.array_position(known, F.col(quote(self.name))) - 1).cast("double")

    def value(self) -> Column:
        """Return what a prediction says, in the column's type."""
        prediction = F.col(forest.PREDICTION)
        if self.classes:
            known = F.array(*map(F.lit, self.values))
            return F.element_at(known, prediction.cast("int") + 1)
        whole = isinstance(self.kind, T.IntegralType)
        return (F.round(prediction) if whole else prediction).try_cast(self.kind)


class FillMissingValues(GlueTransform):
    """Fill the gaps of a column with what a random forest makes of the other columns."""

    def __call__(
        self,
        frame: DynamicFrame,
        missing_values_column: str,
        output_column: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame with one column more: the values there are, and those found.

        Null, empty text and not-a-number count as missing. The model is trained on the records
        that have a value, when the rows are first needed, and does not depend on partitions. It
        learns from numbers, times, booleans and texts of few different values; other columns are
        left out. How well it does on records that it has not seen is logged, with the columns.

        Args:
            frame: Any frame; the column itself stays as it is.
            missing_values_column: A top-level number, text of few different values, or boolean.
            output_column: Name of the new column; ``<missing_values_column>_filled`` if not given.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            UnknownFieldError: There is no such column.
            InvalidInputError: The column is of another type, too few records have a value, they
                have too many different texts, no other column can be learned from, or there is
                a column of the new name.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)

        def fill() -> DataFrame:
            return _filled(frame, missing_values_column, output_column)

        return frame.derive(fill, stage, lazily=True)


def _filled(frame: DynamicFrame, column: str, output_column: str | None) -> DataFrame:
    source = frame.planned()
    target = _target(frame, column)
    output = output_column or f"{target.name}_filled"
    if output in source.columns:
        raise InvalidInputError(
            f"FillMissingValues: the frame has a field {output!r} already;"
            " give output_column another name"
        )
    counted = source.agg(F.count(F.lit(1)), F.count_if(target.present())).first()
    records, known = counted if counted is not None else (0, 0)
    value = F.col(quote(target.name))
    if records == known:
        return source.withColumn(output, value)
    if known < LEAST_RECORDS:
        raise InvalidInputError(
            f"FillMissingValues: only {known} of {records} records have {target.name!r};"
            f" a model needs {LEAST_RECORDS}"
        )
    model, features, target = _learned(source, target, known, records)
    rows, *_ = features.prepared(source)
    predicted: DataFrame = model.transform(rows)
    found = F.when(target.present(), value).otherwise(target.value())
    return predicted.select(*map(quote, source.columns), found.alias(output))


def _target(frame: DynamicFrame, column: str) -> _Target:
    source = frame.planned()
    name = ".".join(parse_path(column))
    if name not in source.columns:
        raise UnknownFieldError("FillMissingValues", column, frame.name, tuple(source.columns))
    kind = source.schema[name].dataType
    if is_choice(kind):
        raise InvalidInputError(
            f"FillMissingValues: {name!r} is a choice; resolve it with resolveChoice first"
        )
    if not isinstance(kind, (T.NumericType, T.StringType, T.BooleanType)):
        raise InvalidInputError(
            f"FillMissingValues: {name!r} is {kind.simpleString()};"
            " numbers, texts and booleans can be filled"
        )
    return _Target(name=name, kind=kind)


def _learned(
    source: DataFrame, target: _Target, known: int, records: int
) -> tuple[Any, Features, _Target]:
    others = [name for name in source.columns if name != target.name]
    rows = source.where(target.present())
    keys = source.columns
    rows = sampled(rows, keys, MOST_RECORDS / known)
    used = known if known <= MOST_RECORDS else rows.count()
    with settled(rows, keys, used) as training:
        features = find_features(training, others)
        if not features.names:
            reasons = "; ".join(f"{name!r} {why}" for name, why in features.left_out.items())
            raise InvalidInputError(
                f"FillMissingValues: there is no column to find {target.name!r} by: {reasons}"
            )
        target = _with_values(training, target)
        rows, *_ = features.prepared(training.withColumn(forest.LABEL, target.label()))
        score = forest.cross_validated(rows, features, keys, classes=target.classes)
        model = forest.trained(rows, features, classes=target.classes)
    _log(target, features, score, (records - known, known, used))
    return model, features, target


def _with_values(training: DataFrame, target: _Target) -> _Target:
    if not target.classes:
        return target
    found = training.select(quote(target.name)).distinct().limit(MOST_VALUES + 1).collect()
    if len(found) > MOST_VALUES:
        raise InvalidInputError(
            f"FillMissingValues: {target.name!r} has more than {MOST_VALUES} different texts;"
            " such names or free text cannot be found by a model"
        )
    values = tuple(sorted(row[0] for row in found))
    return _Target(name=target.name, kind=target.kind, values=values)


def _log(
    target: _Target, features: Features, score: forest.Score, counts: tuple[int, int, int]
) -> None:
    missing, known, used = counts
    logger.info(
        "FillMissingValues: %r is missing in %d records and found from %s by a random forest that"
        " learned from %d of %d records; %s on unseen records: %.4g (a guess without it: %.4g)",
        *(target.name, missing, ", ".join(features.names), used, known),
        *(score.what, score.model, score.guess),
        extra={
            "action": "missing_values_filled",
            "column": target.name,
            "learned_from": features.names,
            "left_out": features.left_out,
            "score": score.model,
            "score_of_guess": score.guess,
        },
    )
