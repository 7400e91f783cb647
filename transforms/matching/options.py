"""What can be asked of matching."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gluepot.catalog.errors import InvalidInputError

FEWEST_CANDIDATES, MOST_CANDIDATES = 5, 20
"""Candidates a record keeps when accuracy_cost is 0, and when it is 1."""

KEY_BUDGET = 1_000
"""Other records that a record's keys may lead to, all together, when accuracy_cost is 0.5."""


class Link(StrEnum):
    """How often a record of one source may match records of the other."""

    AUTO = "auto"
    ONE_TO_ONE = "one-to-one"
    MANY = "many"


@dataclass(frozen=True, kw_only=True)
class MatchOptions:
    """How records are matched.

    Attributes:
        link: For two sources: whether a record has one partner at most. AUTO finds it out.
        precision_recall: Glue's PrecisionRecallTradeoff, 0 to 1: the probability above which a
            pair is accepted. 0.5 asks for the best F1; more for fewer and surer pairs.
        accuracy_cost: Glue's AccuracyCostTradeoff, 0 to 1: more looks at more candidates.
        enforce_labels: Whether the result has to agree with the labels, whatever the model says.
        seed: Of what is drawn at random; the same seed and records give the same result.

    Raises:
        InvalidInputError: A trade-off is not between 0 and 1.
    """

    link: Link = Link.AUTO
    precision_recall: float = 0.5
    accuracy_cost: float = 0.5
    enforce_labels: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("precision_recall", "accuracy_cost"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InvalidInputError(f"{name} is {value}; it goes from 0 to 1")

    @property
    def candidates(self) -> int:
        """Return how many candidates a record keeps."""
        growth = MOST_CANDIDATES / FEWEST_CANDIDATES
        return round(FEWEST_CANDIDATES * float(growth**self.accuracy_cost))

    @property
    def key_budget(self) -> int:
        """Return how many other records a record's keys may lead to, all together."""
        return round(KEY_BUDGET * float(4 ** (2 * self.accuracy_cost - 1)))

    @property
    def threshold(self) -> float:
        """Return the probability from which a pair is accepted."""
        return min(max(self.precision_recall, 0.01), 0.99)
