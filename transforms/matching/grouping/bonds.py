"""Pairs of clusters with what the scored pairs between them say, joined in rounds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Bonds:
    """Pairs of different clusters: parallel arrays.

    ``said`` is the sum of what their scored pairs say, ``known`` their number, ``tie`` the sum
    of theirs, which wraps around (their least would make the largest cluster win all ties), and
    ``firm`` whether any of them is.
    """

    one: Positions
    other: Positions
    said: Positions
    known: Positions
    tie: npt.NDArray[np.uint64]
    firm: Flags

    def only(self, kept: Flags | Positions) -> Bonds:
        """Return some of them."""
        return Bonds(**{field.name: getattr(self, field.name)[kept] for field in fields(self)})

    def and_(self, more: Bonds) -> Bonds:
        """Return these and more of them."""
        return Bonds(
            **{
                field.name: np.concatenate([getattr(self, field.name), getattr(more, field.name)])
                for field in fields(self)
            }
        )

    def between(self, label: Positions) -> Bonds:
        """Return the bonds between the clusters that the ends are now in."""
        one = np.minimum(label[self.one], label[self.other])
        other = np.maximum(label[self.one], label[self.other])
        key = one * len(label) + other
        order = np.argsort(key)
        order = order[one[order] != other[order]]
        if not len(order):
            return self.only(order)
        key = key[order]
        (begins,) = np.nonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        return Bonds(
            one=one[order][begins],
            other=other[order][begins],
            said=np.add.reduceat(self.said[order], begins),
            known=np.add.reduceat(self.known[order], begins),
            tie=np.add.reduceat(self.tie[order], begins),
            firm=np.logical_or.reduceat(self.firm[order], begins),
        )

    def joined(self, label: Positions, changed: Flags) -> Bonds:
        """Return ``between(label)``, where only clusters that are ``changed`` took part in it."""
        touched = changed[self.one] | changed[self.other]
        return self.only(~touched).and_(self.only(touched).between(label))


def mutual_best(
    count: int,
    one: Positions,
    other: Positions,
    worth: npt.NDArray[np.float64],
    tie: npt.NDArray[np.uint64],
) -> Flags:
    """Return which pairs are the best one at both their ends: no end has two of them.

    The best is worth most, then has the least tie, then comes first by its ends. Of equal pairs at
    one end, one that the other end wants less is passed over.

    Args:
        count: Ends are below it.
        one: Of each pair, the one end.
        other: The other end.
        worth: Of each pair.
        tie: Of each pair.
    """
    best = np.ones(len(worth), np.bool_)
    for key, reduce, worst in (
        (worth, np.maximum, -np.inf),
        (tie, np.minimum, np.iinfo(np.uint64).max),
        (one * count + other, np.minimum, np.iinfo(np.int64).max),
    ):
        found = np.full(count, worst, key.dtype)
        reduce.at(found, one[best], key[best])
        reduce.at(found, other[best], key[best])
        best &= (key == found[one]) & (key == found[other])
    return best
