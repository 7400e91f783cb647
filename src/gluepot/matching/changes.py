"""What becomes of match ids when new records come to known ones."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from gluepot.transforms.matching.grouping.stable_ids import IdChange


class ChangeKind(StrEnum):
    """What happened to a record."""

    NEW = "new"
    """It matches no known record; its match id is new, maybe shared with other new ones."""
    JOINED = "joined"
    """It is new, and has the match id of known records."""
    MERGED = "merged"
    """It was known, and its match id went up into another."""
    SPLIT = "split"
    """It was known, and left the others of its match id."""


class Change(NamedTuple):
    """A record that is new, or whose match id is another now."""

    id: str
    change: ChangeKind
    old_match_id: int | None
    match_id: int


def changes_of(
    ids: pa.Array,
    match_ids: npt.NDArray[np.int64],
    old: npt.NDArray[np.int64],
    moved: tuple[IdChange, ...],
) -> tuple[Change, ...]:
    """Return the changes by the records' positions.

    Args:
        ids: Of all records, the known ones first.
        match_ids: Their match ids now.
        old: The match ids of the known ones before.
        moved: What happened to known clusters.
    """
    kinds = {member: ChangeKind(each.kind.value) for each in moved for member in each.members}
    joined = np.isin(match_ids[len(old) :], match_ids[: len(old)])
    for at, has_known in enumerate(joined.tolist(), start=len(old)):
        kinds[at] = ChangeKind.JOINED if has_known else ChangeKind.NEW
    return tuple(
        Change(
            id=ids[at].as_py(),
            change=kind,
            old_match_id=int(old[at]) if at < len(old) else None,
            match_id=int(match_ids[at]),
        )
        for at, kind in sorted(kinds.items())
    )
