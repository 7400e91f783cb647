"""Graphs of scored pairs, and the same with records and pairs in another order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Parallel arrays, a pair each; ties differ."""

    count: int
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]
    tie: npt.NDArray[np.uint64]

    def moved(self, place: npt.NDArray[np.int64], order: npt.NDArray[np.int64]) -> Graph:
        """Return the graph with record i at ``place[i]`` and pairs in the order given."""
        return replace(
            self,
            left=place[self.right[order]],
            right=place[self.left[order]],
            probability=self.probability[order],
            tie=self.tie[order],
        )


def graph(count: int, pairs: dict[tuple[int, int], float]) -> Graph:
    ends = np.array(list(pairs), np.int64).reshape(-1, 2)
    return Graph(
        count=count,
        left=ends[:, 0],
        right=ends[:, 1],
        probability=np.array(list(pairs.values()), np.float64),
        tie=np.arange(len(pairs), dtype=np.uint64),
    )


def clique(members: range, probability: float) -> dict[tuple[int, int], float]:
    return {(one, other): probability for one in members for other in members if one < other}


SCORES = st.sampled_from([0.0, 0.02, 0.3, 0.5, 0.6, 0.9, 0.99, 1.0])


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Some records, and scores with many ties for some of their pairs."""
    count = draw(st.integers(0, 9))
    every = [(one, other) for one in range(count) for other in range(one + 1, count)]
    scored = draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    return graph(count, {pair: draw(SCORES) for pair in scored})


@st.composite
def links(draw: st.DrawFn) -> Graph:
    """Pairs between the records 0 to 4 and 5 to 9."""
    every = [(one, other) for one in range(5) for other in range(5, 10)]
    scored = draw(st.lists(st.sampled_from(every), unique=True, max_size=12))
    return graph(10, {pair: draw(SCORES) for pair in scored})


def shuffles(random: Any, found: Graph) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:  # noqa: ANN401
    """Return another place for each record, and another order of the pairs."""
    place, order = list(range(found.count)), list(range(len(found.left)))
    random.shuffle(place)
    random.shuffle(order)
    return np.array(place, np.int64), np.array(order, np.int64)
