"""Parquet: the schema stands in the footer, so nothing has to be inferred."""

from __future__ import annotations

from dataclasses import replace

from gluepot.crawlers.classifiers.base import CERTAIN, Classification, Sample
from gluepot.crawlers.classifiers.parquet_footers import ENCRYPTED_MAGIC, MAGIC, Footer, Footers


class Parquet:
    """Reads a footer, and refuses one whose length cannot be true."""

    name = "parquet"

    def __init__(self) -> None:
        self._footers = Footers()

    def classify(self, sample: Sample) -> Classification:
        """Return the schema of the footer."""
        if sample.data and sample.data[:4] not in {MAGIC, ENCRYPTED_MAGIC}:
            return self._no("no PAR1 at its start")
        found = self._footers.read(sample.tail, sample.size)
        if found is not None and found.missing and sample.read is not None:
            length = len(sample.tail) + found.missing
            found = self._footers.read(sample.read(sample.size - length, length), sample.size)
        if found is None and sample.data[:4] == MAGIC:
            return self._damaged("it starts as Parquet, but its footer is cut off")
        return self._no("no PAR1 at its end") if found is None else self._answer(found)

    def _answer(self, found: Footer) -> Classification:
        if found.schema is None:
            return self._damaged(found.problem or "its footer was not read")
        count = len(found.schema.columns)
        return Classification(
            classifier=self.name,
            certainty=CERTAIN,
            reason=f"PAR1 at its end, and a footer of {count} columns",
            schema=replace(found.schema, records=found.records),
        )

    def _no(self, reason: str) -> Classification:
        return Classification(classifier=self.name, certainty=0.0, reason=reason)

    def _damaged(self, problem: str) -> Classification:
        return Classification(
            classifier=self.name, certainty=CERTAIN, reason="PAR1 magic", problem=problem
        )
