"""Random forests of Spark ML over the columns of a frame, and how well they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.fill_features import VECTOR
from gluepot.transforms.training_rows import fold

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.fill_features import Features

LABEL, PREDICTION = "__gluepot_label", "__gluepot_prediction"
FOLDS = 3
SEED = 20_171
"""The same in every run, so that the same rows give the same values."""
_FOLD = "__gluepot_fold"
_FEW = 8
"""Features of which each split may look at all: a third of them would be hardly one."""
_TREES, _DEPTH, _LEAST_BINS = 20, 8, 32


@dataclass(frozen=True, kw_only=True)
class Score:
    """How well a model does on rows it has not seen, beside the best guess without a model.

    ``what`` is the root of the mean squared error, or the share of right classes.
    """

    what: str
    model: float
    guess: float


def trained(rows: DataFrame, features: Features, *, classes: bool) -> Any:  # noqa: ANN401
    """Return a model of LABEL by the features; rows have both."""
    from pyspark.ml import Pipeline, PipelineModel  # noqa: PLC0415 - it imports numpy

    prepared = Pipeline(stages=_preparing(features, rows)).fit(rows)
    indexer: Any = prepared.stages[0]
    categories = max(map(len, indexer.labelsArray)) if features.categories else 0
    forest = _forest(classes=classes).setMaxBins(max(_LEAST_BINS, categories + 1))
    if len(features.names) <= _FEW:
        forest = forest.setFeatureSubsetStrategy("all")
    # The copy has no summary of its training, which holds a session that cannot be serialised
    # once anything was observed in it.
    fitted = forest.fit(prepared.transform(rows)).copy()
    return PipelineModel([*prepared.stages, fitted])


def cross_validated(
    rows: DataFrame, features: Features, keys: list[str], *, classes: bool
) -> Score:
    """Return how well the model does on each fold when it is trained on the others."""
    folded = rows.withColumn(_FOLD, fold(rows, keys, FOLDS))
    errors, count = 0.0, 0
    wrong = _wrong(classes=classes)
    for at in range(FOLDS):
        training, held = folded.where(F.col(_FOLD) != at), folded.where(F.col(_FOLD) == at)
        model = trained(training, features, classes=classes)
        row = model.transform(held).agg(F.sum(wrong), F.count(F.lit(1))).first()
        if row is not None:
            errors, count = errors + (row[0] or 0.0), count + row[1]
    return _score(rows, errors / max(count, 1), classes=classes)


def _wrong(*, classes: bool) -> Column:
    difference = F.col(PREDICTION) - F.col(LABEL)
    return (difference != 0).cast("double") if classes else difference * difference


def _score(rows: DataFrame, error: float, *, classes: bool) -> Score:
    if not classes:
        row = rows.agg(F.stddev_pop(LABEL)).first()
        guess = row[0] if row is not None else 0.0
        return Score(what="root mean squared error", model=error**0.5, guess=guess)
    counts = [row[1] for row in rows.groupBy(LABEL).count().collect()]
    return Score(what="share of right values", model=1 - error, guess=max(counts) / sum(counts))


def _preparing(features: Features, rows: DataFrame) -> list[Any]:
    from pyspark.ml.feature import StringIndexer, VectorAssembler  # noqa: PLC0415 - numpy

    _, numbers, texts = features.prepared(rows)
    indexed = [f"{name}_index" for name in texts]
    stages: list[Any] = []
    if texts:
        # A text never seen, and null, have a place of their own.
        indexer = StringIndexer(inputCols=texts, outputCols=indexed, handleInvalid="keep")
        stages.append(indexer.setStringOrderType("alphabetAsc"))
    return [*stages, VectorAssembler(inputCols=[*numbers, *indexed], outputCol=VECTOR)]


def _forest(*, classes: bool) -> Any:  # noqa: ANN401
    from pyspark.ml.classification import RandomForestClassifier  # noqa: PLC0415 - numpy
    from pyspark.ml.regression import RandomForestRegressor  # noqa: PLC0415 - numpy

    if not classes:
        forest: Any = RandomForestRegressor(
            featuresCol=VECTOR, labelCol=LABEL, predictionCol=PREDICTION
        )
    else:
        forest = RandomForestClassifier(
            featuresCol=VECTOR,
            labelCol=LABEL,
            predictionCol=PREDICTION,
            rawPredictionCol=f"{PREDICTION}_raw",
            probabilityCol=f"{PREDICTION}_probability",
        )
    return forest.setSeed(SEED).setNumTrees(_TREES).setMaxDepth(_DEPTH)
