"""Whether two sources that are linked have duplicates inside, as far as their pairs tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

STRONG = 0.25
"""A pair is as convincing as a match if this share of the matches is weaker."""

STRONG_SHARE = (1.0 - STRONG) ** 2
"""How many duplicates are that convincing: the weaker of two draws from the matches."""

WORTH = 1 / 3
"""Share of matches among the rejected pairs from which on they are better kept.

More pairs raise F1 if their precision is above half of it; the estimate is below the truth where
both sources have duplicates of one thing.
"""

LEAST_SHARE = 0.005
"""Doubles for each kept pair below which they may be accidents, and cost next to nothing."""

SQUARE_WORTH = 1 / 4
"""Share of squares, among the rejected pairs of records with partners, as of WORTH."""

SQUARE_SHARE = 0.05
"""As LEAST_SHARE; things that only look alike make squares, too, but not many."""

CROSSED_SHARE = 0.4
"""How many pairs of two and two duplicates are surer than one of the two kept ones, about."""


@dataclass(frozen=True, kw_only=True)
class LinkFinding:
    """Whether a record has one partner at most, and what says so.

    ``kept`` pairs are those of the best one-to-one links, ``rejected`` those that are convincing
    but not among them. Links one to one do not explain two kinds of rejected pairs:
    ``doubles`` are as convincing as kept ones, and one record is left without a partner;
    ``squares`` are surer than the link of one of their records, and the partners of both records
    make a convincing pair as well. ``double_share`` is the number
    of doubles for each kept pair, and ``likely_matches`` the share of matches among the rejected
    pairs that both kinds suggest; ``expected_matches`` is that share by the pairs' probabilities,
    which know nothing of rivals.
    """

    one_to_one: bool
    kept: int
    rejected: int
    doubles: int
    squares: int
    double_share: float
    likely_matches: float
    expected_matches: float


def looks_one_to_one(  # noqa: PLR0913 - a pair is three arrays
    left: Positions,
    right: Positions,
    probability: Numbers,
    *,
    kept: Flags,
    threshold: float,
    within: tuple[Positions, Positions, Numbers] | None = None,
) -> LinkFinding:
    """Return whether links between two sources are one to one, and the figures behind it.

    Convincing pairs besides the best links are noise if the sources have no duplicates inside.
    Such a pair is mostly weaker than the links, because it lost to them, and the record that lost
    mostly has its own partner elsewhere. A duplicate has neither: it matches as well as its twin
    does, and when its twin has got the partner it stays alone; or, when there are twins on both
    sides, all four match one another.

    Args:
        left: Positions in the one source; each pair is there once.
        right: Positions in the other source.
        probability: Of each pair, 0 to 1.
        kept: Which pairs are the best links (``one_to_one``).
        threshold: From here on a pair is convincing.
        within: Scored pairs inside the sources, by the same positions (a position is in one
            source only). If given, twins must match each other, too.
    """
    rejected = (probability >= threshold) & ~kept
    partner = _partners(left[kept], right[kept], left, right)
    one, other = partner[left], partner[right]
    alone = (one < 0) | (other < 0)
    lost = np.unique(np.where(one < 0, left, right)[rejected & alone])
    strong = probability >= _as_convincing(probability[kept], len(lost))
    doubles = rejected & strong & alone
    squares = rejected & ~alone
    partnered = int(squares.sum())
    count = len(partner)
    crossed = _keys(left[squares], right[squares], count)
    own = np.zeros(count)
    own[left[kept]] = own[right[kept]] = probability[kept]
    squares &= np.isin(_keys(one, other, count), crossed)
    squares &= probability >= np.minimum(own[left], own[right])
    if within is not None:
        # The record that is alone, else the right one, and the one that has its partner.
        twin = np.where(one < 0, left, right), np.where(one < 0, other, one)
        found = np.isin(_keys(*twin, count), _twins(within, threshold, count))
        doubles, squares = doubles & found, squares & found
    counts = int(kept.sum()), int(doubles.sum()), int(squares.sum())
    return _finding(*counts, partnered, np.sort(probability[rejected]))


def _as_convincing(kept: Numbers, lost: int) -> float:
    """Return the probability from which on a pair is as convincing as kept ones.

    If records that lost are twins, a kept pair is the best of several draws: its quantile is that
    of one draw to the power of how many there are.

    Args:
        kept: Probabilities of the kept pairs.
        lost: Records that are convincing partners and are left alone.
    """
    if not len(kept):
        return 0.0
    return float(np.quantile(kept, STRONG ** (1.0 + lost / len(kept))))


def _finding(
    kept: int, doubles: int, squares: int, partnered: int, rejected: Numbers
) -> LinkFinding:
    likely = doubles / STRONG_SHARE + squares / CROSSED_SHARE
    left_alone = doubles > max(WORTH * STRONG_SHARE * len(rejected), LEAST_SHARE * kept)
    crossed = squares > max(SQUARE_WORTH * partnered, SQUARE_SHARE * kept)
    return LinkFinding(
        one_to_one=not (left_alone or crossed),
        kept=kept,
        rejected=len(rejected),
        doubles=doubles,
        squares=squares,
        double_share=doubles / kept if kept else 0.0,
        likely_matches=min(1.0, likely / len(rejected)) if len(rejected) else 0.0,
        expected_matches=float(rejected.mean()) if len(rejected) else 0.0,
    )


def _partners(
    kept_left: Positions, kept_right: Positions, left: Positions, right: Positions
) -> Positions:
    """Return the partner of each position, -1 for none."""
    partner = np.full(1 + max(left.max(initial=-1), right.max(initial=-1)), -1, np.int64)
    partner[kept_left], partner[kept_right] = kept_right, kept_left
    return partner


def _twins(within: tuple[Positions, Positions, Numbers], threshold: float, count: int) -> Positions:
    left, right, probability = within
    near = (probability >= threshold) & (left < count) & (right < count)
    return _keys(left[near], right[near], count)


def _keys(one: Positions, other: Positions, count: int) -> Positions:
    return np.minimum(one, other) * count + np.maximum(one, other)
