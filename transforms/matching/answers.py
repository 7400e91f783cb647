"""What people said of pairs, as matching takes it: without what contradicts itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.finding.candidates import each_once
from gluepot.transforms.matching.labelling.contradictions import (
    ContradictingLabelsError,
    contradictions,
    without,
)
from gluepot.transforms.matching.labelling.labels import place_labels

if TYPE_CHECKING:
    from gluepot.transforms.matching.copies import Distinct
    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.records import Records


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Pairs that people judged, as rows of distinct records.

    Attributes:
        must: Two rows each, the smaller first, sorted: pairs that match.
        cannot: The same of pairs that do not.
        contradictions: How often labels contradicted one another; these are left out.
    """

    must: np.ndarray
    cannot: np.ndarray
    contradictions: int = 0


NO_ANSWERS = Answers(must=np.zeros((0, 2), np.int64), cannot=np.zeros((0, 2), np.int64))


def answers_of(
    labels: Labels | None, records: Records, unique: Distinct, *, enforced: bool
) -> Answers:
    """Return what labels say of distinct records.

    Records that are alike in all that is compared are one, whatever their labels call them.

    Raises:
        ContradictingLabelsError: They are to be enforced, and contradict one another.
    """
    if labels is None:
        return NO_ANSWERS
    placed = place_labels(labels, records)
    row = np.append(unique.of, -1)[placed.at]
    alike = np.where(placed.at >= 0, row, len(unique.source) + labels.nodes())
    nodes = np.unique(alike, return_inverse=True)[1].astype(np.int64).ravel()
    found = contradictions(labels, nodes)
    if found and enforced:
        raise ContradictingLabelsError(found)
    if found:
        placed = place_labels(without(labels, found, nodes), records)
    must, cannot = (unique.of[each] for each in (placed.must, placed.cannot))
    must, cannot = (each[each[:, 0] != each[:, 1]] for each in (must, cannot))
    return Answers(must=each_once(must), cannot=each_once(cannot), contradictions=len(found))
