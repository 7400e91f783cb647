"""A declarative job carried out in a Spark session: choose inputs, transform, check, write, commit.

With a bookmark, a run first finishes what a dead run had begun, with exactly its input files and
its bookmark version, and then goes on to what is new.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AccessDeniedError, GluepotError
from gluepot.jobs.errors import BookmarkError, SourceError
from gluepot.jobs.file_sources.lake_changes import choose_changes
from gluepot.jobs.metrics.pass_metrics import PassMetrics
from gluepot.jobs.pipelines.sources import (
    PipelineContext,
    describe_source,
    keeps_keys,
    list_source,
    open_database,
    open_source,
)
from gluepot.jobs.pipelines.steps import find_frame, run_steps
from gluepot.jobs.quality.gates import check_gates, input_files
from gluepot.jobs.reading.sources import errors_of
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.jobs.writing.ledger import Ledger
from gluepot.jobs.writing.sinks import check_target
from gluepot.jobs.writing.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql import SparkSession

    from gluepot.jobs.definitions.pipeline import Pipeline, SinkSpec, SourceSpec
    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.transforms.collection import DynamicFrameCollection
    from gluepot.transforms.frame import DynamicFrame

logger = logging.getLogger(__name__)


def run_pipeline(
    session: Callable[[], SparkSession], pipeline: Pipeline, workshop: Workshop
) -> None:
    """Carry out a pipeline once.

    Args:
        session: Asked only when there is something to do: a session takes seconds to start.
        pipeline: What to do.
        workshop: The tools of the run.

    Raises:
        GluepotError: Something cannot be read, done or written, or a gate did not hold; each
            kind of error says where. What is not committed is read again by the next run.
    """
    for sink in pipeline.sinks:
        check_target(sink_target(sink), workshop.stores)
    bookmark = pipeline.bookmark == "enable"
    ledger = Ledger(workshop, bookmark=bookmark)
    _run_pass(session, pipeline, workshop, ledger)
    if ledger.repeats:
        logger.warning("Finished what run %s had begun", ledger.repeated_run_id)
    if ledger.repeats_input:
        _run_pass(session, pipeline, workshop, Ledger(workshop, bookmark=bookmark))


def _run_pass(
    session: Callable[[], SparkSession], pipeline: Pipeline, workshop: Workshop, ledger: Ledger
) -> None:
    metrics = PassMetrics(workshop, ledger)
    inputs = choose_inputs(pipeline, workshop, ledger)
    if _has_work(pipeline, inputs, ledger):
        run = ScriptRun(
            workshop=workshop,
            bookmark=pipeline.bookmark == "enable",
            _ledger=ledger,
            _metrics=metrics,
        )
        with running(run):
            sources = _open_sources(session(), pipeline, inputs, run)
            with _kept(sources, _read_often(pipeline)):
                _write(pipeline, run_steps(pipeline, sources), workshop, ledger, metrics)
        metrics.add_rows(run.counts)
    metrics.record()


def _open_sources(
    spark: SparkSession,
    pipeline: Pipeline,
    inputs: Mapping[str, SourceInput | None],
    run: ScriptRun,
) -> dict[str, DynamicFrame]:
    context = PipelineContext(spark_session=spark)
    bookmarked = _bookmarked(pipeline)
    frames = {}
    for alias, source in inputs.items():
        spec = pipeline.sources[alias]
        if source is not None:
            run.metrics.add_input(alias, source)
            frames[alias] = open_source(context, spec, source, run)
            continue
        run.metrics.add_database_source(alias, spec.place)
        with errors_of(alias):
            frames[alias] = open_database(context, alias, spec, run, bookmarked=alias in bookmarked)
    return frames


def _read_often(pipeline: Pipeline) -> set[str]:
    """Return the sources that more than one step, gate or sink takes.

    Without it each of them would read and parse the files again.
    """
    uses = Counter(pipeline.refer(name)[0] for step in pipeline.steps for name in step.sources)
    uses.update(pipeline.refer(gate.input)[0] for gate in pipeline.quality)
    uses.update(pipeline.refer(sink.input)[0] for sink in pipeline.sinks)
    return {alias for alias in pipeline.sources if uses[alias] > 1}


@contextlib.contextmanager
def _kept(frames: Mapping[str, DynamicFrame], aliases: set[str]) -> Iterator[None]:
    """Keep frames in memory, or on disk where they do not fit, until the block ends."""
    with contextlib.ExitStack() as kept:
        for alias in aliases:
            kept.callback(frames[alias].planned().persist().unpersist)
        yield


def _write(
    pipeline: Pipeline,
    made: Mapping[str, DynamicFrame | DynamicFrameCollection],
    workshop: Workshop,
    ledger: Ledger,
    metrics: PassMetrics,
) -> None:
    taken = [sink.input for sink in pipeline.sinks]
    for gate in pipeline.quality:
        taken += [gate.input, *gate.sources.values()]
    frames = {name: find_frame(pipeline, name, made) for name in taken}
    # The dead run's gates had held for the same input: its intent is recorded after them.
    gates = () if ledger.repeats_input else pipeline.quality
    inputs = input_files(gates, frames)
    # What is written is what was checked, and is computed once.
    with _kept(frames, {gate.input for gate in gates}):
        check_gates(gates, frames, workshop, inputs, Path(pipeline.file).parent)
        for sink in pipeline.sinks:
            began = time.monotonic()
            target = sink_target(sink)
            written = ledger.write(frames[sink.input].toDF(), target)
            metrics.add_sink(target, written, seconds=time.monotonic() - began)
        ledger.commit()


def choose_inputs(
    pipeline: Pipeline, workshop: Workshop, ledger: Ledger
) -> dict[str, SourceInput | None]:
    """Return what each source reads in this pass; None for a database, which has no files.

    Raises:
        SourceError: A table is not there, or a place cannot be listed.
        BookmarkError: A source has no bookmark that could be kept.
    """
    found: dict[str, SourceInput | None] = {}
    for alias, spec in pipeline.sources.items():
        try:
            found[alias] = _choose(alias, spec, pipeline, workshop, ledger)
        except (SourceError, BookmarkError, AccessDeniedError):
            raise
        except GluepotError as error:
            raise SourceError(alias, str(error)) from error
    return found


def _choose(
    alias: str, spec: SourceSpec, pipeline: Pipeline, workshop: Workshop, ledger: Ledger
) -> SourceInput | None:
    source = describe_source(alias, spec, workshop)
    bookmarked = alias in _bookmarked(pipeline)
    if source is None:
        if bookmarked and not keeps_keys(alias, spec, workshop):
            raise BookmarkError(
                f"source {alias!r}: {spec.place} is a database, of which a run reads the whole:"
                " say `bookmark: false` there"
            )
        return None
    if not source.by_log:
        files = list_source(spec, source, workshop)
        return replace(source, files=ledger.choose(alias, files, bookmarked=bookmarked))
    if not bookmarked:
        return source
    return replace(source, changes=choose_changes(source, ledger, workshop.stores))


def _bookmarked(pipeline: Pipeline) -> list[str]:
    if pipeline.bookmark == "disable":
        return []
    return [alias for alias, source in pipeline.sources.items() if source.bookmark]


def _has_work(pipeline: Pipeline, inputs: Mapping[str, SourceInput | None], ledger: Ledger) -> bool:
    """Tell whether there is anything to write: a job whose sources are all old ends at once.

    What is new in a database is known when it is asked.
    """
    bookmarked = [inputs[alias] for alias in _bookmarked(pipeline)]
    return (
        ledger.repeats
        or not bookmarked
        or any(source is None or source.files or _changed(source) for source in bookmarked)
    )


def _changed(source: SourceInput) -> bool:
    return source.changes is not None and not source.changes.empty


def sink_target(sink: SinkSpec) -> Target:
    """Return where a sink of a pipeline writes."""
    members: dict[str, Any] = sink.model_dump(exclude={"input"})
    return Target(name=sink.input, key=sink.key, **members)
