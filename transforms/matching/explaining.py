"""Why two records match, or do not: the evidence of each field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.comparing.similarity import WHOLE
from gluepot.transforms.matching.finding.candidates import each_once
from gluepot.transforms.matching.judging.unsupervised import judged
from gluepot.transforms.matching.local import Few, compared, workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.records import Records


@dataclass(frozen=True, kw_only=True)
class FieldEvidence:
    """What one field says.

    Attributes:
        column: Its name; empty for the whole record, and how it stands beside others.
        kind: What the column holds.
        left: Value of one record; None where it lacks.
        right: Value of the other.
        similarities: By measure, 0 to 1; a measure that could not be taken is left out.
        evidence: In logarithms of odds, beside a candidate pair of average similarity.
    """

    column: str
    kind: str
    left: str | None
    right: str | None
    similarities: Mapping[str, float]
    evidence: float


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What the fields say together.

    Attributes:
        fields: Each field, the strongest evidence first.
        total: Evidence in all, with what an average candidate pair has.
        probability: What it comes to, whichever of the two records has a better match.
        accepted: Whether that is enough.
    """

    fields: tuple[FieldEvidence, ...]
    total: float
    probability: float
    accepted: bool


def explain_pair(
    records: Records,
    left: int,
    right: int,
    model: MatchModel,
    *,
    beside: np.ndarray | None = None,
) -> Explanation:
    """Return why two records match, or why not.

    Args:
        records: All of them: how rare a word is depends on the others.
        left: Position of one.
        right: Position of the other.
        model: What was learned.
        beside: Two columns of positions: pairs that the pair competes with.
    """
    if model.evidence is None:
        return Explanation(fields=(), total=float("-inf"), probability=0.0, accepted=False)
    pair = np.array([sorted((left, right))])
    pairs = pair if beside is None else each_once(np.concatenate([pair, beside]))
    own = np.flatnonzero((pairs == pair).all(axis=1))
    space = workspace(records.values, records.source, model.columns, engine=Few())
    found = compared(space, pairs, own)
    moved = {name: float(each[0]) for name, each in model.evidence.by_column(found.numbers).items()}
    kinds = {each.name: each.kind.value for each in model.columns} | {WHOLE: "record"}
    fields = []
    for name, kind in kinds.items():
        inputs = enumerate(model.evidence.inputs[: found.numbers.shape[1]])
        numbers = {
            model.evidence.inputs[index].measure: round(float(found.numbers[0, index]), 4)
            for index in [index for index, each in inputs if each.column == name]
            if index >= found.similarities.shape[1] or not np.isnan(found.similarities[0, index])
        }
        fields.append(
            FieldEvidence(
                column=name,
                kind=kind,
                left=_value(records, name, left),
                right=_value(records, name, right),
                similarities=numbers,
                evidence=moved[name],
            )
        )
    total = sum(moved.values()) + model.evidence.intercept
    chance = judged(np.array([total]), pair, model.chances, len(records), model.single)
    probability = float(chance[0])
    return Explanation(
        fields=tuple(sorted(fields, key=lambda each: -abs(each.evidence))),
        total=total,
        probability=probability,
        accepted=probability >= model.threshold,
    )


def _value(records: Records, name: str, at: int) -> str | None:
    if name not in records.values.column_names:
        return None
    value: str | None = records.values.column(name)[at].as_py()
    return value
