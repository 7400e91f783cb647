"""How many records of two sources match, by how many are guessed where none do.

First guesses come from pairs that are the best for both their records. Of records without a match
some pairs are that, too, and where nothing else is to be found they are guessed to match. How many
they are is seen on records that cannot match: a source without duplicates, split in the proportion
of both sources. The guesses beyond that are matches.

What is guessed of similarity alone is misled where the records of one source are written alike, or
where it holds very many: they are more alike among themselves than any chance between the sources
makes them. How a pair stands beside its records' other pairs does not depend on that.

Source: Storey, "A direct approach to false discovery rates", Journal of the Royal Statistical
Society B 64 (2002), with the guesses of the split source as those of the null hypothesis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NORMAL = 2.58
_LEAST_UNGUESSED = 0.05
"""Share of records without a match that are not guessed to have one: of fewer nothing is known."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many of the real pairs match; at least, and at most, with 99.5 % probability each."""

    matches: float
    least: float
    most: float


UNKNOWN = Count(matches=0, least=0, most=np.inf)


@dataclass(frozen=True, kw_only=True)
class Guessed:
    """How many of some records are guessed to have a match.

    Attributes:
        share: Of the records, 0 to 1.
        records: How many there are.
    """

    share: float
    records: int

    @classmethod
    def of(cls, probability: np.ndarray, ends: np.ndarray, asked: np.ndarray) -> Guessed:
        """Return what is guessed of some records.

        Args:
            probability: Of each pair.
            ends: The record of each pair that may be among them.
            asked: The records; all their pairs are there.
        """
        guessed = float(probability[np.isin(ends, asked)].sum())
        return cls(share=min(guessed / max(len(asked), 1), 1.0), records=len(asked))

    @property
    def variance(self) -> float:
        """Return the variance of the share."""
        return self.share * (1 - self.share) / max(self.records, 1)


NOBODY = Guessed(share=0.0, records=1)
"""What would be guessed by chance at best."""


def counted(found: Guessed, by_chance: Guessed, guessed: float) -> Count:
    """Return how many pairs match.

    Args:
        found: What is guessed of records of the smaller source.
        by_chance: What is guessed of records that have no match.
        guessed: All pairs that are guessed to match.
    """
    unguessed = 1 - by_chance.share
    if not min(found.records, by_chance.records, found.share) or unguessed < _LEAST_UNGUESSED:
        return UNKNOWN
    share = max(found.share - by_chance.share, 0.0) / unguessed
    error = _NORMAL * (found.variance + by_chance.variance) ** 0.5 / unguessed
    pairs = guessed / found.share
    return Count(
        matches=share * pairs,
        least=max(share - error, 0.0) * pairs,
        most=min(share + error, 1.0) * pairs,
    )
