"""Active learning: the sets of records that people should label next."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.grouping.components import components
from gluepot.transforms.matching.labelling.labels import place_labels
from gluepot.transforms.matching.labelling.questions import (
    POOL,
    Candidates,
    doubtfulness,
    first_by,
    likenesses,
    record_ties,
    unlike,
    usefulness,
)
from gluepot.transforms.matching.labelling.sheets import LabelSheet, Place

if TYPE_CHECKING:
    import numpy.typing as npt

    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.records import Records

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]

SHARE_OF_CONFIDENT = 0.2
"""Of the questions, those on surely matching pairs, and again on surely different ones.

They show both kinds to whoever learns, and tell whether the confidence is deserved.
"""
LEAST_USE = 0.05
"""A neighbour joins a set if its label would teach more than this."""
_TAKES = "udmuu"
"""The kinds of questions of a set, in turn: uncertain, different, matching."""


class NothingToLabelError(InvalidInputError):
    """There is no pair to ask about: ``NothingToLabelError(candidates, labelled)``."""

    def __str__(self) -> str:
        """Say why there is none."""
        candidates, labelled = self.args
        if not candidates:
            return "no two records are alike, so there is nothing to label"
        return f"all {candidates} pairs of alike records follow from {labelled} labels already"


def labelling_sets(  # noqa: PLR0913 - a pair is three arrays
    records: Records,
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    probability: npt.NDArray[np.float64],
    *,
    sets: int = 10,
    rows: int = 10,
    seed: int = 0,
    threshold: float = 0.5,
    id_column: str = "id",
    labelled: Labels | None = None,
) -> LabelSheet:
    """Return sets of records without labels, chosen for what their labels would teach.

    Most questions are pairs near the threshold, or in contradiction with other pairs, each as
    unlike those before as can be; some are surely matches and some surely not. A set begins with
    an uncertain pair and its neighbours, as far as these are doubtful, and other questions fill
    it. A record is in one set at most; two records of which labels tell already whether they
    match are never in one set. The same input gives the same sets, in whatever order it comes,
    but for records of equal content.

    Args:
        records: The data.
        left: Positions of scored pairs.
        right: The other record of each pair.
        probability: That each pair matches.
        sets: How many sets to make; fewer if there are not questions enough.
        rows: Rows of a set at most, 2 or more.
        seed: Another gives other confident pairs.
        threshold: From which probability on the transform calls a pair a match.
        id_column: The name that the ids get in the sheet.
        labelled: What was labelled before.

    Raises:
        NothingToLabelError: No pair is left to ask about.
        InvalidInputError: ``sets`` or ``rows`` is too small.
    """
    if sets < 1 or rows < 2:  # noqa: PLR2004 - a question is two rows
        raise InvalidInputError(f"cannot ask with {sets} sets of {rows} rows")
    known = _Known.of(labelled, records)
    is_open = ~known.told(left, right)
    if not is_open.any():
        raise NothingToLabelError(len(left), 0 if labelled is None else len(labelled))
    ties = record_ties(records, seed)
    pairs = Candidates(
        left=left[is_open],
        right=right[is_open],
        probability=probability[is_open],
        threshold=threshold,
        tie=_pair_ties(ties, left[is_open], right[is_open]),
    )
    worth = usefulness(pairs)
    queues = _questions(records, pairs, worth, sets * (rows // 2))
    builder = _Builder(pairs=pairs, worth=worth, known=known, queues=queues, rows=rows)
    made = [members for _ in range(sets) if len(members := builder.next_set()) > 1]
    # A question's two rows must not stand together: that would hint at the answer.
    return _sheet(records, [sorted(members, key=ties.__getitem__) for members in made], id_column)


def _pair_ties(
    ties: npt.NDArray[np.uint64], left: Positions, right: Positions
) -> npt.NDArray[np.uint64]:
    """Return a hash of each pair that does not depend on which record comes first."""
    mixed = (ties[left] + ties[right]) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(32))


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What labels tell: records of one unit match, units of a pair in ``apart`` do not."""

    units: Positions
    apart: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, labelled: Labels | None, records: Records) -> _Known:
        count = records.values.num_rows
        if labelled is None:
            return cls(units=np.arange(count, dtype=np.int64), apart=frozenset())
        placed = place_labels(labelled, records)
        units = components(count, placed.must[:, 0], placed.must[:, 1])
        ends = np.sort(units[placed.cannot], axis=1).tolist()
        return cls(units=units, apart=frozenset((one, other) for one, other in ends))

    def told(self, left: Positions, right: Positions) -> npt.NDArray[np.bool_]:
        one = np.minimum(self.units[left], self.units[right])
        other = np.maximum(self.units[left], self.units[right])
        apart = np.array(sorted(self.apart), np.int64).reshape(-1, 2)
        size = len(self.units)
        keys = apart[:, 0] * size + apart[:, 1]
        told: npt.NDArray[np.bool_] = (one == other) | np.isin(one * size + other, keys)
        return told

    def tells(self, one: int, other: int) -> bool:
        first, second = sorted((int(self.units[one]), int(self.units[other])))
        return first == second or (first, second) in self.apart


