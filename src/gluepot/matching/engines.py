"""What does the work of matching: this process, or Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import OperationNotSupportedError
from gluepot.transforms.matching.matcher import find_matches

if TYPE_CHECKING:
    from gluepot.transforms.matching.labels import Labels
    from gluepot.transforms.matching.matcher import Matches
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.options import MatchOptions
    from gluepot.transforms.matching.records import Records


def find(
    records: Records,
    options: MatchOptions,
    engine: str,
    *,
    labels: Labels | None = None,
    model: MatchModel | None = None,
) -> Matches:
    """Return the matches of records.

    Args:
        records: What is matched.
        options: How.
        engine: ``auto``, ``local`` or ``spark``.
        labels: What people said of some pairs.
        model: One that was learnt before.

    Raises:
        OperationNotSupportedError: Files are not matched on Spark.
    """
    if engine == "spark":
        raise OperationNotSupportedError(
            "`gluepot match` works in this process; on Spark, FindMatches is a step of a job"
        )
    return find_matches(records, options, labels=labels, model=model)
