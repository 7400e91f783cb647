"""Matches found without labels.

A mixture gives first guesses, evidence is learned from them in turns, and what chance alone would
reach says how much of it to believe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from gluepot.transforms.matching.comparing.levels import levels
from gluepot.transforms.matching.comparing.similarity import WHOLE
from gluepot.transforms.matching.judging.chance import WIDEST, Chance, chance, shifted
from gluepot.transforms.matching.judging.competition import best, matched
from gluepot.transforms.matching.judging.mixture import fitted
from gluepot.transforms.matching.judging.partial import without_partial
from gluepot.transforms.matching.judging.scoring import Evidence, inputs, learned, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.matching.comparing.profile import Column
    from gluepot.transforms.matching.comparing.similarity import Feature
    from gluepot.transforms.matching.judging.trees import Kinds

_TURNS = 4
_TURNS_AFTER_KINDS = 1
"""Turns from the guesses of kinds whose columns depend on each other: the guesses are good, and
each turn that judges them by columns one by one, too, forgets some of it."""
_LIKELY, _UNLIKELY = 0.9, 0.01
_TURNS_COUNTED = 2
"""Turns where it is known how many pairs match; more forget what the guesses knew."""
_HALVINGS = 30
"""How often what holds the right shift of the evidence is halved."""
_MOST_ODDS = 30.0
_MORE = 1.25
"""Matches there can be, to one that is more alike than chance explains."""
_HELD = 0.99
"""Share of the matches there can be, from which only that has kept a mixture from more."""
_KNOWN_WEIGHT = 10.0
"""How much a labelled pair counts beside a candidate pair."""
_NULL_WEIGHT = 0.2
"""How much a pair that is known to be no match counts beside a candidate pair: it shows what
chance looks like, but also how records of one source are written."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Pairs with the numbers found of them.

    Attributes:
        pairs: Two columns of records, the smaller first.
        similarities: A row a pair.
        numbers: The same with what competes; see ``scoring.rows``.
    """

    pairs: np.ndarray
    similarities: np.ndarray
    numbers: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Group:
    """Records whose best candidates are judged by the same chance.

    Attributes:
        members: Rows of the records.
        null: Rows, among those of the null pairs, of the records that cannot have a match.
        times: How many times as many others the members look through as those do.
    """

    members: np.ndarray
    null: np.ndarray
    times: float = 1


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is learned from.

    Attributes:
        columns: What is compared.
        features: What the similarities are.
        real: Candidate pairs.
        null: Pairs that are no matches: of records without one, with their best candidates.
        groups: Whose best scores are compared with whose.
        count: Of all records, decoys too.
        single: Whether left, and right, records have one partner at most.
    """

    columns: Sequence[Column]
    features: Sequence[Feature]
    real: Compared
    null: Compared
    groups: Sequence[Group]
    count: int
    single: tuple[bool, bool]

    def best(self, compared: Compared, score: np.ndarray) -> np.ndarray:
        """Return the best score of each record in some pairs."""
        return best(score, compared.pairs[:, 0], compared.pairs[:, 1], self.count)

    def chances(self, score: np.ndarray, by_chance: np.ndarray) -> tuple[Chance, ...]:
        """Return what best scores say in each group, given scores of the real and null pairs."""
        top, other = self.best(self.real, score), self.best(self.null, by_chance)
        return tuple(
            chance(top[each.members], other[each.null], times=each.times) for each in self.groups
        )


@dataclass(frozen=True, kw_only=True)
class Known:
    """Pairs whose answer is known.

    Attributes:
        at: Places in the real pairs, each once.
        match: Whether each is a match.
    """

    at: np.ndarray
    match: np.ndarray


UNKNOWN = Known(at=np.zeros(0, np.int64), match=np.zeros(0, bool))


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What is known of the real pairs before evidence is learned.

    Attributes:
        probability: Of each pair.
        turns: How often evidence is learned and pairs are judged anew.
        kinds: What the guesses were made by, where it knows more than columns do one by one.
    """

    probability: np.ndarray
    turns: int = _TURNS
    kinds: Kinds | None = None

    @property
    def expected(self) -> float:
        """Return how many pairs are guessed to match."""
        return float(self.probability.sum())


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What was learned; no evidence where there is nothing to learn from."""

    evidence: Evidence | None
    chances: tuple[Chance, ...]
    probability: np.ndarray

    @property
    def expected(self) -> float:
        """Return how many of the pairs that were learned from match, as far as known."""
        return float(self.probability.sum())


