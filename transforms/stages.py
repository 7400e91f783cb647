"""Records that failed in user functions: what each stage of a frame's making left behind."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property, reduce
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

_PACKAGE = str(Path(__file__).parent)


class ErrorThresholdError(GluepotError):
    """Too many records failed: ``ErrorThresholdError(stage, site, count, threshold, first)``."""

    def __str__(self) -> str:
        """Say how many failed, where in the script, and what the first one said."""
        stage, site, count, threshold, first = self.args
        return (
            f"{stage} at {site}: {count} records failed, and {threshold} end the job."
            f" The first one: {first}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """One transform in the making of a frame, with the stages before it.

    ``errors`` makes a DataFrame of one column ``error`` (Glue's error record); None where no user
    function runs. A threshold of 0 never ends the job. Counts are taken once.
    """

    name: str
    site: str = ""
    info: str = ""
    transformation_ctx: str = ""
    stage_threshold: int = 0
    total_threshold: int = 0
    errors: Callable[[], DataFrame] | None = None
    before: tuple[Stage, ...] = ()

    @cached_property
    def count(self) -> int:
        """Return how many records failed in this stage; runs the user function once more."""
        return 0 if self.errors is None else self.errors().count()

    @property
    def lineage(self) -> tuple[Stage, ...]:
        """Return this stage and all before it, each once, the earliest first."""
        seen: dict[int, Stage] = {}
        for earlier in self.before:
            seen |= {id(stage): stage for stage in earlier.lineage}
        return (*seen.values(), self)

    @property
    def total(self) -> int:
        """Return how many records failed so far."""
        return sum(stage.count for stage in self.lineage)

    @cached_property
    def asserted(self) -> bool:
        """Check the thresholds of the lineage once; only stages that have some cost a pass.

        Raises:
            ErrorThresholdError: A threshold is reached.
        """
        for stage in self.lineage:
            if stage.stage_threshold and stage.count >= stage.stage_threshold:
                raise stage.beyond(stage.count, stage.stage_threshold)
            if stage.total_threshold and stage.total >= stage.total_threshold:
                raise stage.beyond(stage.total, stage.total_threshold)
        return True

    def beyond(self, count: int, threshold: int) -> ErrorThresholdError:
        """Return the error that shows the first failed record."""
        failed = next(stage for stage in self.lineage if stage.count)
        row = failed.error_frame().select("error.msg", "error.input").first()
        first = f"{row[0]}; its input: {row[1]}" if row else "none"
        name = f"{self.name} ({self.transformation_ctx})" if self.transformation_ctx else self.name
        return ErrorThresholdError(name, failed.site, count, threshold, first)

    def error_frame(self) -> DataFrame:
        """Return the failed records of this stage.

        Raises:
            LookupError: No user function runs in this stage.
        """
        if self.errors is None:
            raise LookupError(f"{self.name} runs no user function")
        return self.errors()

    def all_errors(self) -> DataFrame | None:
        """Return the failed records of the lineage, or None where no user function ran.

        A field of ``dynamicRecord`` whose type differs from stage to stage is text.
        """
        frames = [stage.errors() for stage in self.lineage if stage.errors is not None]
        if not frames:
            return None
        mixed = _mixed([_record_type(frame) for frame in frames])
        frames = [_with_text(frame, mixed) for frame in frames]
        return reduce(lambda one, two: one.unionByName(two, allowMissingColumns=True), frames)


def _record_type(errors: DataFrame) -> StructType:
    return errors.select("error.dynamicRecord.*").schema


def _mixed(records: list[StructType]) -> set[str]:
    kinds: dict[str, set[str]] = {}
    for record in records:
        for field in record.fields:
            kinds.setdefault(field.name, set()).add(field.dataType.simpleString())
    return {name for name, found in kinds.items() if len(found) > 1}


def _with_text(errors: DataFrame, mixed: set[str]) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    from gluepot.transforms.paths import quote  # noqa: PLC0415

    record = F.col("error.dynamicRecord")
    for name in sorted(mixed & set(_record_type(errors).names)):
        text = record.getField(name)
        record = record.withField(quote(name), text.cast("string"))
    return errors.select(F.col("error").withField("dynamicRecord", record).alias("error"))


def script_site() -> str:
    """Return ``file:line`` of the nearest caller that is not of this package."""
    frame = sys._getframe(1)  # noqa: SLF001
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
