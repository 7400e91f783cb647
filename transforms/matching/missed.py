"""How many of the matches the candidates hold: a sample is looked at once more, in another way.

Candidates are records that share rare keys, a bounded number of them. The check knows no keys and
no bound: some records are compared with all others (or with many, drawn) by how alike their grams
are, as a whole and column by column. The most alike that were no candidates are scored like those
that were, and what share of the matches among both the candidates held is their recall. Matches
that are not alike in this way either are missed by the check as well: it is an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gluepot.transforms.matching.comparing.similarity import WHOLE, with_whole
from gluepot.transforms.matching.comparing.text import mixed
from gluepot.transforms.matching.comparing.vectors import gram_vectors
from gluepot.transforms.matching.finding.candidates import each_once
from gluepot.transforms.matching.judging.unsupervised import judged
from gluepot.transforms.matching.local import DECOY, compared
from gluepot.transforms.matching.model import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scipy.sparse import csr_array

    from gluepot.transforms.matching.judging.unsupervised import Learned
    from gluepot.transforms.matching.local import Workspace

MOST_CHECKED = 500
"""Records that are looked at once more."""

MOST_BESIDE = 50_000
"""Records that each of them is compared with; of more, some are drawn."""

MOST_CELLS = 20_000_000
"""Comparisons of all of them together: fewer records are looked at where there are many."""

_NEAREST = 3
"""Records that are scored for each of them: the most alike as a whole, and as many by columns."""

_COLUMNS = 8
"""Columns by which records are compared, the most informative ones."""

_CELLS_AT_ONCE = 4_000_000
_CHECKED, _BESIDE = 0xC4EC, 0xBE51
"""Added to the hash of what a record holds, so that drawing has nothing to do with other uses."""
_NORMAL = 1.96


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check of the candidates found.

    Attributes:
        recall: Share of the matches of the checked records that the candidates held.
        records: How many were checked.
        beside: How many they were compared with.
    """

    recall: Estimate
    records: int
    beside: int


