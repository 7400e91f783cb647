# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""Spigot: a look at the records in the middle of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choice_json import with_variants
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame

DEFAULTS: dict[str, float] = {"topk": 100, "prob": 1}
"""Glue's: the first hundred records."""

_SHARES = 1_000_000
"""Steps between no records and all."""


class Spigot(GlueTransform):
    """Write some records as JSON to a path and hand on the frame as it is."""

    def __call__(
        self,
        frame: DynamicFrame,
        path: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame, after its sample is written.

        The sample is written at the call, as one file, beside what is in the folder already. Which
        records ``prob`` picks depends on their values alone, so a job that runs again, on however
        many machines, picks the same; of these, the first ``topk`` that Spark comes to are taken.

        Args:
            frame: Any frame.
            path: A folder, of any file system that Spark writes to (``s3://...``).
            options: ``topk``: the most records to write (100); ``prob``: the probability of each
                record to be picked (1: every one).
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            InvalidInputError: An option is unknown, or is no such number.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        wanted = _checked(options)
        sample = _picked(frame.planned(), wanted["prob"]).limit(int(wanted["topk"]))
        with_variants(sample).coalesce(1).write.mode("append").json(path)
        return frame.derive(frame.planned, stage)


def _checked(options: Mapping[str, Any]) -> dict[str, float]:
    for name in options:
        if name not in DEFAULTS:
            hint = did_you_mean(name, DEFAULTS)
            raise InvalidInputError(f"Spigot: there is no option {name!r}.{hint}")
    found = {**DEFAULTS, **options}
    try:
        topk, prob = int(found["topk"]), float(found["prob"])
    except (TypeError, ValueError):
        topk, prob = -1, -1.0
    if topk < 0 or not 0 <= prob <= 1:
        raise InvalidInputError(
            "Spigot: topk is a whole number of records and prob a number from 0 to 1, not"
            f" {found['topk']!r} and {found['prob']!r}"
        )
    return {"topk": topk, "prob": prob}


def _picked(source: DataFrame, prob: float) -> DataFrame:
    if prob == 1:
        return source
    record = F.to_json(F.struct(*map(quote, source.columns)))
    return source.where(F.pmod(F.xxhash64(record), F.lit(_SHARES)) < int(prob * _SHARES))
