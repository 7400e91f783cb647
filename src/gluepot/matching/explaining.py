"""Why two records of a result match, or do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.matcher import explain_pair

if TYPE_CHECKING:
    from gluepot.matching.known import Known
    from gluepot.transforms.matching.matcher import Explanation


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What the model says of a pair, and what the result made of it.

    Attributes:
        ids: Of both records.
        match_ids: What the result gave them.
        matched: Whether the result calls them the same.
        explanation: The model's evidence, field by field.
        threshold: The probability from which on the model accepts a pair.
        why: The result in a sentence.
    """

    ids: tuple[str, str]
    match_ids: tuple[int, int]
    matched: bool
    explanation: Explanation
    threshold: float
    why: str


def explain_known_pair(known: Known, left_id: str, right_id: str) -> Explained:
    """Return why two records of a result match or do not.

    Of two linked sources the left id is of the first.

    Raises:
        InvalidInputError: There is no such record, or it is one and the same.
    """
    left = known.position(left_id, 0)
    right = known.position(right_id, int(known.manifest.linked))
    if left == right:
        raise InvalidInputError(f"{left_id!r} is one record; a pair is two")
    explanation = explain_pair(known.records, left, right, known.model)
    match_ids = int(known.match_ids[left]), int(known.match_ids[right])
    links = _links(known, left_id, right_id) if known.manifest.linked else None
    matched = match_ids[0] == match_ids[1] if links is None else links.confidence is not None
    return Explained(
        ids=(left_id, right_id),
        match_ids=match_ids,
        matched=matched,
        explanation=explanation,
        threshold=known.model.threshold,
        why=_why_linked(links, explanation) if links else _why(known, explanation, match_ids),
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


def _why_linked(links: _Links, explanation: Explanation) -> str:
    if links.confidence is not None:
        return f"They match: they are linked, with a confidence of {links.confidence}."
    if not explanation.accepted:
        return f"They do not match: their probability of {explanation.probability:.3f} is too low."
    others = " and ".join(links.others) or "they were not compared, or others were as likely"
    return f"They do not match, although they would if no other record was there: {others}."


def _why(known: Known, explanation: Explanation, match_ids: tuple[int, int]) -> str:
    sizes = [int(np.sum(known.match_ids == each)) for each in match_ids]
    probability, together = f"{explanation.probability:.3f}", match_ids[0] == match_ids[1]
    if together and explanation.accepted:
        return f"They match: their probability of {probability} is enough."
    if together:
        return (
            f"They match: their own probability of {probability} is too low, but the"
            f" {sizes[0]} records of match id {match_ids[0]} hold together."
        )
    if not explanation.accepted:
        return f"They do not match: their probability of {probability} is too low."
    return (
        f"They do not match, although their own probability of {probability} is enough: they were"
        f" not compared, or the records of match ids {match_ids[0]} ({sizes[0]}) and"
        f" {match_ids[1]} ({sizes[1]}) do not hold together, or a label says so."
    )