def first_guess(task: Task, *, from_chance: bool) -> Guess:
    """Return the first guesses, by a mixture.

    It starts from the pairs that are the best for both their records or, from chance, from those
    that are more alike as a whole than chance explains; these also say how many matches there are,
    and pairs among them that agree in part only are told from matches. A mixture that finds some
    more is believed; of one that finds no end of them, nothing is known but what chance says.
    """
    score, pairs = alike(task.real, task.features), task.real.pairs
    names = [(each.column, each.measure) for each in inputs(task.features)]
    margin = task.real.numbers[:, names.index((WHOLE, "grams worse"))]
    likely, many = margin >= 0, np.inf
    if from_chance:
        chances = task.chances(score, alike(task.null, task.features))
        likely = np.mean([each.odds(score) for each in chances], axis=0) > 0
        many = likely.sum()
    if not likely.any():
        return Guess(probability=np.zeros(len(pairs)))
    found = levels(task.real.similarities, task.features, margin)
    kinds = without_partial(found, likely, task.columns) if from_chance else None
    if kinds is not None:
        told = expit(kinds.odds(found[:, : len(task.columns)]))
        return Guess(probability=told, turns=_TURNS_AFTER_KINDS, kinds=kinds)
    start = np.where(likely, _LIKELY, _UNLIKELY)
    guess = _mixed(task, found, start, _MORE * many)
    if not any(task.single) and guess.sum() > _HELD * _MORE * many:
        guess = _mixed(task, found, start, many)
    return Guess(probability=guess)


def _mixed(task: Task, found: np.ndarray, start: np.ndarray, most: float) -> np.ndarray:
    pairs = task.real.pairs
    return fitted(found, start, pairs, count=task.count, single=task.single, most=most)


def alike(compared: Compared, features: Sequence[Feature]) -> np.ndarray:
    """Return how alike the whole records of pairs are, by their grams."""
    at = [(each.column, each.measure) for each in features].index((WHOLE, "grams"))
    return np.asarray(compared.similarities[:, at])


def learn(
    task: Task, guess: Guess, known: Known = UNKNOWN, *, matches: float | None = None
) -> Learned:
    """Return the evidence that self-training ends with, and each pair's probability.

    Args:
        task: What is learned from.
        guess: First guesses of the real pairs.
        known: Answers, which count more than any guess.
        matches: How many real pairs match, where that is known better than by chance.
    """
    real, null = task.real.numbers, task.null.numbers
    names, numbers = with_kinds(inputs(task.features), np.concatenate([real, null]), guess.kinds)
    weight = np.repeat([1.0, _NULL_WEIGHT], [len(real), len(null)])
    weight[known.at] = _KNOWN_WEIGHT
    probability, evidence = guess.probability.copy(), None
    chances: tuple[Chance, ...] = ()
    for _ in range(guess.turns if matches is None else _TURNS_COUNTED):
        probability[known.at] = known.match
        if probability.sum() < 1:
            return Learned(
                evidence=evidence, chances=chances, probability=np.zeros(len(probability))
            )
        target = np.concatenate([probability, np.zeros(len(null))])
        evidence = learned(names, numbers, target, weight, guess.kinds)
        score = evidence.of(real)
        if matches is None:
            chances = _of_evidence(task, score, task.chances(score, evidence.of(null)))
        else:
            chances = _of_count(task, score, matches)
        probability = judged(score, task.real.pairs, chances, task.count, task.single)
    return Learned(evidence=evidence, chances=chances, probability=probability)


def _of_evidence(task: Task, score: np.ndarray, chances: tuple[Chance, ...]) -> tuple[Chance, ...]:
    """Return chances by which as many records have a match as evidence says, if they may."""
    if any(task.single):
        return chances
    probability, found = expit(score), np.zeros(task.count)
    for ends in task.real.pairs.T:
        found += np.bincount(ends, probability, task.count)
    matched_share = (np.minimum(found, 1)[each.members].mean() for each in task.groups)
    return tuple(
        each.where(max(1 - share, 0.0)) for each, share in zip(chances, matched_share, strict=True)
    )


def _of_count(task: Task, score: np.ndarray, matches: float) -> tuple[Chance, ...]:
    """Return the chances by which so many pairs match, where records have one partner at most."""
    without = [max(0.0, 1 - matches / len(each.members)) for each in task.groups]
    low, high = -WIDEST, WIDEST
    chances: tuple[Chance, ...] = ()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        chances = tuple(shifted(middle, each) for each in without)
        found = judged(score, task.real.pairs, chances, task.count, task.single).sum()
        low, high = (low, middle) if found > matches else (middle, high)
    return chances


def judged(
    score: np.ndarray,
    pairs: np.ndarray,
    chances: Sequence[Chance],
    count: int,
    single: tuple[bool, bool],
) -> np.ndarray:
    """Return the probability of each pair, from its evidence, chance, and what competes.

    Where records have one partner at most, how much better one candidate is than another decides
    between them, and chance whether the best is a match at all. Where they may have several, the
    evidence of each pair is believed as far as chance leaves anything to explain.
    """
    if not any(single):
        return np.asarray(np.minimum.reduce([expit(score), *(each.at(score) for each in chances)]))
    alone = np.mean([each.odds(score) for each in chances], axis=0)
    left, right = pairs[:, 0], pairs[:, 1]
    top, top_odds = best(score, left, right, count), best(alone, left, right, count)
    beside = [
        top_odds[end] + score - top[end]
        for end, one in zip((left, right), single, strict=True)
        if one
    ]
    odds = np.clip(np.minimum(alone, np.minimum.reduce(beside)), -_MOST_ODDS, _MOST_ODDS)
    return matched(np.exp(odds), left, right, count, single)
