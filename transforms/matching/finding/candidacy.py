"""Why two records were no candidates of each other: which ways looked, and what they found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gluepot.transforms.matching.finding.candidates import followed
from gluepot.transforms.matching.finding.keys import ways
from gluepot.transforms.matching.local import workspace

if TYPE_CHECKING:
    from gluepot.transforms.matching.comparing.profile import Column
    from gluepot.transforms.matching.local import Workspace
    from gluepot.transforms.matching.options import MatchOptions
    from gluepot.transforms.matching.records import Records


@dataclass(frozen=True, kw_only=True)
class Way:
    """What one way to look for candidates found in common.

    Attributes:
        name: What it looks at.
        shared: Keys that both records have.
        too_common: Those of them that lead to more records than are looked at.
        followed: Those that were followed from one of the two records at least; rarer keys had
            used up the budget of the others.
    """

    name: str
    shared: int
    too_common: int
    followed: int


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one of the records looked for candidates, and where the other stood among them.

    Attributes:
        found: Whether a key that was followed led to the other record.
        better: How many others shared as much with it, or more.
        kept: How many it kept.
    """

    found: bool
    better: int
    kept: int


@dataclass(frozen=True, kw_only=True)
class Candidacy:
    """Why two records became candidates, or why not.

    Attributes:
        ways: Of every way, what it found.
        looks: Of the first record, and of the second.
        most: Records that a key, and all keys of a record together, may lead to.
    """

    ways: tuple[Way, ...]
    looks: tuple[Look, Look]
    most: int

    def __str__(self) -> str:
        """Say in a sentence what was lacking."""
        shared = [way for way in self.ways if way.shared]
        if not shared:
            return (
                "they have nothing in common that candidates are looked for by:"
                f" {', '.join(way.name for way in self.ways)}"
            )
        if not any(way.followed for way in self.ways):
            said = ", ".join(f"{way.name}: {way.shared}" for way in shared)
            common = sum(way.too_common for way in shared)
            return (
                f"what they have in common is too common ({said}): {common} of these"
                f" {sum(way.shared for way in shared)} keys lead to more than {self.most:,} records"
                " each, and rarer keys left no room for the rest"
            )
        better = min(look.better for look in self.looks if look.found)
        return (
            f"each shares as much with others, or more: with {better:,} at least, and about"
            f" {self.looks[0].kept} are kept"
        )


def candidacy(
    records: Records,
    left: int,
    right: int,
    columns: tuple[Column, ...],
    options: MatchOptions,
) -> Candidacy:
    """Return how two records looked for candidates, and what they have in common.

    Args:
        records: All of them, each content once: what is rare depends on the others.
        left: Position of one.
        right: Position of the other.
        columns: What is compared.
        options: As of the match.
    """
    space = workspace(records.values, records.source, columns, options)
    counts = space.key_counts
    pair = np.array([left, right])
    other = space.source[pair[::-1]] if space.linked else np.zeros(2, np.int8)
    costs = [counts.cost([int(source)]) for source in other]
    roads = [
        set(followed(space.keyed[[row]], cost, space.key_budget).indices.tolist())
        for row, cost in zip(pair, costs, strict=True)
    ]
    texts = {name: each.take(pa.array(pair)) for name, each in space.texts.items()}
    found = []
    for name, (rows, hashes) in ways(texts, columns).items():
        one, two = (set(counts.buckets_of(hashes[rows == at]).tolist()) for at in (0, 1))
        shared = one & two
        common = {at for at in shared if min(cost[at] for cost in costs) > counts.budget}
        on_way = shared & (roads[0] | roads[1])
        found.append(
            Way(name=name, shared=len(shared), too_common=len(common), followed=len(on_way))
        )
    looks = _look(space, left, right, options), _look(space, right, left, options)
    return Candidacy(ways=tuple(found), looks=looks, most=space.key_budget)


def _look(space: Workspace, one: int, other: int, options: MatchOptions) -> Look:
    """Return how one record's look for candidates went by the other."""
    sources = [int(space.source[other])] if space.linked else [0]
    query = space.side(np.array([one]), sources).matrix
    shared = np.asarray((space.keyed @ query.T).todense()).ravel()
    shared[one] = 0
    if space.linked:
        shared[space.source == space.source[one]] = 0
    return Look(
        found=bool(shared[other] > 0),
        better=int((shared >= shared[other]).sum()) - 1,
        kept=options.candidates,
    )
