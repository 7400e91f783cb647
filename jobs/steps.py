"""The steps of a pipeline carried out: aliases to frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.errors import StepError
from gluepot.jobs.failure import brief
from gluepot.transforms.registry import find_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.pipeline import Pipeline, StepSpec
    from gluepot.transforms.frame import DynamicFrame


def run_steps(pipeline: Pipeline, sources: Mapping[str, DynamicFrame]) -> dict[str, DynamicFrame]:
    """Return the frame of every alias; little is computed before a gate or sink asks.

    Raises:
        StepError: A step names fields that are not there, or cannot be carried out otherwise.
    """
    frames = dict(sources)
    for step in pipeline.ordered_steps:
        frames[step.alias] = _run_step(pipeline, step, frames)
    return frames


def _run_step(
    pipeline: Pipeline, step: StepSpec, frames: Mapping[str, DynamicFrame]
) -> DynamicFrame:
    inputs = [frames[alias] for alias in step.sources]
    try:
        return find_step(step.transform).run(inputs, step.parameters)
    except (GluepotError, PySparkException) as error:
        line = pipeline.line(step.alias)
        raise StepError(step.alias, pipeline.file, line, brief(error)) from error
