"""A look at a pipeline while it is written: each step's schema and first rows, on a sample.

Nothing is written, no bookmark moves and no run is recorded. The sample of a source is read once
and kept as a small frame, so that the steps cost next to nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from gluepot.catalog.errors import GluepotError, InvalidInputError, did_you_mean
from gluepot.jobs.errors import SourceError, StepError
from gluepot.jobs.pipelines.sources import (
    PipelineContext,
    describe_source,
    list_source,
    open_database,
    open_source,
)
from gluepot.jobs.pipelines.steps import run_step
from gluepot.jobs.reading.sources import errors_of
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.jobs.runs.failure import brief
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.python_rows import records_of
from gluepot.transforms.tree import tree_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyspark.sql import SparkSession

    from gluepot.jobs.bookmarks.store import InputFile
    from gluepot.jobs.definitions.pipeline import Pipeline, SourceSpec, StepSpec
    from gluepot.jobs.run_context.workshop import Workshop

ROW_BYTES = 1000
"""What a row takes at most, nearly always; so many bytes of files make a sample likely."""

MOST_FILES = 50
"""Small files are slow to open: a sample is never of more."""

_WRITING = ("Spigot",)
"""Steps that write; their rows are shown as they came."""

_WRITES_NOTHING = "a preview writes nothing: these are the rows as they came"
_NOTES = {"Join": "a join of samples may find fewer rows, or none, where that of the whole does"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a source or a step gives, on the sample.

    Attributes:
        name: Its alias; of a collection ``ALIAS.PART``.
        kind: ``source``, or the transform.
        columns: Name and Glue type of each.
        tree: The schema as ``printSchema`` prints it.
        rows: The first ones, as plain data.
        note: What to know when reading them; empty mostly.
        seconds: How long it took.
    """

    name: str
    kind: str
    columns: tuple[tuple[str, str], ...]
    tree: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    note: str
    seconds: float


def preview(  # noqa: PLR0913 - what is shown
    spark: SparkSession,
    pipeline: Pipeline,
    workshop: Workshop,
    *,
    step: str | None = None,
    rows: int = 10,
    sample: int = 1000,
) -> Iterator[Shown]:
    """Yield what each source and step gives, in the order in which they are carried out.

    Args:
        spark: Any session.
        pipeline: A checked one.
        workshop: Its stores; the run that it names need not exist.
        step: The number of a step in the file, from 1, or its name: only what it needs is read,
            and only it is shown. None shows everything.
        rows: How many are shown of each.
        sample: How many are read of each source, at most.

    Raises:
        InvalidInputError: There is no such step.
        SourceError: A source cannot be read.
        StepError: A step cannot be carried out; it names the step and its line.
    """
    wanted = None if step is None else _find(pipeline, step)
    return _previewed(spark, pipeline, workshop, wanted, rows, sample)


def _previewed(  # noqa: PLR0913, PLR0917 - what is shown
    spark: SparkSession,
    pipeline: Pipeline,
    workshop: Workshop,
    wanted: str | None,
    rows: int,
    sample: int,
) -> Iterator[Shown]:
    needed = _needed(pipeline, wanted)
    run = ScriptRun(workshop=workshop, bookmark=False)
    context = PipelineContext(spark_session=spark)
    made: dict[str, DynamicFrame | DynamicFrameCollection] = {}
    with running(run):
        for alias, spec in pipeline.sources.items():
            if alias not in needed:
                continue
            began = time.monotonic()
            made[alias], note = _sample(context, alias, spec, run, sample)
            if wanted is None:
                yield from _show(alias, "source", made[alias], rows, note, began)
        for each in pipeline.ordered_steps:
            if each.alias not in needed:
                continue
            began = time.monotonic()
            shown: tuple[Shown, ...] = ()
            try:
                made[each.alias], note = _carry_out(pipeline, each, made)
                if wanted in {None, each.alias}:
                    found = made[each.alias]
                    shown = tuple(_show(each.alias, each.transform, found, rows, note, began))
            except (PySparkException, GluepotError) as error:
                raise _of_step(pipeline, each, error) from error
            yield from shown


def _of_step(pipeline: Pipeline, step: StepSpec, error: Exception) -> StepError:
    if isinstance(error, StepError):
        return error
    return StepError(step.alias, pipeline.file, pipeline.line(step.alias), brief(error))


