"""The steps of a pipeline carried out: aliases to frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.jobs.errors import StepError
from gluepot.jobs.runs.failure import brief
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.registry import find_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.pipeline import Pipeline, StepSpec
    from gluepot.transforms.frame import DynamicFrame

    Made = DynamicFrame | DynamicFrameCollection


def run_steps(pipeline: Pipeline, sources: Mapping[str, DynamicFrame]) -> dict[str, Made]:
    """Return the frame or collection of every alias; little is computed before a sink asks.

    Raises:
        StepError: A step names fields that are not there, or cannot be carried out otherwise.
    """
    made: dict[str, Made] = dict(sources)
    for step in pipeline.ordered_steps:
        made[step.alias] = run_step(pipeline, step, made)
    return made


def run_step(pipeline: Pipeline, step: StepSpec, made: Mapping[str, Made]) -> Made:
    """Return what one step makes of what was made before.

    Raises:
        StepError: It names fields that are not there, or cannot be carried out otherwise.
    """
    kind = find_step(step.transform)
    try:
        inputs = [
            made[name] if kind.takes_collection else find_frame(pipeline, name, made)
            for name in step.sources
        ]
        result: Made = kind.run(inputs, step.parameters)
    except (GluepotError, PySparkException) as error:
        line = pipeline.line(step.alias)
        raise StepError(step.alias, pipeline.file, line, brief(error)) from error
    return result


def find_frame(pipeline: Pipeline, reference: str, made: Mapping[str, Made]) -> DynamicFrame:
    """Return the frame that ``ALIAS`` or ``ALIAS.PART`` names.

    Raises:
        UnknownFrameError: The collection has no such part.
        InvalidInputError: It is a collection, and no part is named.
    """
    alias, part = pipeline.refer(reference)
    found = made[alias]
    if not isinstance(found, DynamicFrameCollection):
        return found
    if part is None:
        raise InvalidInputError(f"{alias!r} is a collection: name one of {', '.join(found)}")
    return found[part]
