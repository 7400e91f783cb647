"""How good the best candidate of a record is by chance alone, and what that says of the rest.

Records that cannot have a match show how good a best candidate gets by chance: those of a source
without duplicates among themselves, or decoys, whose values come from different records each. The
share of best scores that chance explains is the local false discovery rate.
Source: Efron, Tibshirani, Storey, Tusher, "Empirical Bayes analysis of a microarray experiment",
Journal of the American Statistical Association 96 (2001), with the null taken from such records.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from gluepot.transforms.matching.comparing.text import mixed, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOW = 0.15
"""The lowest scores of all, among which there are hardly any matches."""
_LEAST = 1e-6
_NONE = -50.0
WIDEST, _POINTS = 60.0, 481
"""Scores at which a straight line is kept, as far as any go, and how many: a quarter apart."""
_MANY = 10
"""Records of one value from which they are not taken for one thing."""
_COVERED = 0.01
"""Share of the records that such values have at least for them to tell of their columns: among
a million records there is always some group that has everything in common."""
_MOST_OF_ONE = 0.5
"""Share of all information that a decoy has from one record at most."""
_OTHER = 500
"""Added to a column's place where a second record is drawn for it: more than columns there are."""
_MOSTLY, _ANYWAY = 0.5, 0.25
"""Share of pairs that agree for one column to follow from another; and that agree in any case."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a column is to a record.

    Attributes:
        information: In bits.
        divisible: Whether half of a value is a value of that kind.
    """

    information: float
    divisible: bool


@dataclass(frozen=True, kw_only=True)
class Chance:
    """What a best score says.

    Attributes:
        scores: Rising scores.
        probability: At each, that the record has a match; between them it is a straight line.
        without: Share of records that have none.
    """

    scores: tuple[float, ...]
    probability: tuple[float, ...]
    without: float

    @classmethod
    def of(cls, scores: np.ndarray, probability: np.ndarray, without: float) -> Chance:
        """Return the chance of some rising scores; nothing is ever sure."""
        kept = np.clip(probability, _LEAST, 1 - _LEAST)
        return cls(
            scores=tuple(map(float, scores)),
            probability=tuple(map(float, kept)),
            without=without,
        )

    def odds(self, score: np.ndarray) -> np.ndarray:
        """Return the logarithm of the odds that a record of this best score has a match."""
        found = self.at(score)
        return np.asarray(np.log(found / (1 - found)))

    def at(self, score: np.ndarray) -> np.ndarray:
        """Return the probability that a record of this best score has a match."""
        return np.asarray(np.interp(score, self.scores, self.probability))

    def where(self, without: float) -> Chance:
        """Return the same if another share of the records has no match.

        The share is guessed from the lowest scores, where decoys may be less alike than records
        are; evidence may know better.
        """
        doubt = (1 - np.array(self.probability)) * without / max(self.without, _LEAST)
        return Chance.of(np.array(self.scores), 1 - doubt, without)


def chance(best: np.ndarray, by_chance: np.ndarray, *, times: float = 1) -> Chance:
    """Return what best scores say, given best scores of records that cannot have a match.

    Args:
        best: Of records that may have a match.
        by_chance: Of records that cannot have one.
        times: How many times as many others the former look through as the latter: the best of so
            many more is as good as the best of so many draws.
    """
    real, null = (np.where(np.isfinite(each), each, _NONE) for each in (best, by_chance))
    often = _of_best(null, times)
    both = np.concatenate([real, null])
    low = np.quantile(both, _LOW)
    lowest = (real <= low).mean() + 1 / len(real), max(often[null <= low].sum(), 1 / len(null))
    without = float(min(1.0, lowest[0] / lowest[1]))
    weights = np.concatenate([np.full(len(real), 1 / len(real)), often])
    is_real = np.repeat([1.0, 0.0], [len(real), len(null)])
    line = IsotonicRegression(y_min=_LEAST, y_max=1 - _LEAST, out_of_bounds="clip")
    line.fit(both, is_real, sample_weight=weights)
    share = np.clip(line.y_thresholds_, _LEAST, 1 - _LEAST)
    return Chance.of(line.X_thresholds_, 1 - without * (1 - share) / share, without)


def _of_best(values: np.ndarray, draws: float) -> np.ndarray:
    """Return how often each value is the best of so many draws of them; together 1."""
    found = np.empty(len(values))
    ranks = np.arange(len(values) + 1) / len(values)
    found[np.argsort(values, kind="stable")] = np.diff(ranks**draws)
    return found


