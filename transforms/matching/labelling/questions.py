"""Which pairs of records are most worth asking people about."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from rapidfuzz import fuzz

from gluepot.transforms.matching.labelling.cells import to_texts

if TYPE_CHECKING:
    import numpy.typing as npt

    from gluepot.transforms.matching.records import Records

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]

POOL = 1000
"""Pairs that are compared with one another to find unlike ones; the rest is less useful."""
MOST_LETTERS = 256
"""Of a text, to tell whether two questions are alike."""
MOST_PARTNERS = 20
"""Strong partners of a record among which contradictions are looked for."""
CERTAIN = 0.8
"""A pair is confident if its probability went this share of the way from the threshold."""
_LEAST = 1e-6


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Pairs that may be asked about.

    Attributes:
        left: Positions of records.
        right: The other record of each pair.
        probability: That each pair matches.
        threshold: From which the transform calls a pair a match.
        tie: Puts pairs that are equally useful into an order that knows nothing of positions.
    """

    left: Positions
    right: Positions
    probability: Numbers
    threshold: float
    tie: npt.NDArray[np.uint64]


def record_ties(records: Records, seed: int) -> npt.NDArray[np.uint64]:
    """Return a hash of each record's content and the seed."""
    columns = [to_texts(column) for column in records.values.columns]
    key = seed.to_bytes(16, "big", signed=True)
    digests = b"".join(
        hashlib.blake2b("\x00".join(row).encode(), digest_size=8, key=key).digest()
        for row in zip(*columns, strict=True)
    )
    return np.frombuffer(digests, np.uint64)


def usefulness(pairs: Candidates) -> Numbers:
    """Return for each pair, from 0 to 1, how much its label would teach.

    A pair on the threshold is worth 1, and less with every step in log odds away from it. A pair
    that is called different although a third record is much like both contradicts those
    two pairs: it is worth as much as the third record makes it likelier.
    """
    steps = np.abs(_log_odds(pairs.probability) - _log_odds(np.array(pairs.threshold)))
    return np.maximum(np.exp(-steps / 2), _doubts(pairs))


def _log_odds(probability: Numbers) -> Numbers:
    clipped = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.log(clipped / (1 - clipped))


def _doubts(pairs: Candidates) -> Numbers:
    """Return by how much the best third record makes each pair likelier than it is called."""
    (strong,) = np.nonzero(pairs.probability >= pairs.threshold)
    node = np.concatenate([pairs.left[strong], pairs.right[strong]])
    partner = np.concatenate([pairs.right[strong], pairs.left[strong]])
    weight = np.tile(pairs.probability[strong], 2)
    order = np.lexsort((np.tile(pairs.tie[strong], 2), -weight, node))
    node, partner, weight = node[order], partner[order], weight[order]
    first = np.searchsorted(node, node)
    rank = np.arange(len(node)) - first
    indirect = np.zeros(len(pairs.left))
    if not len(node):
        return indirect
    size = int(max(pairs.left.max(), pairs.right.max())) + 1
    keys = np.minimum(pairs.left, pairs.right) * size + np.maximum(pairs.left, pairs.right)
    by_key = np.argsort(keys, kind="stable")
    for apart in range(1, MOST_PARTNERS):
        (at,) = np.nonzero((node[apart:] == node[:-apart]) & (rank[apart:] < MOST_PARTNERS))
        one, other = partner[at], partner[at + apart]
        wanted = np.minimum(one, other) * size + np.maximum(one, other)
        place = np.minimum(np.searchsorted(keys, wanted, sorter=by_key), len(keys) - 1)
        pair = by_key[place]
        hit = keys[pair] == wanted
        np.maximum.at(indirect, pair[hit], np.minimum(weight[at], weight[at + apart])[hit])
    return np.maximum(indirect - pairs.probability, 0.0)


def doubtfulness(pairs: Candidates, *, matches: bool) -> Numbers:
    """Return how far each pair is from a sure match (or non-match): the sure ones all get -1."""
    probability, threshold = pairs.probability, pairs.threshold
    if matches:
        doubt, sure = 1 - probability, probability >= threshold + CERTAIN * (1 - threshold)
    else:
        doubt, sure = probability, probability <= (1 - CERTAIN) * threshold
    return np.where(sure, -1.0, doubt)


def first_by(key: Numbers, tie: npt.NDArray[np.uint64], count: int) -> Positions:
    """Return the numbers of the ``count`` least keys, in order; equal ones go by their ties.

    Millions of pairs are not sorted for the sake of a thousand.
    """
    numbers = np.arange(len(key))
    if count < len(key):
        edge = np.partition(key, count - 1)[count - 1]
        below, level = numbers[key < edge], numbers[key == edge]
        room = count - len(below)
        if room < len(level):
            level = level[np.argpartition(tie[level], room - 1)[:room]]
        numbers = np.concatenate([below, level])
    return numbers[np.lexsort((tie[numbers], key[numbers]))]


def unlike(likeness: Numbers, worth: Numbers, chosen: Numbers, count: int) -> list[int]:
    """Return the rows that are worth most and least like those chosen before, one by one.

    Args:
        likeness: A row a pair: how alike its two records are, by column.
        worth: Of each row.
        chosen: Rows that were chosen before, as ``likeness``.
        count: How many rows to choose, if there are as many.
    """
    distance = np.full(len(likeness), np.inf)
    for row in chosen:
        distance = np.minimum(distance, _distances(likeness, row))
    picked: list[int] = []
    free = np.ones(len(likeness), np.bool_)
    for _ in range(min(count, len(likeness))):
        # The first of all is as far as can be from what is not there yet.
        score = np.where(free, worth * (_LEAST + np.minimum(distance, 1.0)), -1.0)
        best = int(np.argmax(score))
        picked.append(best)
        free[best] = False
        distance = np.minimum(distance, _distances(likeness, likeness[best]))
    return picked


def _distances(likeness: Numbers, row: Numbers) -> Numbers:
    if likeness.shape[1] == 0:
        return np.zeros(len(likeness))
    distances: Numbers = np.abs(likeness - row).mean(axis=1)
    return distances


def likenesses(records: Records, left: Positions, right: Positions) -> Numbers:
    """Return how alike the records of each pair are, a column each: 0 to 1, -1 where one lacks.

    It serves to tell questions apart and is no score.
    """
    columns = [
        [
            fuzz.token_sort_ratio(one, other) / 100 if one and other else -1.0
            for one, other in zip(_texts(column, left), _texts(column, right), strict=True)
        ]
        for column in records.values.columns
    ]
    return np.array(columns, np.float64).reshape(len(columns), len(left)).T


def _texts(column: pa.ChunkedArray, positions: Positions) -> list[str]:
    texts = to_texts(pa.chunked_array([column.take(pa.array(positions)).combine_chunks()]))
    return [text[:MOST_LETTERS].casefold() for text in texts]
