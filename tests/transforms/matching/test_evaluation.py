from __future__ import annotations

from itertools import combinations

import botocore.session
import numpy as np
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics as sklearn_metrics

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.labelling.evaluation import (
    compare_clusters,
    confusion,
    evaluate,
    expected_calibration_error,
    precision_recall_curve,
    wilson_interval,
)
from gluepot.transforms.matching.labelling.labels import OneKindOfLabelsError

PROBABILITY = np.array([0.9, 0.8, 0.8, 0.6, 0.3, 0.1])
TRUTH = np.array([True, True, False, True, False, False])

scored = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0]), st.booleans()),
    min_size=2,
    max_size=20,
)
both_kinds = scored.filter(lambda pairs: len({truth for _, truth in pairs}) == 2)
clusters = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=9)


def test_metrics_are_those_of_glues_reply() -> None:
    reply = evaluate(
        PROBABILITY, TRUTH, threshold=0.7, importances={"a": 0.25, "b": 0.75}
    ).to_glue()

    metrics = reply["FindMatchesMetrics"]
    assert metrics["ConfusionMatrix"] == {
        "NumTruePositives": 2,
        "NumFalsePositives": 1,
        "NumTrueNegatives": 2,
        "NumFalseNegatives": 1,
    }
    assert metrics["Precision"] == metrics["Recall"] == pytest.approx(2 / 3)
    assert metrics["F1"] == pytest.approx(6 / 7)  # at 0.6: three right ones, one wrong, none missed
    assert metrics["AreaUnderPRCurve"] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert metrics["ColumnImportances"] == [
        {"ColumnName": "b", "Importance": 0.75},
        {"ColumnName": "a", "Importance": 0.25},
    ]
    shape = botocore.session.get_session().get_service_model("glue").shape_for("EvaluationMetrics")
    assert not ParamValidator().validate(reply, shape).has_errors()


def test_a_reply_has_room_for_a_hundred_columns() -> None:
    many = {f"c{number:03}": number / 200 for number in range(150)}

    reply = evaluate(PROBABILITY, TRUTH, threshold=0.5, importances=many).to_glue()

    columns = reply["FindMatchesMetrics"]["ColumnImportances"]
    assert [each["ColumnName"] for each in columns] == [f"c{n:03}" for n in range(149, 49, -1)]


@settings(deadline=None, max_examples=40)
@given(both_kinds)
def test_the_curve_and_its_area_are_those_of_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    probability, truth = np.array([p for p, _ in pairs]), np.array([t for _, t in pairs])

    curve = precision_recall_curve(probability, truth)

    precision, recall, threshold = sklearn_metrics.precision_recall_curve(truth, probability)
    assert curve.threshold.tolist() == threshold[::-1].tolist()
    assert curve.precision == pytest.approx(precision[-2::-1])
    assert curve.recall == pytest.approx(recall[-2::-1])
    assert curve.area == pytest.approx(sklearn_metrics.average_precision_score(truth, probability))
    best = max(confusion(probability, truth, threshold=t).f1 for t in curve.threshold)
    assert curve.f1.max() == pytest.approx(best)


@pytest.mark.parametrize("truth", [[True, True], [False, False]])
def test_pairs_of_one_kind_have_no_metrics(truth: list[bool]) -> None:
    with pytest.raises(OneKindOfLabelsError):
        evaluate(np.array([0.5, 0.5]), np.array(truth), threshold=0.5, importances={})


def test_numbers_beyond_0_and_1_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="not from 0 to 1"):
        confusion(np.array([np.nan]), np.array([True]), threshold=0.5)
    with pytest.raises(InvalidInputError, match="importance of 'a' is 2"):
        evaluate(PROBABILITY, TRUTH, threshold=0.5, importances={"a": 2})


@pytest.mark.parametrize(("successes", "total"), [(0, 5), (3, 7), (20, 20), (980, 1000)])
def test_the_interval_is_wilsons(successes: int, total: int) -> None:
    expected = binomtest(successes, total).proportion_ci(0.95, method="wilson")

    assert wilson_interval(successes, total) == pytest.approx((expected.low, expected.high))


def test_nothing_counted_says_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    with pytest.raises(InvalidInputError, match="3 successes of 2"):
        wilson_interval(3, 2)


def test_calibration_is_the_mean_distance_over_bins_of_equal_counts() -> None:
    probability = np.array([0.1, 0.3, 0.7, 0.9])
    truth = np.array([False, False, True, False])

    # Two bins: 0.2 said and 0 true; 0.8 said and 0.5 true.
    assert expected_calibration_error(probability, truth, bins=2) == pytest.approx(0.25)


def test_bins_of_calibration_have_equal_counts_of_pairs_and_not_of_probabilities() -> None:
    probability = np.array([0.1] * 6 + [0.2, 0.3])
    truth = np.array([False] * 6 + [True, True])

    assert expected_calibration_error(probability, truth, bins=2) == pytest.approx(2.1 / 8)


@settings(deadline=None, max_examples=40)
@given(scored, st.integers(1, 5))
def test_calibration_does_not_depend_on_the_order_and_is_perfect_for_certain_truth(
    pairs: list[tuple[float, bool]], bins: int
) -> None:
    probability, truth = np.array([p for p, _ in pairs]), np.array([t for _, t in pairs])

    error = expected_calibration_error(probability, truth, bins=bins)

    assert 0 <= error <= 1
    assert error == pytest.approx(
        expected_calibration_error(probability[::-1], truth[::-1], bins=bins)
    )
    assert expected_calibration_error(truth.astype(float), truth, bins=bins) == 0


@settings(deadline=None, max_examples=40)
@given(clusters)
def test_clusters_are_compared_over_pairs_of_records(records: list[tuple[int, int]]) -> None:
    found, known = np.array([a for a, _ in records]), np.array([b for _, b in records])
    pairs = list(combinations(range(len(records)), 2))
    together = [found[a] == found[b] for a, b in pairs]
    truth = [known[a] == known[b] for a, b in pairs]

    scores = compare_clusters(found, known)

    counted = (scores.shared, scores.found, scores.known)
    both = [a and b for a, b in zip(together, truth, strict=True)]
    assert counted == (sum(both), sum(together), sum(truth))
    expected = confusion(np.array(together, float), np.array(truth, bool), threshold=0.5)
    assert (scores.precision, scores.recall) == (expected.precision, expected.recall)
    assert scores.f1 == pytest.approx(expected.f1)


def test_no_duplicates_rightly_found_none_is_perfect_and_wrongly_found_none_is_nothing() -> None:
    alone = np.array([0, 1, 2])

    assert compare_clusters(alone, alone).f1 == 1
    assert compare_clusters(alone, np.array([0, 0, 2])).f1 == 0