def _questions(
    records: Records, pairs: Candidates, worth: Numbers, count: int
) -> dict[str, deque[int]]:
    """Return numbers of pairs by kind, the best first; a pair is of one kind."""
    few = max(1, round(count * SHARE_OF_CONFIDENT))
    keys = {
        "m": doubtfulness(pairs, matches=True),
        "d": doubtfulness(pairs, matches=False),
        "u": -worth,
    }
    # More than fit, because some will share records with others.
    wanted = {"m": 2 * few, "d": 2 * few, "u": 2 * count}
    queues: dict[str, deque[int]] = {}
    taken = np.empty(0, np.int64)
    chosen = np.empty((0, records.values.num_columns))
    for kind, number in wanted.items():
        pool = first_by(keys[kind], pairs.tie, POOL + len(taken))
        pool = pool[~np.isin(pool, taken)][:POOL]
        alike = likenesses(records, pairs.left[pool], pairs.right[pool])
        value = worth[pool] if kind == "u" else _falling(len(pool), number)
        picked = unlike(alike, value, chosen, number)
        queues[kind] = deque(pool[picked].tolist())
        taken = np.concatenate([taken, pool[picked]])
        chosen = np.concatenate([chosen, alike[picked]])
    return queues


def _falling(size: int, wanted: int) -> Numbers:
    """Return worths by which the first pairs of a pool, sure ones, go before the others."""
    return 1.0 / (1.0 + np.arange(size) / (10 * wanted))


@dataclass(kw_only=True)
class _Builder:
    """Makes one set after the other, and remembers which records are used."""

    pairs: Candidates
    worth: Numbers
    known: _Known
    queues: dict[str, deque[int]]
    rows: int
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        ends = np.concatenate([self.pairs.left, self.pairs.right])
        self._by_end = np.argsort(ends, kind="stable")
        self._ends = ends[self._by_end]

    def next_set(self) -> list[int]:
        """Return the positions of the next set's records; none if no question is left."""
        members: list[int] = []
        kinds = _TAKES[: max(1, self.rows // 2)]
        while len(members) + 2 <= self.rows:
            kind, kinds = (kinds[0], kinds[1:]) if kinds else ("u", "")
            question = self._take(kind, members)
            if question is None:
                break
            members += question
            self.used.update(question)
            if len(members) == len(question):
                self._grow(members, self.rows // 2)
        self._grow(members, self.rows)
        return members

    def _take(self, kind: str, members: list[int]) -> tuple[int, int] | None:
        """Return the next question that fits, of the kind if there is one."""
        for name in (kind, *sorted(self.queues, reverse=True)):
            queue = self.queues[name]
            for _ in range(len(queue)):
                number = queue.popleft()
                one, other = int(self.pairs.left[number]), int(self.pairs.right[number])
                if one in self.used or other in self.used:
                    continue
                if self._fits(one, members) and self._fits(other, members):
                    return one, other
                queue.append(number)
        return None

    def _fits(self, record: int, members: list[int]) -> bool:
        return not any(self.known.tells(record, member) for member in members)

    def _grow(self, members: list[int], limit: int) -> None:
        """Add the most doubtful neighbours of the members until there are ``limit`` rows."""
        while members and len(members) < limit:
            numbers = np.concatenate([self._touching(member) for member in members])
            numbers = numbers[self.worth[numbers] > LEAST_USE]
            order = np.lexsort((self.pairs.tie[numbers], -self.worth[numbers]))
            ends = (
                int(end)
                for number in numbers[order]
                for end in (self.pairs.left[number], self.pairs.right[number])
            )
            found = next((e for e in ends if e not in self.used and self._fits(e, members)), None)
            if found is None:
                return
            members.append(found)
            self.used.add(found)

    def _touching(self, record: int) -> Positions:
        first, last = np.searchsorted(self._ends, [record, record + 1])
        return self._by_end[first:last] % len(self.pairs.left)


def _sheet(records: Records, made: list[list[int]], id_column: str) -> LabelSheet:
    positions = pa.array([position for members in made for position in members], pa.int64())
    values = records.values.take(positions)
    if id_column in values.column_names:
        raise InvalidInputError(f"the id column's name {id_column!r} is a compared column's too")
    names = [str(number) for number, members in enumerate(made, start=1) for _ in members]
    return LabelSheet(
        sets=tuple(names),
        labels=("",) * len(names),
        records=values.add_column(0, id_column, records.ids.take(positions)),
        places=tuple(Place("labelling sets", row) for row in range(1, len(names) + 1)),
    )