def _find(pipeline: Pipeline, step: str) -> str:
    aliases = [each.alias for each in pipeline.steps]
    if step in aliases:
        return step
    if step.isdecimal() and 1 <= int(step) <= len(aliases):
        return aliases[int(step) - 1]
    hint = did_you_mean(step, aliases)
    raise InvalidInputError(
        f"there is no step {step!r}.{hint} There are: "
        + ", ".join(f"{number} {alias}" for number, alias in enumerate(aliases, start=1))
    )


def _needed(pipeline: Pipeline, wanted: str | None) -> set[str]:
    steps = {each.alias: each for each in pipeline.steps}
    if wanted is None:
        return {*pipeline.sources, *steps}
    found: set[str] = set()
    waiting = [wanted]
    while waiting:
        alias = waiting.pop()
        if alias not in found:
            found.add(alias)
            sources = steps[alias].sources if alias in steps else ()
            waiting += [pipeline.refer(name)[0] for name in sources]
    return found


def _sample(
    context: PipelineContext, alias: str, spec: SourceSpec, run: ScriptRun, sample: int
) -> tuple[DynamicFrame, str]:
    note = ""
    try:
        source = describe_source(alias, spec, run.workshop)
        if source is None:
            with errors_of(alias):
                frame = open_database(context, alias, spec, run, bookmarked=False)
        else:
            if not source.by_log:
                files, more = _few(list_source(spec, source, run.workshop), sample * ROW_BYTES)
                source = replace(source, files=files)
                note = f"{len(files)} of more files" if more else ""
            frame = open_source(context, spec, source, run)
        kept, whole = _keep(context, frame, sample)
    except (SourceError, StepError):
        raise
    except (PySparkException, GluepotError) as error:
        raise SourceError(alias, brief(error)) from error
    if not whole:
        note = ", ".join(filter(None, [f"the first {sample:,} rows", note]))
    return kept, note


def _few(listed: Iterable[InputFile], wanted: int) -> tuple[tuple[InputFile, ...], bool]:
    """Return the first files that have ``wanted`` bytes together, and whether there are more."""
    files: list[InputFile] = []
    size = 0
    for file in listed:
        if files and (size >= wanted or len(files) == MOST_FILES):
            return tuple(files), True
        files.append(file)
        size += file.size
    return tuple(files), False


def _keep(context: PipelineContext, frame: DynamicFrame, sample: int) -> tuple[DynamicFrame, bool]:
    """Return the first rows as a frame of their own, and whether they are all."""
    source = frame.planned()
    # Rows are fetched partition by partition until there are enough; the rest is not read.
    rows = source.limit(sample + 1).collect()
    kept = context.spark_session.createDataFrame(rows[:sample], source.schema, verifySchema=False)
    return DynamicFrame(kept, context, frame.name), len(rows) <= sample


def _carry_out(
    pipeline: Pipeline,
    step: StepSpec,
    made: dict[str, DynamicFrame | DynamicFrameCollection],
) -> tuple[DynamicFrame | DynamicFrameCollection, str]:
    if step.transform in _WRITING:
        return made[
            pipeline.refer(step.sources[0])[0]
        ], "a preview writes nothing: rows as they came"
    joins = step.transform == "Join"
    note = "a join of samples may find fewer rows, or none, where the whole finds some"
    return run_step(pipeline, step, made), note if joins else ""


def _show(  # noqa: PLR0913, PLR0917 - what is shown
    alias: str,
    kind: str,
    found: DynamicFrame | DynamicFrameCollection,
    rows: int,
    note: str,
    began: float,
) -> Iterator[Shown]:
    parts = (
        {f"{alias}.{name}": found[name] for name in found}
        if isinstance(found, DynamicFrameCollection)
        else {alias: found}
    )
    for name, frame in parts.items():
        plain = _rows(frame, rows)
        fields = frame.schema()
        yield Shown(
            name=name,
            kind=kind,
            columns=tuple((field.name, field.dataType.typeName()) for field in fields),
            tree=tuple(tree_lines(fields)),
            rows=plain,
            note=note,
            seconds=round(time.monotonic() - began, 3),
        )


def _rows(frame: DynamicFrame, number: int) -> tuple[dict[str, Any], ...]:
    batches = frame.planned().limit(number).toArrow().to_batches()
    return tuple(dict(row) for batch in batches for row in records_of(batch, frame.schema()))