def shifted(shift: float, without: float) -> Chance:
    """Return the chance by which scores are the logarithm of the odds, but for a shift.

    Args:
        shift: What is added to scores.
        without: Share of records that have no match.
    """
    scores = np.linspace(-WIDEST, WIDEST, _POINTS)
    return Chance.of(scores, expit(scores + shift), without)


def decoys(
    values: pa.Table, content: np.ndarray, count: int, seed: int, parts: Mapping[str, Part]
) -> pa.Table:
    """Return records that match none: values come from different records each.

    Columns that go together for many records, as an employer's name and address do, stay together:
    what agrees for such a reason is no sign of a match. Where columns that stay together hold most
    of what there is, their texts end as those of another record: else a decoy would be alike in
    nearly all to the record that it has most from.

    Args:
        values: Folded texts of what is compared.
        content: Hash of each record's content: which value goes where depends on it alone.
        count: How many.
        seed: Of the drawing.
        parts: What each column is to a record.

    Returns:
        The decoys; none where all columns stay together, as they would be the records themselves.
    """
    hashes = {name: whole(values.column(name).combine_chunks()) for name in values.column_names}
    blocks = together(hashes)
    if len(blocks) == 1:
        return values.slice(0, 0)
    total = sum(each.information for each in parts.values())
    columns = {}
    for at, block in enumerate(blocks):
        order = _drawn(content, count, seed * 1_000 + at)
        found = {name: values.column(name).take(order) for name in block}
        if sum(parts[name].information for name in block) > _MOST_OF_ONE * total:
            other = _drawn(content, count, seed * 1_000 + at + _OTHER)
            for name in block:
                if parts[name].divisible:
                    found[name] = _crossed(found[name], values.column(name).take(other))
        columns.update(found)
    return pa.table({name: columns[name] for name in values.column_names})


def _drawn(content: np.ndarray, count: int, salt: int) -> pa.Array:
    salted = content + mixed(np.array([salt], np.uint64))
    return pa.array(np.argsort(mixed(salted), kind="stable")[:count])


def _crossed(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.Array:
    """Return texts that begin like one and end like the other; where one lacks they are it."""
    both = zip(one.to_pylist(), other.to_pylist(), strict=True)
    made = [
        first[: _middle(first)] + second[_middle(second) :] if first and second else first
        for first, second in both
    ]
    return pa.array(made, one.type)


def _middle(text: str) -> int:
    """Return where the space is that is nearest to the middle of a text, or the middle.

    >>> [_middle(each) for each in ("bank of england", "house of lords", "aspirin", "")]
    [7, 8, 3, 0]
    """
    half = len(text) // 2
    before, after = text.rfind(" ", 0, half + 1), text.find(" ", half)
    spaces = [each for each in (before, after) if each > 0]
    return min(spaces, key=lambda at: abs(at - half), default=half)


def together(hashes: Mapping[str, np.ndarray]) -> list[list[str]]:
    """Return the columns in blocks: those whose values follow from each other for many records.

    Only values of many records are looked at: the few records of a rare value may well be one
    thing, and then agree in everything.

    Args:
        hashes: Of each value, by column; 0 where it lacks.
    """
    blocks = {name: [name] for name in hashes}
    for one, other in permutations(hashes, 2):
        if blocks[one] is not blocks[other] and _follows(hashes[one], hashes[other]):
            blocks[one].extend(blocks[other])
            for name in blocks[other]:
                blocks[name] = blocks[one]
    return list({id(block): block for block in blocks.values()}.values())


def _follows(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether records that agree in one column mostly agree in the other, and others not."""
    if _agreeing(other[other != 0]) > _ANYWAY:
        return False
    both = (one != 0) & (other != 0)
    _, at, counts = np.unique(one[both], return_inverse=True, return_counts=True)
    group, counts = at[counts[at] >= _MANY], counts[counts >= _MANY]
    if not len(counts) or counts.sum() < _COVERED * both.sum():
        return False
    values = mixed(group.astype(np.uint64)) ^ other[both][np.isin(at, group)]
    alike = np.unique(values, return_counts=True)[1]
    agreeing = _pairs(alike) / _pairs(counts)
    return bool(agreeing > _MOSTLY)


def _pairs(counts: np.ndarray) -> float:
    """Return how many pairs groups of some sizes have."""
    sizes = counts.astype(np.float64)
    return float((sizes * (sizes - 1)).sum())


def _agreeing(hashes: np.ndarray) -> float:
    """Return the share of pairs that agree."""
    counts = np.unique(hashes, return_counts=True)[1].astype(np.float64)
    return float((counts**2).sum() / max(len(hashes), 1) ** 2)
