"""Records of one thing, found: candidates, their probabilities, and the clusters they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gluepot.transforms.matching.answers import NO_ANSWERS, answers_of
from gluepot.transforms.matching.applying import score_pairs, scores
from gluepot.transforms.matching.comparing.profile import profile
from gluepot.transforms.matching.comparing.text import mixed
from gluepot.transforms.matching.copies import Distinct, distinct
from gluepot.transforms.matching.explaining import Explanation, explain_pair
from gluepot.transforms.matching.finding.candidates import each_once
from gluepot.transforms.matching.grouping.assignment import one_to_one
from gluepot.transforms.matching.grouping.clusters import clusters
from gluepot.transforms.matching.grouping.components import components
from gluepot.transforms.matching.grouping.confidence import cluster_confidence
from gluepot.transforms.matching.grouping.enforcing import enforce_clusters, enforced_pairs
from gluepot.transforms.matching.judging.supervised import taught
from gluepot.transforms.matching.judging.unsupervised import UNKNOWN, Known
from gluepot.transforms.matching.learning import Scored, probabilities, scored
from gluepot.transforms.matching.local import real_pairs, workspace
from gluepot.transforms.matching.missed import candidate_recall
from gluepot.transforms.matching.model import Estimate, MatchModel, spread
from gluepot.transforms.matching.options import Link

if TYPE_CHECKING:
    from gluepot.transforms.matching.answers import Answers
    from gluepot.transforms.matching.comparing.profile import Column
    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.local import Engine
    from gluepot.transforms.matching.missed import Checked
    from gluepot.transforms.matching.options import MatchOptions
    from gluepot.transforms.matching.records import Records

__all__ = ["Explanation", "Matches", "ScoredPairs", "explain_pair", "find_matches", "score_pairs"]

_LEAST_RECORDS = 2
_NOTHING = Estimate(value=1.0, low=0.0, high=1.0)
_NORMAL = 1.96


@dataclass(frozen=True, kw_only=True)
class ScoredPairs:
    """Pairs of positions with the probability that they match."""

    left: np.ndarray
    right: np.ndarray
    probability: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Matches:
    """What was found.

    Attributes:
        left: Positions of accepted pairs; of two sources, those of the first.
        right: Positions of their partners.
        confidence: Probability of each accepted pair.
        match_ids: int64 a record: equal in a cluster, the smallest position in it.
        confidences: Of each record, how sure its cluster is.
        candidates: All pairs that were compared.
        model: What was learned.
    """

    left: np.ndarray
    right: np.ndarray
    confidence: np.ndarray
    match_ids: np.ndarray
    confidences: np.ndarray
    candidates: ScoredPairs
    model: MatchModel


def find_matches(
    records: Records,
    options: MatchOptions,
    *,
    labels: Labels | None = None,
    model: MatchModel | None = None,
    engine: Engine | None = None,
) -> Matches:
    """Return the records that are the same thing.

    Args:
        records: One table, or two sources.
        options: How they are matched.
        labels: Answers of people, to learn from and, by ``options.enforce_labels``, to agree with.
        model: One learned before; nothing is learned then.
        engine: What carries out the work that grows with records; without it this process.

    Returns:
        Matches; the same for the same records, options and labels, however rows lie.

    Raises:
        ContradictingLabelsError: Labels that are to be enforced contradict one another. Where
            they are not, nothing is learned from those.
    """
    columns = profile(records.values) if model is None else model.columns
    unique = distinct(records, columns)
    answers = answers_of(labels, records, unique, enforced=options.enforce_labels)
    alone = records.linked and len(np.unique(records.source)) == 1
    if alone or len(unique.source) < _LEAST_RECORDS or not columns:
        nothing = np.zeros((0, 2), np.int64)
        unlearned = model or _no_model(options, len(records), columns)
        return _finished(records, unique, nothing, np.zeros(0), unlearned, options, answers)
    space = workspace(
        unique.values,
        unique.source,
        columns,
        options,
        engine=engine,
        with_decoys=model is None,
    )
    pairs = each_once(np.concatenate([real_pairs(space, options), answers.must, answers.cannot]))
    if model is not None:
        kept = replace(model, threshold=options.threshold)
        probability = scores(space, pairs, model)
        return _finished(records, unique, pairs, probability, kept, options, answers)
    known = _known(pairs, answers)
    found = scored(space, pairs, options, known.at)
    told: dict[str, float] = {}
    if len(known.at):
        places = np.searchsorted(found.at, known.at)
        found, told = taught(found, Known(at=places, match=known.match))
    if answers.contradictions:
        told["contradictions"] = answers.contradictions
    probability = probabilities(space, pairs, found)
    checked = candidate_recall(
        space,
        pairs,
        probability,
        learned=found.learned,
        single=found.task.single,
        threshold=options.threshold,
    )
    facts = {"records": len(records), "labels": told}
    learned = _model(found, probability, columns, options, facts, checked)
    return _finished(records, unique, pairs, probability, learned, options, answers)


def _known(pairs: np.ndarray, answers: Answers) -> Known:
    """Return the places of the answers among sorted pairs."""
    if not len(answers.must) and not len(answers.cannot):
        return UNKNOWN
    key = pairs[:, 0] * (pairs.max() + 1) + pairs[:, 1]
    yes, no = (
        np.searchsorted(key, each[:, 0] * (pairs.max() + 1) + each[:, 1])
        for each in (answers.must, answers.cannot)
    )
    return Known(at=np.concatenate([yes, no]), match=np.repeat([True, False], [len(yes), len(no)]))


def _finished(  # noqa: PLR0913, PLR0917 - what a run has
    records: Records,
    unique: Distinct,
    pairs: np.ndarray,
    probability: np.ndarray,
    model: MatchModel,
    options: MatchOptions,
    answers: Answers,
) -> Matches:
    """Return clusters and accepted pairs, of all records again."""
    enforced = answers if options.enforce_labels else NO_ANSWERS
    count = len(unique.source)
    left, right = pairs[:, 0], pairs[:, 1]
    ties = mixed(unique.content[left] ^ unique.content[right])
    if model.single == (True, True):
        if len(enforced.must) or len(enforced.cannot):
            left, right, probability = enforced_pairs(
                count,
                left,
                right,
                probability,
                must=enforced.must,
                cannot=enforced.cannot,
                exclusive=True,
            )
            ties = mixed(unique.content[left] ^ unique.content[right])
        kept = one_to_one(left, right, probability, threshold=model.threshold, tie=ties)
        labels = components(count, left[kept], right[kept])
    else:
        source = unique.source if records.linked else None
        labels = clusters(
            count,
            left,
            right,
            probability,
            threshold=model.threshold,
            tie=ties,
            source=source,
        )
        if len(enforced.must) or len(enforced.cannot):
            labels = enforce_clusters(
                labels,
                enforced.must,
                enforced.cannot,
                left=left,
                right=right,
                probability=probability,
                tie=ties,
            )
    sure = cluster_confidence(labels, left, right, probability)
    return _expanded(records, unique, (left, right, probability), labels, sure, model)


def _expanded(  # noqa: PLR0913, PLR0917 - what a run has
    records: Records,
    unique: Distinct,
    scored_pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    labels: np.ndarray,
    sure: np.ndarray,
    model: MatchModel,
) -> Matches:
    left, right, probability = scored_pairs
    single = model.single == (True, True)
    match_ids = unique.first[labels][unique.of]
    if single:
        # Of records alike in everything only the first is linked: each has one partner at most.
        copies = unique.first[unique.of] != np.arange(len(records))
        match_ids = np.where(copies, np.arange(len(records)), match_ids)
    accepted = labels[left] == labels[right]
    if single:
        accepted &= probability >= model.threshold
    return Matches(
        left=unique.first[left[accepted]],
        right=unique.first[right[accepted]],
        confidence=probability[accepted],
        match_ids=match_ids,
        confidences=sure[unique.of],
        candidates=ScoredPairs(
            left=unique.first[left], right=unique.first[right], probability=probability
        ),
        model=model,
    )


def _model(  # noqa: PLR0913, PLR0917 - what a run has
    found: Scored,
    probability: np.ndarray,
    columns: tuple[Column, ...],
    options: MatchOptions,
    facts: dict[str, Any],
    checked: Checked,
) -> MatchModel:
    task, learned = found.task, found.learned
    accepted = probability >= options.threshold
    facts |= {
        "candidate_pairs": len(probability),
        "candidate_recall": checked.recall.plain(),
        "candidate_recall_of_records": checked.records,
        "candidate_recall_beside_records": checked.beside,
        "repeated_within_sources": [round(each, 4) for each in found.repeated],
    }
    scored = _estimate(probability[accepted].sum(), probability.sum(), probability[~accepted])
    evidence = learned.evidence
    return MatchModel(
        columns=columns,
        evidence=evidence,
        chances=learned.chances,
        single=task.single,
        link=Link.ONE_TO_ONE if all(task.single) else Link.MANY,
        threshold=options.threshold,
        precision=_estimate(probability[accepted].sum(), accepted.sum(), probability[accepted]),
        recall=scored.times(checked.recall),
        spread={} if evidence is None else spread(evidence, task.real.numbers),
        facts=facts,
    )


def _estimate(part: float, whole: float, uncertain: np.ndarray) -> Estimate:
    """Return a share of expected matches; its interval comes from pairs that are not sure."""
    if whole <= 0:
        return _NOTHING
    value = min(float(part / whole), 1.0)
    width = float(_NORMAL * np.sqrt((uncertain * (1 - uncertain)).sum()) / whole)
    return Estimate(value=value, low=max(0.0, value - width), high=min(1.0, value + width))


def _no_model(options: MatchOptions, count: int, columns: tuple[Column, ...]) -> MatchModel:
    return MatchModel(
        columns=columns,
        evidence=None,
        chances=(),
        single=(False, False),
        link=Link.MANY,
        threshold=options.threshold,
        precision=_NOTHING,
        recall=_NOTHING,
        spread={},
        facts={"records": count, "candidate_pairs": 0},
    )
