"""What it says that two records of one component were never compared, and what partners say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.comparing.products import row_products
from gluepot.transforms.matching.grouping.evidence import UNIT

if TYPE_CHECKING:
    import numpy.typing as npt

    from gluepot.transforms.matching.grouping.partners import Scored

USUAL_CLOSURE = 0.6
"""Share of the partners' partners that are compared, where nothing is known of it."""

USUAL_WEIGHT = 10.0
"""Partners' partners that must be seen before they say as much as the usual share."""

MILDEST = -1.0
"""The most that one pair never compared counts against: what candidates miss is no proof."""

CROWDED = 8
"""Scored pairs from which on a record may have had no room for more candidates."""

ASKED_PAIRS = 5_000
"""Pairs of a component that are asked for the partners they have in common."""

MOST_WORK = 20_000_000
"""Partners looked at in one component; a denser one does not hang on single pairs."""


def absence(scored: Scored) -> npt.NDArray[np.int64]:
    """Return for each record what a pair never compared says in its component, in UNIT steps.

    Always below zero. Among matches, a pair goes uncompared as often as candidates miss it; among
    others it nearly always does: so the evidence is the logarithm of how often matches are missed.
    That is read off the component: of two records with a convincing partner in common, how many
    were compared? A record with few scored pairs had room for more, and is not asked; one in a
    crowd of look-alikes has more partners than candidates are kept for, and its missing pairs say
    next to nothing.
    """
    crowded = scored.ends() >= CROWDED
    closed, asked = np.zeros(scored.count), np.zeros(scored.count)
    if crowded.any():
        partners = scored.matrix(np.ones(len(scored.left)), convincing=True)
        crowds = partners @ crowded.astype(np.float64)
        asked += np.bincount(
            scored.component, crowds * (crowds - 1.0) / 2.0, minlength=scored.count
        )
        (pairs,) = np.nonzero(crowded[scored.left] & crowded[scored.right])
        chosen, each = _sample(scored, pairs)
        left, right = scored.left[chosen], scored.right[chosen]
        common = row_products(partners, partners, left, right) * each
        closed += np.bincount(scored.component[left], common, minlength=scored.count)
    closure = (closed + USUAL_CLOSURE * USUAL_WEIGHT) / (asked + USUAL_WEIGHT)
    against = np.log1p(-np.minimum(closure, -np.expm1(MILDEST)))
    steps: npt.NDArray[np.int64] = np.minimum(np.rint(against * UNIT).astype(np.int64), -1)
    return steps[scored.component]


def _sample(
    scored: Scored, pairs: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return ASKED_PAIRS of the pairs of each component, and how many each stands for."""
    home = scored.component[scored.left[pairs]]
    order = np.lexsort((scored.tie[pairs], home))
    pairs, home = pairs[order], home[order]
    in_all = np.bincount(home, minlength=scored.count)
    place = np.arange(len(pairs)) - (np.cumsum(in_all) - in_all)[home]
    kept = place < ASKED_PAIRS
    return pairs[kept], np.maximum(in_all / ASKED_PAIRS, 1.0)[home[kept]]


def firm(scored: Scored, against: npt.NDArray[np.int64], *, linked: bool) -> npt.NDArray[np.bool_]:
    """Return which convincing pairs the partners of both records do not speak against.

    If two records are the same, so are the partners of one and the other. A wrong link between
    two groups is the only one between them, however strong it is.

    Args:
        scored: Pairs within components.
        against: What a pair never compared says, for each record.
        linked: Partners of one record are of the same source and never compared: absence of their
            pairs says nothing.
    """
    partners = scored.ends(convincing=True)
    work = (partners[scored.left] + partners[scored.right]) * scored.convincing
    in_all = np.bincount(scored.component[scored.left], work, minlength=scored.count)
    asked = scored.convincing & (in_all <= MOST_WORK)[scored.component[scored.left]]
    left, right = scored.left[asked], scored.right[asked]
    missing = np.zeros_like(against) if linked else against
    # What is scored replaces what its absence would have said.
    more = scored.matrix((scored.said - missing[scored.left]).astype(np.float64))
    near = scored.matrix(np.ones(len(scored.left)), convincing=True)
    total = row_products(near, more, left, right) + row_products(near, more, right, left)
    total += missing[left] * (partners[left] + partners[right] - 2)
    found = scored.convincing.copy()
    found[asked] = total >= 0
    return found
