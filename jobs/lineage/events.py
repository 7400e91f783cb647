"""Events of OpenLineage: what a run is said to be doing, made of its record and its notes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from gluepot.jobs.lineage.facets import (
    EVENT_SCHEMA,
    PRODUCER,
    dataset_of,
    facet,
    installed,
    own_facet,
)
from gluepot.jobs.runs.state import RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.crawlers.model import Crawl
    from gluepot.jobs.lineage.notes import Dataset
    from gluepot.jobs.runs.rows import RunEvent
    from gluepot.jobs.runs.state import Run

EVENT_TYPES: Mapping[str, str] = {
    RunState.RUNNING: "START",
    RunState.SUCCEEDED: "COMPLETE",
    RunState.FAILED: "FAIL",
    RunState.TIMEOUT: "FAIL",
    RunState.ERROR: "FAIL",
    RunState.STOPPED: "ABORT",
    RunState.EXPIRED: "ABORT",
}
"""OpenLineage's word for each state that it is told of."""

_NAMESPACE = uuid.UUID("5d9a3a1e-0f0e-5f0b-8f5a-6d3c2c0a7e42")
_WORKFLOW_CHAIN = "wr_"


def run_uuid(run_id: str) -> str:
    """Return the UUID by which OpenLineage knows a run, which is always the same.

    >>> run_uuid("jr_1") == run_uuid("jr_1")
    True
    """
    return str(uuid.uuid5(_NAMESPACE, run_id))


def run_event(  # noqa: PLR0913 - the members of an event
    event: RunEvent,
    run: Run,
    *,
    namespace: str,
    inputs: Sequence[Dataset] = (),
    outputs: Sequence[Dataset] = (),
    job_facets: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the event of OpenLineage for an event of a run.

    Args:
        event: One whose state is among EVENT_TYPES.
        run: As it is recorded.
        namespace: Of the jobs of this installation.
        inputs: What it read, with facets.
        outputs: What it wrote, with facets.
        job_facets: What is known of the job itself.
    """
    kind = {
        "processingType": "BATCH",
        "integration": "GLUEPOT",
        "jobType": run.kind.upper(),
    }
    gates = run.metrics.get("quality", ())
    return {
        "eventType": EVENT_TYPES[event.event],
        "eventTime": event.at.isoformat(),
        "producer": PRODUCER,
        "schemaURL": EVENT_SCHEMA,
        "run": {"runId": run_uuid(run.id), "facets": _run_facets(event, run, namespace)},
        "job": {
            "namespace": namespace,
            "name": run.name,
            "facets": {**facet("jobType", **kind), **(job_facets or {})},
        },
        "inputs": [_finished(one, "inputFacets", gates) for one in inputs],
        "outputs": [_finished(one, "outputFacets", gates) for one in outputs],
    }


def _run_facets(event: RunEvent, run: Run, namespace: str) -> dict[str, Any]:
    ended = None if run.completed_at is None else run.completed_at.isoformat()
    facets = facet("nominalTime", nominalStartTime=run.queued_at.isoformat(), nominalEndTime=ended)
    told = {
        "id": run.id,
        "attempt": run.attempt,
        "previousRunId": run.previous_run_id,
        "trigger": run.trigger_name,
        "state": event.event,
    }
    facets |= own_facet("run", **told)
    workflow = run.arguments.get("--WORKFLOW_NAME")
    if run.chain_id.startswith(_WORKFLOW_CHAIN):
        parent = {"namespace": namespace, "name": workflow or run.chain_id}
        facets |= facet("parent", run={"runId": run_uuid(run.chain_id)}, job=parent)
    if run.error is not None and event.event == run.state:
        place = f"{run.error.file}:{run.error.line}" if run.error.line else None
        facets |= facet(
            "errorMessage",
            message=run.error.message,
            programmingLanguage="python",
            stackTrace=place,
        )
    ours, spark = installed("gluepot") or "0", installed("pyspark")
    if run.kind is RunKind.CRAWL:
        return facets | facet("processing_engine", version=ours, name="gluepot")
    if spark is None:
        return facets
    engine = {"version": spark, "name": "spark", "openlineageAdapterVersion": ours}
    return facets | facet("processing_engine", **engine)


def _finished(dataset: Dataset, figures: str, gates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a dataset as it is told, with what the gates said of its frame."""
    checked = dataset.get("gate_input")
    said = [
        {"assertion": gate["gate"], "success": gate["verdict"] != "FAILED"}
        for gate in gates
        if checked is not None and gate.get("input") == checked
    ]
    told = {name: dataset[name] for name in ("namespace", "name", "facets")}
    if said:
        told["facets"] = told["facets"] | facet("dataQualityAssertions", assertions=said)
    return told | ({figures: dataset[figures]} if figures in dataset else {})


def crawled_datasets(crawl: Crawl) -> tuple[list[Dataset], list[Dataset]]:
    """Return what a crawl has read and which tables it has made of that."""
    inputs, outputs = [], []
    for report in crawl.tables:
        figures = {
            "rowCount": report.records,
            "size": report.size_bytes,
            "fileCount": report.objects,
        }
        source = dataset_of(report.location)
        source["inputFacets"] = facet("inputStatistics", **figures)
        table = dataset_of(report.location, f"{report.database}.{report.name}")
        fields = [{"name": column.name, "type": column.type} for column in report.columns]
        table["facets"] |= facet("schema", fields=fields)
        table["facets"] |= facet("storage", storageLayer=report.format, fileFormat=report.format)
        inputs.append(source)
        outputs.append(table)
    return inputs, outputs
