"""Pages of workflows: graphs with states, runs, what happened, and what is done to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.scheduling.scheduler import DEFAULT_LEASE
from gluepot.jobs.triggers.model import (
    Action,
    Condition,
    Predicate,
    Trigger,
    TriggerState,
    TriggerType,
)
from gluepot.jobs.workflows.advancing import Advancing
from gluepot.jobs.workflows.documents import MachineWorkflow, store_machine
from gluepot.jobs.workflows.runs import KIND

if TYPE_CHECKING:
    from gluepot.services import Services
    from tests.console.conftest import ConsoleServer

MACHINE = {
    "StartAt": "Look",
    "States": {
        "Look": {"Type": "Pass", "Next": "Which"},
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Many"}],
            "Default": "Stop",
        },
        "Many": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "StartAt": "One",
                "States": {"One": {"Type": "Pass", "End": True}},
            },
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 3600, "End": True},
        "Stop": {"Type": "Fail", "Error": "Few", "Cause": "too few"},
    },
}


def nightly(services: Services) -> None:
    """Store a workflow: load, then report and mail."""
    services.jobs.definitions.create(KIND, "nightly", {"Description": "Every night"})
    begin = Trigger(
        name="begin",
        type=TriggerType.ON_DEMAND,
        actions=(Action(job_name="load"),),
        workflow_name="nightly",
    )
    after = Trigger(
        name="after",
        type=TriggerType.CONDITIONAL,
        state=TriggerState.ACTIVATED,
        predicate=Predicate(conditions=(Condition(job_name="load", state="SUCCEEDED"),)),
        actions=(Action(job_name="report"), Action(crawler_name="mail")),
        workflow_name="nightly",
    )
    services.triggers.create(begin)
    services.triggers.create(after)


def firing(services: Services) -> Firing:
    """Return what fires the triggers of a workflow."""
    return Firing(
        clock=services.clock,
        runs=services.runs,
        triggers=services.triggers,
        workflows=services.workflows,
    )


def end_all(services: Services, **states: RunState) -> None:
    """Carry out what waits: each ends as is said, or succeeds."""
    while (run := services.runs.claim("w", lease=DEFAULT_LEASE)) is not None:
        services.runs.begin(run.id, "w", lease=DEFAULT_LEASE)
        state = states.get(run.name, RunState.SUCCEEDED)
        error = RunError(message="It broke") if state is RunState.FAILED else None
        services.runs.finish(run.id, state, error=error)
        firing(services).fire_followers()


def machine_run(services: Services, given: dict[str, object]) -> str:
    """Store a state machine, and carry a run of it on as far as it goes."""
    with services.runs.transaction() as connection:
        workflow = MachineWorkflow(name="machine", document=MACHINE, resources={}, members={})
        store_machine(services.jobs.definitions.within(connection), workflow)
    run_id = firing(services).start_workflow("machine", {}, given=given).id
    executions = services.workflows.executions
    advancing = Advancing(clock=services.clock, runs=services.runs, executions=executions)
    while advancing.any_due():
        advancing.advance()
    return run_id


def test_a_workflow_is_drawn_from_its_start_on(console: ConsoleServer) -> None:
    nightly(console.services)

    data = console.visitor().data("/console/workflow", name="nightly")

    nodes = {node["id"]: node for node in data["graph"]["nodes"]}
    places = [nodes[f"{name}"]["x"] for name in ("trigger begin", "job load", "trigger after")]
    assert places == sorted(set(places))
    assert nodes["job report"]["x"] == nodes["crawl mail"]["x"] > places[-1]
    assert nodes["trigger after"]["note"] == "after job load SUCCEEDED"
    assert nodes["crawl mail"]["href"] == "/console/crawler?name=mail"


def test_a_run_has_its_states_on_the_graph_and_its_failures_on_top(
    console: ConsoleServer,
) -> None:
    services, visitor = console.services, console.visitor()
    nightly(services)
    run_id = firing(services).start_workflow("nightly", {"day": "1"}).id
    end_all(services, report=RunState.FAILED)

    data = visitor.data("/console/workflow-run", name="nightly", id=run_id)
    text = visitor.get("/console/workflow-run", name="nightly", id=run_id).text
    (listed,) = visitor.data("/console/workflows")["workflows"]

    states = {node["id"]: node["state"] for node in data["graph"]["nodes"]}
    assert states == {
        "trigger begin": "FIRED",
        "job load": "SUCCEEDED",
        "trigger after": "FIRED",
        "job report": "FAILED",
        "crawl mail": "SUCCEEDED",
    }
    assert [run["name"] for run in data["failed"]] == ["report"]
    assert text.index("It broke") < text.index("<h2>Graph</h2>")
    assert (data["run"]["status"], data["run"]["state"]) == ("COMPLETED", "FAILED")
    assert (listed["state"], data["properties"]) == ("FAILED", {"day": "1"})


def test_what_happened_is_told_newest_first_and_by_pages(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    nightly(services)
    run_id = firing(services).start_workflow("nightly", {}).id
    end_all(services)

    address = f"/console/workflow-run?name=nightly&id={run_id}"
    events = visitor.data(address)["events"]
    rest = visitor.data(address, start="3")["events"]

    assert events["shown"][0]["event"] == "WorkflowRunCompleted"
    assert events["shown"][-1]["event"] == "WorkflowRunStarted"
    assert rest["shown"] == events["shown"][3:]


def test_a_run_goes_on_from_the_nodes_that_failed(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    nightly(services)
    run_id = firing(services).start_workflow("nightly", {}).id
    end_all(services, report=RunState.FAILED)
    address = f"/console/workflow-run?name=nightly&id={run_id}"
    nodes = visitor.data(address)["nodes"]
    visitor.get(address)

    assert nodes[0]["name"] == "report"
    form = {"name": "nightly", "id": run_id, "node": [nodes[0]["id"]]}
    seen = visitor.post("/console/workflow-resume", form)

    assert "goes on from" in seen.text
    (waiting,) = services.runs.list(where=[], name="report", limit=1)
    assert waiting.state is RunState.WAITING


def test_a_run_is_started_with_properties_and_stopped(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    nightly(services)
    visitor.get("/console/workflow", name="nightly")

    form = {"name": "nightly", "properties": "day=2026-01-01\napi_token=sesame99"}
    seen = visitor.post("/console/workflow-start", form)
    (flow,) = services.workflows.page("nightly", None, 5)
    visitor.post("/console/workflow-stop", {"name": "nightly", "id": flow.id})

    assert flow.properties == {"day": "2026-01-01", "api_token": "sesame99"}
    assert "2026-01-01" in seen.text
    assert "sesame99" not in seen.text
    assert services.runs.list(kind=RunKind.JOB)[0].state is RunState.STOPPED


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"n": 6, "items": [1, 2, 3]},
            {
                "Look": "SUCCEEDED",
                "Which": "SUCCEEDED",
                "Many": "SUCCEEDED",
                "Many[]/One": "SUCCEEDED",
                "Wait": "RUNNING",
                "Stop": None,
            },
        ),
        (
            {"n": 1},
            {
                "Look": "SUCCEEDED",
                "Which": "SUCCEEDED",
                "Many": None,
                "Many[]/One": None,
                "Wait": None,
                "Stop": "FAILED",
            },
        ),
    ],
)
def test_a_state_machine_has_its_states_on_its_graph(
    console: ConsoleServer, given: dict[str, object], expected: dict[str, str | None]
) -> None:
    run_id = machine_run(console.services, given)

    data = console.visitor().data("/console/workflow-run", name="machine", id=run_id)

    assert {node["id"]: node["state"] for node in data["graph"]["nodes"]} == expected
    assert data["machine"]["input"] == given


def test_a_state_machine_that_failed_goes_on_from_its_state(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    run_id = machine_run(services, {"n": 1})
    visitor.get(f"/console/workflow-run?name=machine&id={run_id}")

    seen = visitor.post("/console/workflow-resume", {"name": "machine", "id": run_id})

    newest = services.workflows.page("machine", None, 1)[0]
    assert newest.previous_run_id == run_id
    assert newest.id in seen.url


def test_an_input_is_for_state_machines_alone(console: ConsoleServer) -> None:
    nightly(console.services)
    visitor = console.visitor()
    visitor.get("/console/workflow", name="nightly")

    seen = visitor.post("/console/workflow-start", {"name": "nightly", "input": "{}"})

    assert seen.status == 400
    assert "takes no input" in seen.text


def test_hostile_names_in_a_graph_are_text(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    name = "</text><script>alert(1)</script>"
    services.jobs.definitions.create(KIND, name, {})
    trigger = Trigger(
        name=name,
        type=TriggerType.ON_DEMAND,
        actions=(Action(job_name=name),),
        workflow_name=name,
    )
    services.triggers.create(trigger)
    run_id = firing(services).start_workflow(name, {name: name}).id

    for address in ("/console/workflow", f"/console/workflow-run?id={run_id}"):
        seen = visitor.get(address, name=name)
        assert seen.status == 200
        assert "<script>alert" not in seen.text
