"""The built-in classifiers in their order, and the rule that picks the winner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.avro import Avro
from gluepot.crawlers.classifiers.base import CERTAIN, Classification, Classifier, Sample, Verdict
from gluepot.crawlers.classifiers.bson import Bson
from gluepot.crawlers.classifiers.csv import Csv
from gluepot.crawlers.classifiers.excel import Excel
from gluepot.crawlers.classifiers.ion import Ion
from gluepot.crawlers.classifiers.json import Json
from gluepot.crawlers.classifiers.logs import LOGS
from gluepot.crawlers.classifiers.orc import Orc
from gluepot.crawlers.classifiers.parquet import Parquet
from gluepot.crawlers.classifiers.xml import Xml

if TYPE_CHECKING:
    from collections.abc import Sequence

BUILT_IN: tuple[Classifier, ...] = (
    Avro(),
    Orc(),
    Parquet(),
    Excel(),
    Json(),
    Bson(),
    Xml(),
    Ion(),
    *LOGS,
    Csv(),
)
"""Glue's order; where two may take a file, the earlier one does."""

SIGNED = frozenset({"avro", "orc", "parquet", "excel", "bson", "ion"})
"""Formats that are told by their first bytes."""


def classify(sample: Sample, classifiers: Sequence[Classifier] = BUILT_IN) -> Verdict:
    """Ask the classifiers in order: the first that is certain wins, else the most certain.

    Source: AWS Glue developer guide, "Defining and managing classifiers".
    """
    if sample.problem is not None:
        return Verdict(uri=sample.uri, schema=None, problem=sample.problem)
    answers = []
    for classifier in classifiers:
        answer = classifier.classify(sample)
        answers.append(answer)
        if answer.certainty >= CERTAIN:
            break
    best = max(answers, key=lambda answer: answer.certainty)
    problem = best.problem
    if best.certainty == 0.0:
        problem = f"no classifier takes it ({_what_they_said(answers)})"
    return Verdict(
        uri=sample.uri,
        schema=best.schema,
        problem=problem,
        answers=tuple(answers),
        needs_more=best.needs_more
        or (best.certainty == 0.0 and any(answer.needs_more for answer in answers)),
    )


def _what_they_said(answers: Sequence[Classification]) -> str:
    """Return why nobody takes a file; formats that say the same of it are named together."""
    logs = {log.name for log in LOGS}
    said = [
        f"{item.classifier}: {item.reason}"
        for item in answers
        if item.classifier not in logs and item.classifier not in SIGNED
    ]
    signed = ", ".join(item.classifier for item in answers if item.classifier in SIGNED)
    first = [f"its first bytes are not those of {signed}"] if signed else []
    return "; ".join([*first, *said, f"its lines are none of {len(logs)} kinds of logs"])