def candidate_recall(  # noqa: PLR0913 - a run is all of this
    space: Workspace,
    pairs: np.ndarray,
    probability: np.ndarray,
    *,
    learned: Learned,
    single: tuple[bool, bool],
    threshold: float,
) -> Checked:
    """Return which share of the matches the candidates held, found out on a sample of the records.

    Args:
        space: The records.
        pairs: The candidates: two columns of rows, the smaller first, sorted.
        probability: Of each.
        learned: What judges the pairs that were no candidates.
        single: Whether left, and right, records have one partner at most.
        threshold: Probability from which a pair counts as a match.
    """
    real = np.flatnonzero(space.source != DECOY)
    beside = _drawn(space, real, MOST_BESIDE, _BESIDE)
    checked = _drawn(space, real, min(MOST_CHECKED, MOST_CELLS // max(len(beside), 1)), _CHECKED)
    if learned.evidence is None or not len(checked):
        return Checked(recall=share(0.0, 0.0), records=len(checked), beside=len(beside))
    looked, there = (np.zeros(space.count, bool) for _ in range(2))
    looked[checked], there[beside] = True, True
    left, right = pairs[:, 0], pairs[:, 1]
    asked = (looked[left] & there[right]) | (looked[right] & there[left])
    held = probability[asked & (probability >= threshold)].sum()
    strange = _strangers(space, pairs[asked], checked, beside)
    missed = _scored(space, pairs, strange, learned, single)
    return Checked(
        recall=share(float(held), float(missed[missed >= threshold].sum())),
        records=len(checked),
        beside=len(beside),
    )


def share(held: float, missed: float) -> Estimate:
    """Return the share of what was held in all, with Wilson's interval.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22, 1927.

    >>> {name: round(each, 3) for name, each in vars(share(95.0, 5.0)).items()}
    {'value': 0.95, 'low': 0.888, 'high': 0.978}
    """
    count = held + missed
    if count <= 0:
        return Estimate(value=1.0, low=0.0, high=1.0)
    value, square = held / count, _NORMAL**2
    middle = (value + square / (2 * count)) / (1 + square / count)
    spread = value * (1 - value) / count + square / (4 * count**2)
    width = _NORMAL / (1 + square / count) * float(np.sqrt(spread))
    low, high = max(0.0, middle - width), min(1.0, middle + width)
    return Estimate(value=value, low=min(low, value), high=max(high, value))


def _drawn(space: Workspace, rows: np.ndarray, most: int, salt: int) -> np.ndarray:
    """Return some of the rows, the same ones however they lie."""
    order = np.argsort(mixed(space.content[rows] + np.uint64(salt)), kind="stable")
    return np.sort(rows[order[:most]])


def _scored(
    space: Workspace,
    pairs: np.ndarray,
    strange: np.ndarray,
    learned: Learned,
    single: tuple[bool, bool],
) -> np.ndarray:
    """Return the probability of pairs that were no candidates, beside those of their records."""
    if learned.evidence is None or not len(strange):
        return np.zeros(len(strange))
    ends = np.zeros(space.count, bool)
    ends[strange] = True
    together = each_once(np.concatenate([pairs[ends[pairs].any(axis=1)], strange]))
    score = learned.evidence.of(compared(space, together).numbers)
    found = judged(score, together, learned.chances, space.count, single)
    keys, wanted = (each[:, 0] * space.count + each[:, 1] for each in (together, strange))
    return np.asarray(found[np.searchsorted(keys, wanted)])


def _strangers(
    space: Workspace, pairs: np.ndarray, checked: np.ndarray, beside: np.ndarray
) -> np.ndarray:
    """Return the pairs of checked records that are most alike and no candidates."""
    known = np.concatenate([pairs, pairs[:, ::-1]])
    known = known[np.isin(known[:, 0], checked) & np.isin(known[:, 1], beside)]
    known = known[np.argsort(known[:, 0], kind="stable")]
    found = [np.zeros((0, 2), np.int64)]
    for rows, alike in _alike(space, checked, beside):
        own = known[slice(*np.searchsorted(known[:, 0], (rows[0], rows[-1] + 1)))]
        strange = _without_ties(alike, space.content[rows], space.content[beside])
        strange[np.searchsorted(rows, own[:, 0]), np.searchsorted(beside, own[:, 1])] = -1
        strange[rows[:, None] == beside[None, :]] = -1
        if space.linked:
            strange[space.source[rows][:, None] == space.source[beside][None, :]] = -1
        most = min(_NEAREST, len(beside))
        at = np.argpartition(-strange, most - 1, axis=1)[:, :most]
        good = np.take_along_axis(strange, at, axis=1) > 0
        one = np.broadcast_to(rows[:, None], at.shape)[good]
        found.append(np.stack([one, beside[at[good]]], axis=1))
    return each_once(np.concatenate(found))


def _without_ties(alike: np.ndarray, rows: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """Return similarities a little apart by the hash of both contents, so that order is fixed."""
    ties = mixed(rows[:, None] ^ beside[None, :]) >> np.uint64(40)
    return np.asarray(alike + ties.astype(np.float32) * np.float32(1e-12))


def _alike(
    space: Workspace, checked: np.ndarray, beside: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield some of the checked records and how alike each is to those beside, in two ways."""
    columns = sorted(space.columns, key=lambda each: (-each.information, each.name))[:_COLUMNS]
    texts = {name: space.texts[name] for name in (each.name for each in space.columns)}
    rows = np.union1d(checked, beside)
    taken = with_whole({name: each.take(pa.array(rows)) for name, each in texts.items()})
    grams = {
        name: gram_vectors(taken[name], space.frequencies[name])
        for name in (WHOLE, *(each.name for each in columns))
    }
    at, looked = np.searchsorted(rows, checked), np.searchsorted(rows, beside)
    bits = np.array([each.information for each in columns], np.float32)
    filled = np.stack([np.diff(grams[each.name].indptr) > 0 for each in columns], axis=1)
    filled = filled.astype(np.float32)
    step = max(1, _CELLS_AT_ONCE // max(len(beside), 1))
    for start in range(0, len(checked), step):
        part = at[start : start + step]
        yield checked[start : start + step], _cosines(grams[WHOLE], part, looked)
        both = (filled[part] * bits) @ filled[looked].T
        total = np.zeros_like(both)
        for column, weight in zip(columns, bits, strict=True):
            total += weight * _cosines(grams[column.name], part, looked)
        yield checked[start : start + step], total / np.maximum(both, 1e-9)


def _cosines(vectors: csr_array, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how alike some rows and others are, a dense row for each of the first."""
    return np.asarray((vectors[rows] @ vectors[others].T).toarray(), np.float32)
