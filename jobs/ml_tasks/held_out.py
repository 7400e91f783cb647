"""How well a transform does on labels that it has not learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gluepot.transforms.matching.labelling.contradictions import contradictions, without
from gluepot.transforms.matching.labelling.evaluation import evaluate
from gluepot.transforms.matching.labelling.folds import folds
from gluepot.transforms.matching.matcher import find_matches, score_pairs
from gluepot.transforms.matching.records import Records

if TYPE_CHECKING:
    from gluepot.transforms.matching.labelling.evaluation import Metrics
    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.options import MatchOptions

FOLDS = 3
"""Each label is held out once, while a model learns from the other two thirds."""


def held_out_metrics(
    records: Records, labels: Labels, options: MatchOptions, model: MatchModel | None
) -> Metrics:
    """Return the metrics of labelled pairs, each scored by a model that does not know its label.

    Args:
        records: The data.
        labels: Pairs of it; those that contradict one another are left out.
        options: Those of the transform, as it is tuned now.
        model: The transform's own, whose columns are told; None tells of none.

    Raises:
        OneKindOfLabelsError: There is no match, or no non-match.
        InvalidInputError: There are too few labels to hold some out.
    """
    labels = without(labels, contradictions(labels))
    labels.require_both_kinds()
    fold = folds(labels, FOLDS, options.seed)
    labelled = Records(
        values=labels.records,
        ids=pa.array([str(number) for number in range(labels.size)]),
        source=np.zeros(labels.size, np.int8),
    )
    probability = np.zeros(len(labels))
    for number in range(FOLDS):
        held = fold == number
        taught = find_matches(records, options, labels=labels.take(~held)).model
        probability[held] = score_pairs(labelled, labels.left[held], labels.right[held], taught)
    return evaluate(
        probability, labels.match, threshold=options.threshold, importances=_importances(model)
    )


def _importances(model: MatchModel | None) -> dict[str, float]:
    if model is None:
        return {}
    found: dict[str, float] = model.card()["importances"]
    return found
