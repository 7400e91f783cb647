"""Why two records of a result match, do not, or were never compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.copies import distinct
from gluepot.transforms.matching.finding.candidacy import Candidacy, candidacy
from gluepot.transforms.matching.matcher import explain_pair
from gluepot.transforms.matching.records import Records

if TYPE_CHECKING:
    from gluepot.matching.known import Known
    from gluepot.transforms.matching.copies import Distinct
    from gluepot.transforms.matching.matcher import Explanation


class Compared(StrEnum):
    """What the result knows of a pair."""

    COPIES = "copies"
    """They are alike in everything that is compared: matching took them as one record."""
    COMPARED = "compared"
    """They were candidates of each other, and were scored."""
    NEVER = "never compared"
    """They were no candidates: their evidence is what it would have been."""


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What the model says of a pair, and what the result made of it.

    Attributes:
        ids: Of both records.
        match_ids: What the result gave them.
        matched: Whether the result calls them the same.
        compared: Whether they were compared.
        explanation: The model's evidence, field by field.
        probability: What the result made of it, other pairs considered; None if never compared.
        threshold: The probability from which on the model accepts a pair.
        candidacy: Of a pair that was never compared: which ways looked, and what they lacked.
        why: The result in a sentence.
    """

    ids: tuple[str, str]
    match_ids: tuple[int, int]
    matched: bool
    compared: Compared
    explanation: Explanation
    probability: float | None
    threshold: float
    candidacy: Candidacy | None
    why: str


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """A pair as matching took it: rows of distinct records, and all pairs of these two."""

    known: Known
    unique: Distinct
    rows: tuple[int, int]
    beside: np.ndarray
    probability: float | None

    @property
    def records(self) -> Records:
        """Return the records, each content once."""
        ids = self.known.records.ids.take(pa.array(self.unique.first))
        return Records(values=self.unique.values, ids=ids, source=self.unique.source)

    @property
    def compared(self) -> Compared:
        """Return what the result knows of it."""
        if self.rows[0] == self.rows[1]:
            return Compared.COPIES
        return Compared.NEVER if self.probability is None else Compared.COMPARED


def explain_known_pair(known: Known, left_id: str, right_id: str) -> Explained:
    """Return why two records of a result match, do not match, or were never compared.

    Of two linked sources the left id is of the first.

    Raises:
        InvalidInputError: There is no such record, or it is one and the same.
    """
    left = known.position(left_id, 0)
    right = known.position(right_id, int(known.manifest.linked))
    if left == right:
        raise InvalidInputError(f"{left_id!r} is one record; a pair is two")
    pair = _pair(known, left, right)
    match_ids = int(known.match_ids[left]), int(known.match_ids[right])
    links = _links(known, left_id, right_id) if known.manifest.linked else None
    matched = match_ids[0] == match_ids[1] if links is None else links.confidence is not None
    explanation = explain_pair(pair.records, *pair.rows, known.model, beside=pair.beside)
    lacked = None
    if pair.compared is Compared.NEVER:
        lacked = candidacy(pair.records, *pair.rows, known.model.columns, known.options)
    return Explained(
        ids=(left_id, right_id),
        match_ids=match_ids,
        matched=matched,
        compared=pair.compared,
        explanation=explanation,
        probability=pair.probability,
        threshold=known.model.threshold,
        candidacy=lacked,
        why=_why(pair, explanation, match_ids, matched=matched, links=links, lacked=lacked),
    )


def _pair(known: Known, left: int, right: int) -> _Pair:
    unique = distinct(known.records, known.model.columns)
    one, other = sorted((int(unique.of[left]), int(unique.of[right])))
    scored = known.scored()
    pairs = np.stack([unique.of[scored.left], unique.of[scored.right]], axis=1)
    near = np.isin(pairs, (one, other)).any(axis=1) & (pairs[:, 0] != pairs[:, 1])
    pairs, probability = np.sort(pairs[near], axis=1), scored.probability[near]
    (own,) = np.nonzero((pairs == (one, other)).all(axis=1))
    return _Pair(
        known=known,
        unique=unique,
        rows=(one, other),
        beside=pairs,
        probability=float(probability[own[0]]) if len(own) else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Links:
    """Links of two records in a result: the confidence of their own, and those to others."""

    confidence: str | None
    others: tuple[str, ...]


def _links(known: Known, left_id: str, right_id: str) -> _Links:
    pairs = known.accepted_pairs()
    text = pairs.schema.field("id_left").type
    of_left = pc.equal(pairs.column("id_left"), pa.scalar(left_id, text))
    of_right = pc.equal(pairs.column("id_right"), pa.scalar(right_id, text))
    own = pairs.filter(pc.and_(of_left, of_right)).column("confidence").to_pylist()
    others = pairs.filter(pc.xor(of_left, of_right)).to_pylist()
    return _Links(
        confidence=own[0] if own else None,
        others=tuple(
            f"{each['id_left']} is linked to {each['id_right']} ({each['confidence']})"
            for each in others
        ),
    )


def _why(  # noqa: PLR0913 - a sentence about all of this
    pair: _Pair,
    explanation: Explanation,
    match_ids: tuple[int, int],
    *,
    matched: bool,
    links: _Links | None,
    lacked: Candidacy | None,
) -> str:
    if matched:
        return _why_matched(pair, match_ids, links)
    threshold = f"{pair.known.model.threshold:g}"
    if pair.compared is Compared.COPIES:
        return (
            "They do not match, although they are alike in everything that is compared: records"
            " have one partner at most here, or a label says so."
        )
    if pair.probability is None:
        told = f"Compared, they would have come to {explanation.probability:.3f}"
        return f"They do not match: they were never compared, as {lacked}. {told}."
    probability = f"{pair.probability:.3f}"
    if pair.probability >= pair.known.model.threshold:
        return _why_parted(pair, match_ids, links)
    if explanation.probability >= pair.known.model.threshold:
        return (
            f"They do not match: their probability would be {explanation.probability:.3f} if no"
            f" other record was there, but{_rivals(links)} it is {probability}, and"
            f" {threshold} is asked for."
        )
    return (
        f"They do not match: their probability of {probability} is too low; {threshold} is asked"
        " for."
    )


def _why_matched(pair: _Pair, match_ids: tuple[int, int], links: _Links | None) -> str:
    if links is not None:
        return f"They match: they are linked, with a confidence of {links.confidence}."
    if pair.compared is Compared.COPIES:
        return "They match: they are alike in everything that is compared."
    size = int(np.sum(pair.known.match_ids == match_ids[0]))
    together = f"the {size} records of match id {match_ids[0]} hold together"
    if pair.probability is None:
        return f"They match: they were never compared with each other, but {together}."
    probability = f"{pair.probability:.3f}"
    if pair.probability >= pair.known.model.threshold:
        return f"They match: their probability of {probability} is enough."
    return f"They match: their own probability of {probability} is too low, but {together}."


def _why_parted(pair: _Pair, match_ids: tuple[int, int], links: _Links | None) -> str:
    start = f"They do not match, although their probability of {pair.probability:.3f} is enough:"
    if links is not None:
        others = " and ".join(links.others) or "a label says so"
        return f"{start} records have one partner at most here, and {others}."
    sizes = [int(np.sum(pair.known.match_ids == each)) for each in match_ids]
    return (
        f"{start} the records of match ids {match_ids[0]} ({sizes[0]}) and {match_ids[1]}"
        f" ({sizes[1]}) do not hold together on average, or a label says so."
    )


def _rivals(links: _Links | None) -> str:
    others = links.others if links is not None else ()
    return f" {' and '.join(others)}:" if others else " beside the others"
