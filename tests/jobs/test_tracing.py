"""Traces: spans of what is done where they are asked for, and nothing at all elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.metrics import tracing
from gluepot.jobs.runs.state import Run, RunKind, RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.jobs.triggers.store import TriggerStore
from tests.jobs.conftest import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from tests.servers.glue import GlueServer

memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = memory.InMemorySpanExporter()
    tracing.configure("http://127.0.0.1:9/v1/traces", service="test", exporter=exporter)
    yield exporter
    tracing.shut_down()


def test_nothing_is_imported_and_nothing_told_when_it_is_off() -> None:
    program = (
        "import sys; from gluepot.jobs.metrics import tracing\n"
        "with tracing.span('x', a=1) as found: assert found is None\n"
        "assert tracing.child_environment() == {}\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_a_child_goes_on_where_its_parent_was(
    spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracing.span("job run", run_id="jr_1"):
        environment = tracing.child_environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    with tracing.span("driver", parent=tracing.parent_of_process()):
        pass

    run, driver = spans.get_finished_spans()
    assert driver.parent is not None
    assert driver.context.trace_id == run.context.trace_id
    assert driver.parent.span_id == run.context.span_id
    assert environment[tracing.ENDPOINT] == "http://127.0.0.1:9/v1/traces"


def test_an_error_is_noted_without_its_words(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="s3cret"), tracing.span("x"):
        raise ValueError("s3cret")

    (found,) = spans.get_finished_spans()
    assert "s3cret" not in json.dumps(json.loads(found.to_json()))
    assert found.status.description == "ValueError"


class _Done:
    def __init__(self, runs: RunStore) -> None:
        self._runs = runs

    def execute(self, run: Run) -> None:
        self._runs.finish(run.id, RunState.SUCCEEDED)


@pytest.fixture
def engine(sqlite_catalog: str) -> Iterator[sa.Engine]:
    from gluepot.catalog.engine import open_engine  # noqa: PLC0415

    made = open_engine(sqlite_catalog)
    yield made
    made.dispose()


def test_passes_that_do_something_and_runs_are_spans(
    spans: InMemorySpanExporter, engine: sa.Engine
) -> None:
    runs = RunStore(engine, utc_now)
    executors = {RunKind.JOB: _Done(runs)}
    scheduler = Scheduler(runs, TriggerStore(engine, utc_now), executors, utc_now, "w")
    scheduler.step()
    run = runs.enqueue(RunKind.JOB, "load")
    assert run is not None
    scheduler.step()
    while scheduler._worker.busy:
        pass

    found = {one.name: dict(one.attributes or {}) for one in spans.get_finished_spans()}
    assert set(found) == {"scheduler pass", "job run"}
    assert found["scheduler pass"]["gluepot.taken"] == 1
    assert found["job run"]["gluepot.run_id"] == run.id


def test_a_request_belongs_to_the_trace_of_its_caller(
    spans: InMemorySpanExporter, glue_server: GlueServer
) -> None:
    client = glue_server.client()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.meta.events.register(
        "before-sign.*", lambda request, **_: request.headers.add_header("traceparent", parent)
    )
    client.get_databases()

    (found,) = spans.get_finished_spans()
    assert f"{found.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert dict(found.attributes or {})["gluepot.operation"] == "GetDatabases"
