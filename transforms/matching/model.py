"""What was learned of matches: all that is needed to score other pairs, and to tell of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.comparing.profile import Column
from gluepot.transforms.matching.comparing.similarity import WHOLE, Feature
from gluepot.transforms.matching.judging.chance import Chance
from gluepot.transforms.matching.judging.scoring import Evidence
from gluepot.transforms.matching.judging.trees import Kinds
from gluepot.transforms.matching.options import Link

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 2
"""Of the JSON; raised when an older reader could not make sense of it. 1 knew no kinds of pairs."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A share that was estimated, and between what it lies with 95 % probability."""

    value: float
    low: float
    high: float

    def plain(self) -> dict[str, float]:
        """Return it as JSON's types."""
        return {name: round(each, 6) for name, each in vars(self).items()}

    def times(self, other: Estimate) -> Estimate:
        """Return the share of a share; its interval is where both may be at their ends."""
        return Estimate(
            value=self.value * other.value,
            low=self.low * other.low,
            high=self.high * other.high,
        )


@dataclass(frozen=True, kw_only=True)
class MatchModel:
    """Everything needed to score pairs.

    Attributes:
        columns: What is compared, and what the columns hold.
        evidence: What similarities say; None where no match was found to learn from.
        chances: What best scores say, for each source.
        single: Whether records of the first source, and of the second, have one partner at most.
        link: The same in a word.
        threshold: Probability from which a pair is accepted.
        precision: Estimated share of the accepted pairs that are matches.
        recall: Estimated share of the matches that are accepted.
        spread: By column, how far its evidence moves from pair to pair, as a share of all.
        facts: What else the card tells: counts, and how decisions were taken.
    """

    columns: tuple[Column, ...]
    evidence: Evidence | None
    chances: tuple[Chance, ...]
    single: tuple[bool, bool]
    link: Link
    threshold: float
    precision: Estimate
    recall: Estimate
    spread: Mapping[str, float]
    facts: Mapping[str, Any]

    def card(self) -> dict[str, Any]:
        """Return what people want to know of the model, as plain data."""
        return {
            "threshold": self.threshold,
            "link": self.link.value,
            "estimated_precision": self.precision.plain(),
            "estimated_recall": self.recall.plain(),
            **self.facts,
            "without_match": [round(each.without, 4) for each in self.chances],
            "columns": {each.name: each.plain() for each in self.columns},
            "importances": dict(self.spread),
            "weights": self._weights(),
        }

    def to_json(self) -> str:
        """Return the model as text that ``from_json`` reads."""
        plain = {
            "format": FORMAT,
            "columns": [each.plain() for each in self.columns],
            "evidence": None if self.evidence is None else _plain_evidence(self.evidence),
            "chances": [vars(each) for each in self.chances],
            "single": self.single,
            "link": self.link.value,
            "threshold": self.threshold,
            "precision": vars(self.precision),
            "recall": vars(self.recall),
            "spread": dict(self.spread),
            "facts": dict(self.facts),
        }
        return json.dumps(plain)

    @classmethod
    def from_json(cls, text: str) -> MatchModel:
        """Return the model that ``to_json`` wrote.

        Raises:
            InvalidInputError: The text is no such model, or one of a later format.
        """
        try:
            plain = json.loads(text)
            if plain["format"] not in range(1, FORMAT + 1):
                raise InvalidInputError(
                    f"the model is of format {plain['format']}, and up to {FORMAT} are read:"
                    " train it anew"
                )
            return _of_plain(plain)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(f"this is no model of matches: {error!r}") from error

    def _weights(self) -> dict[str, float]:
        if self.evidence is None:
            return {}
        names = (
            f"{each.column or 'whole record'}: {each.measure}" for each in self.evidence.inputs
        )
        return dict(zip(names, np.round(self.evidence.weights, 4).tolist(), strict=True))


def spread(evidence: Evidence, numbers: np.ndarray) -> dict[str, float]:
    """Return by column how far its evidence moves from pair to pair; together 1, falling."""
    if not len(numbers):
        return {}
    moved = evidence.by_column(numbers)
    found = {name: float(each.std()) for name, each in moved.items() if name != WHOLE}
    total = sum(found.values()) or 1.0
    return dict(sorted(((n, v / total) for n, v in found.items()), key=lambda each: -each[1]))


def _plain_evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "inputs": [[each.column, each.measure] for each in evidence.inputs],
        "mean": evidence.mean.tolist(),
        "scale": evidence.scale.tolist(),
        "weights": evidence.weights.tolist(),
        "intercept": evidence.intercept,
        "kinds": None if evidence.kinds is None else evidence.kinds.plain(),
    }


def _of_plain(plain: dict[str, Any]) -> MatchModel:
    evidence = plain["evidence"]
    return MatchModel(
        columns=tuple(map(Column.of, plain["columns"])),
        evidence=None
        if evidence is None
        else Evidence(
            inputs=tuple(Feature(column=one, measure=two) for one, two in evidence["inputs"]),
            mean=np.array(evidence["mean"]),
            scale=np.array(evidence["scale"]),
            weights=np.array(evidence["weights"]),
            intercept=evidence["intercept"],
            kinds=None if evidence.get("kinds") is None else Kinds.of(evidence["kinds"]),
        ),
        chances=tuple(
            Chance(
                scores=tuple(each["scores"]),
                probability=tuple(each["probability"]),
                without=each["without"],
            )
            for each in plain["chances"]
        ),
        single=(plain["single"][0], plain["single"][1]),
        link=Link(plain["link"]),
        threshold=plain["threshold"],
        precision=Estimate(**plain["precision"]),
        recall=Estimate(**plain["recall"]),
        spread=plain["spread"],
        facts=plain["facts"],
    )
