"""New records matched with known ones: only the new ones look for candidates.

What is known stays together, and what new records do not touch stays as it is. The known records
that new ones are candidates of, and those of their clusters, are compared with each other again
where nobody remembers how they compared: so work grows with the new records. All records are still
read through once, for how often words occur.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.answers import answers_of
from gluepot.transforms.matching.applying import scores
from gluepot.transforms.matching.comparing.text import mixed
from gluepot.transforms.matching.copies import distinct
from gluepot.transforms.matching.finding.candidates import each_once
from gluepot.transforms.matching.grouping.clusters import clusters
from gluepot.transforms.matching.grouping.components import components
from gluepot.transforms.matching.grouping.confidence import cluster_confidence
from gluepot.transforms.matching.grouping.enforcing import enforce_clusters
from gluepot.transforms.matching.local import Few, workspace
from gluepot.transforms.matching.matcher import Matches, ScoredPairs

if TYPE_CHECKING:
    import numpy.typing as npt

    from gluepot.transforms.matching.copies import Distinct
    from gluepot.transforms.matching.labelling.labels import Labels
    from gluepot.transforms.matching.local import Engine, Workspace
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.options import MatchOptions
    from gluepot.transforms.matching.records import Records

    Positions = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Before:
    """What is known of some records.

    Attributes:
        known: Which of the records are.
        match_ids: Of each known record; of new ones anything.
        compared: Pairs of known records that were compared, by position, with what they came to.
            None where nobody remembers: those that are touched are compared anew.
        all_told: How sure every cluster is has to be told; without what was compared before, all
            known records then look for candidates again.
    """

    known: Flags
    match_ids: Positions
    compared: ScoredPairs | None = None
    all_told: bool = False


def match_new(  # noqa: PLR0913 - as of find_matches
    records: Records,
    before: Before,
    options: MatchOptions,
    model: MatchModel,
    *,
    labels: Labels | None = None,
    engine: Engine | None = None,
) -> Matches:
    """Return the matches of known and new records of one table.

    Each new record looks for candidates among all records. It joins a known cluster, or several
    that become one by it, or founds one, by the average evidence between clusters that a whole
    match goes by too; known clusters are never taken apart, and never joined without a new record.

    Args:
        records: Known and new ones.
        before: Which are known, and what of them.
        options: As of the match before.
        model: What that learned.
        labels: Answers that the result has to agree with, if ``options.enforce_labels``; known
            clusters stay together all the same.
        engine: What looks for candidates; without it this process.

    Raises:
        ContradictingLabelsError: Labels that are to be enforced contradict one another.
    """
    model = replace(model, threshold=options.threshold)
    unique = distinct(records, model.columns)
    space = workspace(
        unique.values, unique.source, model.columns, options, engine=Few(looks=engine)
    )
    known = np.zeros(space.count, bool)
    known[unique.of[before.known]] = True
    start = _known_clusters(unique, before)
    earlier = _by_rows(unique, before)
    pairs = _pairs(space, known, start, earlier, before, options)
    probability = scores(space, pairs, model)
    together = _merged(pairs, probability, earlier, space.count)
    labelled = clusters(
        space.count,
        pairs[:, 0],
        pairs[:, 1],
        probability,
        threshold=model.threshold,
        tie=mixed(unique.content[pairs[:, 0]] ^ unique.content[pairs[:, 1]]),
        start=start,
    )
    has_new = np.zeros(space.count, bool)
    has_new[labelled[~known]] = True
    labelled = np.where(has_new[labelled], labelled, start)
    if labels is not None and options.enforce_labels:
        answers = answers_of(labels, records, unique, enforced=True)
        labelled = enforce_clusters(
            labelled,
            answers.must,
            answers.cannot,
            left=together.left,
            right=together.right,
            probability=together.probability,
            tie=mixed(unique.content[together.left] ^ unique.content[together.right]),
        )
    return _matches(unique, together, labelled, model)


def _known_clusters(unique: Distinct, before: Before) -> Positions:
    """Return the known clusters as the smallest row of each; new records are alone."""
    rows = unique.of[before.known]
    _, first, at = np.unique(before.match_ids[before.known], return_index=True, return_inverse=True)
    return components(len(unique.source), rows, rows[first][at.ravel()])


def _by_rows(unique: Distinct, before: Before) -> ScoredPairs | None:
    """Return what was compared before by rows of distinct records."""
    if before.compared is None:
        return None
    left, right = unique.of[before.compared.left], unique.of[before.compared.right]
    apart = left != right
    return ScoredPairs(
        left=np.minimum(left, right)[apart],
        right=np.maximum(left, right)[apart],
        probability=before.compared.probability[apart],
    )


def _pairs(  # noqa: PLR0913, PLR0917 - a run is all of this
    space: Workspace,
    known: Flags,
    start: Positions,
    earlier: ScoredPairs | None,
    before: Before,
    options: MatchOptions,
) -> Positions:
    """Return the pairs of new records, and those of the known records that they touch."""
    each = np.arange(space.count)
    found = each_once(space.engine.candidates(space, each[~known], each, options.candidates))
    touched = np.zeros(space.count, bool)
    touched[start[found[known[found]]]] = True
    if earlier is None and before.all_told:
        touched[:] = True
    near = known & touched[start]
    if earlier is None:
        again = space.engine.candidates(space, each[near], each[known], options.candidates)
    else:
        some = near[earlier.left] | near[earlier.right]
        again = np.stack([earlier.left[some], earlier.right[some]], axis=1)
    return each_once(np.concatenate([found, again]))


def _merged(
    pairs: Positions, probability: np.ndarray, earlier: ScoredPairs | None, count: int
) -> ScoredPairs:
    """Return all pairs that were ever compared, with what they came to last."""
    if earlier is None:
        return ScoredPairs(left=pairs[:, 0], right=pairs[:, 1], probability=probability)
    left = np.concatenate([earlier.left, pairs[:, 0]])
    right = np.concatenate([earlier.right, pairs[:, 1]])
    both = np.concatenate([earlier.probability, probability])
    _, last = np.unique((left * count + right)[::-1], return_index=True)
    at = len(left) - 1 - last
    return ScoredPairs(left=left[at], right=right[at], probability=both[at])


def _matches(
    unique: Distinct, pairs: ScoredPairs, labelled: Positions, model: MatchModel
) -> Matches:
    sure = cluster_confidence(labelled, pairs.left, pairs.right, pairs.probability)
    accepted = labelled[pairs.left] == labelled[pairs.right]
    return Matches(
        left=unique.first[pairs.left[accepted]],
        right=unique.first[pairs.right[accepted]],
        confidence=pairs.probability[accepted],
        match_ids=unique.first[labelled][unique.of],
        confidences=sure[unique.of],
        candidates=ScoredPairs(
            left=unique.first[pairs.left],
            right=unique.first[pairs.right],
            probability=pairs.probability,
        ),
        model=model,
    )
