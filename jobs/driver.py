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
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import AccessDeniedError, GluepotError
from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.errors import BookmarkError, SourceError
from gluepot.jobs.gates import check_gates
from gluepot.jobs.inputs import (
    SourceInput,
    find_source_table,
    list_path,
    list_table,
    location_of,
    table_format,
)
from gluepot.jobs.ledger import Ledger
from gluepot.jobs.observed import RowCount
from gluepot.jobs.pass_metrics import PassMetrics
from gluepot.jobs.sinks import Target, check_target
from gluepot.jobs.sources import read_source
from gluepot.jobs.steps import run_steps
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql import SparkSession

    from gluepot.jobs.bookmarks import InputFile
    from gluepot.jobs.pipeline import Pipeline, SinkSpec, SourceSpec
    from gluepot.jobs.workshop import Workshop

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
        _run_pass(session, pipeline, workshop, Ledger(workshop, bookmark=bookmark))


def _run_pass(
    session: Callable[[], SparkSession], pipeline: Pipeline, workshop: Workshop, ledger: Ledger
) -> None:
    metrics = PassMetrics(workshop, ledger)
    inputs = choose_inputs(pipeline, workshop, ledger)
    if _has_work(pipeline, inputs, ledger):
        metrics.add_inputs(inputs)
        spark = session()
        counts = {alias: RowCount() for alias in inputs}
        sources = {
            alias: DynamicFrame(counts[alias].attach(read_source(spark, source)), None, alias)
            for alias, source in inputs.items()
        }
        with _kept(sources, _read_often(pipeline)):
            _write(pipeline, run_steps(pipeline, sources), workshop, ledger, metrics)
        metrics.add_rows(counts)
    metrics.record()


def _read_often(pipeline: Pipeline) -> set[str]:
    """Return the sources that more than one step, gate or sink takes.

    Without it each of them would read and parse the files again.
    """
    uses = Counter(alias for step in pipeline.steps for alias in step.sources)
    uses.update(gate.input for gate in pipeline.quality)
    uses.update(sink.input for sink in pipeline.sinks)
    return {alias for alias in pipeline.sources if uses[alias] > 1}


@contextlib.contextmanager
def _kept(frames: Mapping[str, DynamicFrame], aliases: set[str]) -> Iterator[None]:
    """Keep frames in memory, or on disk where they do not fit, until the block ends."""
    with contextlib.ExitStack() as kept:
        for alias in aliases:
            kept.callback(frames[alias].toDF().persist().unpersist)
        yield


def _write(
    pipeline: Pipeline,
    frames: Mapping[str, DynamicFrame],
    workshop: Workshop,
    ledger: Ledger,
    metrics: PassMetrics,
) -> None:
    # The dead run's gates had held: its intent is recorded after them.
    gates = () if ledger.repeats else pipeline.quality
    # What is written is what was checked, and is computed once.
    with _kept(frames, {gate.input for gate in gates}):
        check_gates(gates, frames, workshop)
        for sink in pipeline.sinks:
            began = time.monotonic()
            target = sink_target(sink)
            written = ledger.write(frames[sink.input].toDF(), target)
            metrics.add_sink(target, written, seconds=time.monotonic() - began)
        ledger.commit()


def choose_inputs(pipeline: Pipeline, workshop: Workshop, ledger: Ledger) -> dict[str, SourceInput]:
    """Return what each source reads in this pass.

    Raises:
        SourceError: A table is not there, or a place cannot be listed.
        BookmarkError: A source has no bookmark that could be kept.
    """
    found = {}
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
) -> SourceInput:
    source = _describe(alias, spec, workshop)
    bookmarked = alias in _bookmarked(pipeline)
    if not source.by_log:
        files = _list(spec, source, workshop)
        return replace(source, files=ledger.choose(alias, files, bookmarked=bookmarked))
    if bookmarked:
        raise BookmarkError(
            f"source {alias!r} is a {source.format.capitalize()} table,"
            " of which a run reads the whole: say `bookmark: false` there"
        )
    return source


def _describe(alias: str, spec: SourceSpec, workshop: Workshop) -> SourceInput:
    if spec.table is None:
        root = normalize_uri(spec.path or "")
        return SourceInput(
            name=alias, table=None, format=spec.format or "", root=root, options=spec.options
        )
    table = find_source_table(workshop.catalog, alias, spec.table)
    return SourceInput(
        name=alias,
        table=table,
        format=table_format(table),
        root=location_of(table),
        options=spec.options,
        predicate=spec.partition_predicate,
    )


def _list(spec: SourceSpec, source: SourceInput, workshop: Workshop) -> Iterator[InputFile]:
    if source.table is None:
        return list_path(source.root, workshop.stores)
    return list_table(
        workshop.catalog, source.table, expression=spec.partition_predicate, stores=workshop.stores
    )


def _bookmarked(pipeline: Pipeline) -> list[str]:
    if pipeline.bookmark == "disable":
        return []
    return [alias for alias, source in pipeline.sources.items() if source.bookmark]


def _has_work(pipeline: Pipeline, inputs: Mapping[str, SourceInput], ledger: Ledger) -> bool:
    """Tell whether there is anything to write: a job whose sources are all old ends at once."""
    bookmarked = _bookmarked(pipeline)
    return ledger.repeats or not bookmarked or any(inputs[alias].files for alias in bookmarked)


def sink_target(sink: SinkSpec) -> Target:
    """Return where a sink of a pipeline writes."""
    members: dict[str, Any] = sink.model_dump(exclude={"input"})
    return Target(name=sink.input, key=sink.key, **members)
