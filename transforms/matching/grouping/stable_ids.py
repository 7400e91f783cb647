"""Match ids that known clusters keep when new records are matched with them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.grouping.components import components, smallest_members

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]


class ChangeKind(StrEnum):
    """What happened to known clusters."""

    MERGED = "merged"
    """All members of several became one cluster."""

    SPLIT = "split"
    """Some members of a cluster left it."""


@dataclass(frozen=True, kw_only=True)
class IdChange:
    """Known records whose match id changed.

    ``from_ids`` are the ids they had, ``to_id`` the one they have now, ``members`` their
    positions: all in ascending order.
    """

    kind: ChangeKind
    from_ids: tuple[int, ...]
    to_id: int
    members: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class StableIds:
    """The match id of each record; the changes, by new id; the greatest id given so far."""

    ids: Positions
    changes: tuple[IdChange, ...]
    last: int


def whole(labels: Positions, old: Positions, known: Flags) -> Positions:
    """Return the clusters with all known records of one old id together.

    New records then never take a known cluster apart; they may join two.

    >>> whole(np.array([0, 1, 1]), np.array([7, 7, 0]), np.array([True, True, False])).tolist()
    [0, 0, 0]
    """
    each = np.arange(len(labels), dtype=np.int64)
    (there,) = np.nonzero(known)
    first = there[smallest_members(old[there])]
    ends = np.concatenate([smallest_members(labels), first]), np.concatenate([each, there])
    return components(len(labels), *ends)


def stable_ids(  # noqa: PLR0913 - known ids are two arrays
    labels: Positions,
    old: Positions,
    known: Flags,
    *,
    last: int | None = None,
    split: bool = False,
    order: npt.NDArray[np.uint64] | None = None,
) -> StableIds:
    """Return match ids for clusters of known and new records: what is known keeps its id.

    A cluster takes the id that most of its known members had, the least of equals. Where a known
    cluster came apart, its id stays with most of its members. Clusters without an id get the next
    ones that were never given.

    Args:
        labels: The new cluster of each record.
        old: The id of each known record; of new ones anything.
        known: Which records are known.
        last: The greatest id ever given, also to clusters that are gone by now; without it, the
            greatest of ``old``. Ids begin at 0 when there is none.
        split: Known clusters may come apart. By default they are put together (``whole``).
        order: A number for each record, made from its content: clusters come in the order of
            their least when they get new ids, or when parts of one are equal. Without it, in the
            order of their positions.

    Raises:
        InvalidInputError: ``last`` is below an id that is in use.
    """
    most = int(old[known].max(initial=-1))
    if last is not None and last < most:
        raise InvalidInputError(f"the last match id is said to be {last}, but {most} is in use")
    cluster = smallest_members(labels) if split else whole(labels, old, known)
    (there,) = np.nonzero(known)
    ordered = _in_order(cluster, order)
    given = _given(ordered, cluster[there], old[there])
    last = most if last is None else last
    new = [label for label in ordered if label not in given]
    given |= {label: last + 1 + place for place, label in enumerate(new)}
    found, inverse = np.unique(cluster, return_inverse=True)
    ids = np.array([given[label] for label in found.tolist()], np.int64)[inverse]
    return StableIds(ids=ids, changes=_changes(ids, old, there), last=last + len(new))


def _in_order(cluster: Positions, order: npt.NDArray[np.uint64] | None) -> list[int]:
    found, inverse = np.unique(cluster, return_inverse=True)
    if order is None:
        return [int(label) for label in found]
    least = np.full(len(found), np.iinfo(np.uint64).max)
    np.minimum.at(least, inverse, order)
    return [int(label) for label in found[np.argsort(least, kind="stable")]]


def _given(ordered: list[int], cluster: Positions, old: Positions) -> dict[int, int]:
    """Return the id of each cluster that can keep one: the largest overlaps choose first."""
    turn = {label: place for place, label in enumerate(ordered)}
    overlaps, size = np.unique(np.stack([old, cluster], axis=1), axis=0, return_counts=True)
    given: dict[int, int] = {}
    taken: set[int] = set()
    first = sorted(
        zip(size.tolist(), *overlaps.T.tolist(), strict=True),
        key=lambda overlap: (-overlap[0], overlap[1], turn[overlap[2]]),
    )
    for _, match_id, label in first:
        if label not in given and match_id not in taken:
            given[label] = match_id
            taken.add(match_id)
    return given


def _changes(ids: Positions, old: Positions, known: Positions) -> tuple[IdChange, ...]:
    """Return what happened to the known records, given by position, whose id is another now."""
    moved = known[ids[known] != old[known]]
    pairs = np.unique(np.stack([old[known], ids[known]], axis=1), axis=0)
    parts = dict(zip(*np.unique(pairs[:, 0], return_counts=True), strict=True))
    groups: dict[tuple[int, ChangeKind], list[int]] = {}
    for position in moved.tolist():
        kind = ChangeKind.SPLIT if parts[old[position]] > 1 else ChangeKind.MERGED
        groups.setdefault((int(ids[position]), kind), []).append(position)
    return tuple(
        IdChange(
            kind=kind,
            from_ids=tuple(np.unique(old[members]).tolist()),
            to_id=to_id,
            members=tuple(members),
        )
        for (to_id, kind), members in sorted(groups.items())
    )
