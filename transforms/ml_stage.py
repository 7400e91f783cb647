# ruff: noqa: N803, PLR0913, PLR0917  (names are Glue's where it has them)
"""MLStage: any stage of Spark ML as a transform."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from operator import and_
from typing import TYPE_CHECKING, Any

from pyspark.errors import AnalysisException, IllegalArgumentException
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import BooleanType, NumericType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.edits import key_column
from gluepot.transforms.paths import as_paths, quote
from gluepot.transforms.training_rows import settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyspark.ml import Estimator, PipelineModel, Transformer
    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

FEATURES = "features"
"""Column of the vector of features, where the stages of Spark ML look for it by default."""

_RAW, _COMPLETE = "__gluepot_raw", "__gluepot_complete"


@dataclass(frozen=True, kw_only=True)
class _Options:
    stage: Any
    features: tuple[str, ...]
    scale: bool


class MLStage(GlueTransform):
    """Add to each record what a stage of Spark ML says about it: a cluster, a class, a number.

    K-Means, with features brought to one scale and a seed::

        clustered = MLStage.apply(
            customers,
            KMeans(k=3, seed=7, predictionCol="cluster"),
            features=["age", "spending"],
            scale=True,
        )

    gives ``customers`` with a column ``cluster`` of 0, 1 or 2. A stage may be named as well, as in
    ``stage="pyspark.ml.clustering.KMeans"`` with ``params={"k": 3, "seed": 7}``.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        stage: Estimator[Any] | Transformer | str,
        features: str | Iterable[str] = (),
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        *,
        params: Mapping[str, Any] | None = None,
        scale: bool = False,
    ) -> DynamicFrame:
        """Return the frame with the columns that the stage adds.

        An estimator is trained on the frame itself when the rows are first needed. It sees them
        in an order that depends on their values alone, so with a seed the result does not depend
        on partitions (but for the last digits of sums that are added up in another order).

        A record that lacks a feature trains nothing and has null in the new columns. Vectors among
        them become arrays of doubles, which every format can hold.

        Args:
            frame: Any frame.
            stage: An Estimator, a Transformer or a Pipeline of Spark ML, or the dotted name of such
                a class.
            features: Paths of numbers or booleans that make up the vector column ``features`` for
                the stage; it is not in the result. Without them the stage sees the frame's
                columns as they are.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            params: Parameters of the class when ``stage`` is a name.
            scale: Bring each feature to mean 0 and standard deviation 1 first.

        Raises:
            UnknownFieldError: A feature is not in the frame.
            InvalidInputError: There is no such class or parameter, a feature is no number, the
                frame has a column ``features`` already, no record has all features, or the stage
                refuses the rows.
        """
        call = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        options = _Options(stage=_made(stage, params), features=as_paths(features), scale=scale)
        if scale and not options.features:
            raise InvalidInputError("MLStage: scale is for features, and none are given")
        return frame.derive(lambda: _staged(frame, options), call, lazily=True)


def _made(stage: object, params: Mapping[str, Any] | None) -> Any:  # noqa: ANN401
    from pyspark.ml import Estimator, Transformer  # noqa: PLC0415 - it imports numpy

    if not isinstance(stage, str):
        if params:
            raise InvalidInputError("MLStage: params are for a class's name; the stage has its own")
        if not isinstance(stage, (Estimator, Transformer)):
            raise InvalidInputError(f"MLStage: {stage!r} is no stage of Spark ML")
        return stage
    kind = _class(stage)
    if not (isinstance(kind, type) and issubclass(kind, (Estimator, Transformer))):
        raise InvalidInputError(f"MLStage: {stage!r} is no Estimator or Transformer of Spark ML")
    empty: Any = kind()
    known = [param.name for param in empty.params]
    for name in params or {}:
        if name not in known:
            hint = did_you_mean(name, known)
            raise InvalidInputError(f"MLStage: {stage} has no parameter {name!r}.{hint}")
    try:
        return kind(**(params or {}))
    except (TypeError, IllegalArgumentException) as error:
        raise InvalidInputError(f"MLStage: {stage}: {error}") from error


def _class(name: str) -> object:
    module, _, kind = name.rpartition(".")
    try:
        home = import_module(module)
    except (ImportError, ValueError) as error:
        raise InvalidInputError(
            f"MLStage: there is no class {name!r}; give its full name, as in"
            " pyspark.ml.clustering.KMeans"
        ) from error
    found = getattr(home, kind, None)
    if found is None:
        hint = did_you_mean(kind, dir(home))
        raise InvalidInputError(f"MLStage: there is no class {name!r}.{hint}")
    return found


