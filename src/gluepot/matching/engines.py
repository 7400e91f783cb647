"""What does the work of matching: this process, or Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gluepot
from gluepot.transforms.matching.matcher import find_matches

if TYPE_CHECKING:
    from gluepot.transforms.matching.labelling.labels import Labels
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
        engine: ``spark``, for a session by the settings, or ``auto`` or ``local``, this process.
        labels: What people said of some pairs.
        model: One that was learnt before.
    """
    cluster = None
    if engine == "spark":
        from gluepot.transforms.matching.cluster_engine import OnSpark  # noqa: PLC0415 - Spark

        cluster = OnSpark(spark=gluepot.spark())
    return find_matches(records, options, labels=labels, model=model, engine=cluster)
