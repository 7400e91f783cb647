"""Labels drawn from the truth, the same for everybody: half matches, half not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors

from matching_runs.sets import ID, TruthSet, codes, positions

if TYPE_CHECKING:
    import numpy.typing as npt

ALIKE = 0.75
"""Share of the pairs that do not match, yet are alike: what a person would be asked about."""
NEIGHBOURS = 6
MOST_ASKED = 2_000


def drawn(truth: TruthSet, count: int, seed: int) -> list[tuple[str, str, int]]:
    """Return ``count`` pairs of ids, each with 1 for a match or 0, in a random order."""
    rng = np.random.default_rng(seed)
    matches = rng.choice(truth.pairs, min(count // 2, len(truth.pairs)), replace=False)
    alike = _alike(truth, rng)
    near = rng.choice(alike, min(round(ALIKE * count / 2), len(alike)), replace=False)
    far = _random(truth, count, rng)
    others = np.unique(np.concatenate([near, far[: count - len(matches) - len(near)]]))
    ids = truth.ids().to_pylist()
    pairs = np.concatenate([matches, others])
    left, right = positions(pairs, truth.count)
    answers = np.r_[np.ones(len(matches), np.int64), np.zeros(len(others), np.int64)]
    return [(ids[left[at]], ids[right[at]], int(answers[at])) for at in rng.permutation(len(pairs))]


def _random(truth: TruthSet, count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    first, last = truth.tables[0].num_rows, truth.tables[-1].num_rows
    left = rng.integers(0, first, 4 * count)
    right = truth.count - last + rng.integers(0, last, 4 * count)
    found = codes(left, right, truth.count)[left != right]
    return rng.permutation(np.setdiff1d(found, truth.pairs))


def _alike(truth: TruthSet, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return pairs that do not match though one is among the nearest of the other."""
    texts = [_texts(table) for table in truth.tables]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), sublinear_tf=True)
    vectors.fit(np.concatenate(texts))
    asked = rng.permutation(len(texts[0]))[:MOST_ASKED]
    nearest = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(texts[-1])))
    nearest.fit(vectors.transform(texts[-1]))
    right = nearest.kneighbors(vectors.transform(texts[0][asked]), return_distance=False)
    right = right + (truth.count - len(texts[-1]))
    left = np.repeat(asked, right.shape[1])
    found = codes(left, right.ravel(), truth.count)[left != right.ravel()]
    return np.setdiff1d(found, truth.pairs)


def _texts(table: pa.Table) -> npt.NDArray[np.object_]:
    columns = [pc.fill_null(table.column(name), "") for name in table.column_names if name != ID]
    joined = pc.binary_join_element_wise(*columns, pa.scalar(" "))
    texts: npt.NDArray[np.object_] = joined.combine_chunks().to_numpy(zero_copy_only=False)
    return texts