def _staged(frame: DynamicFrame, options: _Options) -> DataFrame:
    source = frame.planned()
    rows, temporary = _with_features(frame, options.features)
    inside = {*rows.columns, *([FEATURES, _RAW] if temporary else [])}
    try:
        result = _result(rows, temporary, options)
        added = [name for name in result.columns if name not in inside]
    except (AnalysisException, IllegalArgumentException) as error:
        name = type(options.stage).__name__
        reason = next(line for line in str(error).splitlines() if line.strip())
        raise InvalidInputError(f"MLStage: {name} refuses the rows: {reason}") from error
    return result.select(
        *map(quote, source.columns),
        *(_plain(result, name, guarded=bool(temporary)).alias(name) for name in added),
    )


def _with_features(frame: DynamicFrame, features: tuple[str, ...]) -> tuple[DataFrame, list[str]]:
    source = frame.planned()
    if not features:
        return source, []
    if FEATURES in source.columns:
        raise InvalidInputError(
            f"MLStage: the frame has a field {FEATURES!r} already, which the stage would mistake"
            " for its features; rename it"
        )
    names = [f"__gluepot_feature_{at}" for at in range(len(features))]
    columns = [_number(path, frame).alias(name) for path, name in zip(features, names, strict=True)]
    rows = source.select("*", *columns)
    complete = reduce(and_, (F.col(name).isNotNull() & ~F.isnan(name) for name in names))
    return rows.withColumn(_COMPLETE, complete), names


def _number(path: str, frame: DynamicFrame) -> Column:
    column, kind = key_column("MLStage, features", path, frame)
    if isinstance(kind, (NumericType, BooleanType)):
        return column.cast("double")
    if is_choice(kind):
        raise InvalidInputError(
            f"MLStage: {path!r} is a choice; resolve it with resolveChoice first"
        )
    raise InvalidInputError(
        f"MLStage: {path!r} is {kind.simpleString()}; features are numbers or booleans"
    )


def _result(rows: DataFrame, features: list[str], options: _Options) -> DataFrame:
    from pyspark.ml import Estimator  # noqa: PLC0415 - it imports numpy

    prepared = _vectors(rows, features, FEATURES if not options.scale else _RAW)
    if not isinstance(options.stage, Estimator) and not options.scale:
        result: DataFrame = options.stage.transform(prepared)
        return result
    whole = prepared.where(_COMPLETE) if features else prepared
    count = whole.count()
    if not count:
        raise InvalidInputError("MLStage: there is no record that has all features")
    keys = [*features, *(name for name in _named(options.stage) if name in rows.columns)]
    with settled(whole, keys if features else rows.columns, count) as training:
        fitted = _fitted(training, options)
    return fitted.transform(prepared)


def _fitted(training: DataFrame, options: _Options) -> PipelineModel:
    from pyspark.ml import Estimator, PipelineModel  # noqa: PLC0415 - it imports numpy

    before = [_scaler().fit(training)] if options.scale else []
    stage = options.stage
    if isinstance(stage, Estimator):
        stage = stage.fit(PipelineModel(before).transform(training))
    return PipelineModel([*before, stage])


def _vectors(rows: DataFrame, features: list[str], name: str) -> DataFrame:
    from pyspark.ml.feature import VectorAssembler  # noqa: PLC0415 - it imports numpy

    if not features:
        return rows
    # Records that lack a feature stay, as not-a-number; what is said of them is dropped.
    assembler = VectorAssembler(inputCols=features, outputCol=name, handleInvalid="keep")
    return assembler.transform(rows)


def _scaler() -> Any:  # noqa: ANN401
    from pyspark.ml.feature import StandardScaler  # noqa: PLC0415 - it imports numpy

    return StandardScaler(withMean=True, withStd=True, inputCol=_RAW, outputCol=FEATURES)


def _named(stage: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield the columns that a stage's parameters name: its label, its weights."""
    for param in stage.params:
        if not stage.isDefined(param):
            continue
        value = stage.getOrDefault(param)
        if param.name.endswith("Col"):
            yield value
        elif param.name.endswith("Cols"):
            yield from value
        elif param.name == "stages":
            for inner in value:
                yield from _named(inner)


def _plain(result: DataFrame, name: str, *, guarded: bool) -> Column:
    from pyspark.ml.functions import vector_to_array  # noqa: PLC0415 - it imports numpy
    from pyspark.ml.linalg import VectorUDT  # noqa: PLC0415 - it imports numpy

    column = F.col(quote(name))
    if isinstance(result.schema[name].dataType, VectorUDT):
        column = vector_to_array(column)
    return F.when(F.col(_COMPLETE), column) if guarded else column
