"""The steps of a declarative job as a graph: sources, transforms, gates and sinks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.console.flow.graph import Node, drawn
from gluepot.console.page import href
from gluepot.jobs.workflows.edges import Leads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.definitions.pipeline import Pipeline


def pipeline_graph(pipeline: Pipeline) -> dict[str, Any]:
    """Return what a pipeline reads, does, checks and writes, with places."""
    return drawn(_nodes(pipeline), list(_edges(pipeline)))


def _nodes(pipeline: Pipeline) -> Iterator[Node]:
    for alias, source in pipeline.sources.items():
        yield Node(
            id=alias,
            label=source.place,
            kind="source",
            note=alias,
            href=_table(source.table),
        )
    for step in pipeline.ordered_steps:
        yield Node(id=step.alias, label=step.alias, kind=step.transform)
    for number, gate in enumerate(pipeline.quality):
        yield Node(id=_gate(number), label=gate.name, kind="gate", note=gate.on_failure)
    for number, sink in enumerate(pipeline.sinks):
        yield Node(
            id=_sink(number),
            label=sink.table or sink.path,
            kind="sink",
            note=f"{sink.mode} {sink.format}",
            href=_table(sink.table),
        )


def _edges(pipeline: Pipeline) -> Iterator[Leads]:
    gated: dict[str, list[str]] = {}
    for number, gate in enumerate(pipeline.quality):
        gated.setdefault(gate.input, []).append(_gate(number))
    inputs = [(step.alias, step.sources) for step in pipeline.ordered_steps]
    inputs += [(_gate(number), (gate.input,)) for number, gate in enumerate(pipeline.quality)]
    for end, references in inputs:
        for reference in references:
            start, part = pipeline.refer(reference)
            yield Leads(start=start, end=end, when=part or "")
    for number, sink in enumerate(pipeline.sinks):
        # What a gate checks is written only where it holds.
        for start in gated.get(sink.input, [pipeline.refer(sink.input)[0]]):
            yield Leads(start=start, end=_sink(number), when="")


def _table(table: str | None) -> str | None:
    database, _, name = (table or "").partition(".")
    return href("table", database=database, name=name) if name else None


def _gate(number: int) -> str:
    return f"gate {number}"


def _sink(number: int) -> str:
    return f"sink {number}"
