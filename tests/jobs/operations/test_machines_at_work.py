"""A scheduler and its worker carry a state machine from its begin to its end, calls and all."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.workflows.documents import MachineWorkflow, store_machine
from tests.jobs.workflows.answering import Server
from tests.jobs.workflows.playing import function

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.services import Services


def test_a_scheduler_and_its_worker_carry_a_machine_to_its_end(
    glue: Any,  # noqa: ANN401
    services: Services,
    work: Callable[[], None],
) -> None:
    add = {"Type": "Task", "Resource": function("Add")}
    gone = {
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {"ApiEndpoint.$": "$[2]", "Method": "GET"},
        "Catch": [{"ErrorEquals": ["States.Http.StatusCode.404"], "Next": "Not there"}],
        "End": True,
    }
    document = {
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {
                        "StartAt": "Sum",
                        "States": {"Sum": {**add, "InputPath": "$[0:2]", "End": True}},
                    },
                    {
                        "StartAt": "Ask",
                        "States": {
                            "Ask": gone,
                            "Not there": {"Type": "Pass", "Result": "gone", "End": True},
                        },
                    },
                ],
                "End": True,
            }
        },
    }
    with Server() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        mapping = {function("Add"): f"{server.url}/add"}
        workflow = MachineWorkflow(name="math", document=document, resources=mapping)
        with services.runs.transaction() as connection:
            store_machine(services.jobs.definitions.within(connection), workflow)
            begun = services.workflows.within(connection).begin(
                "math", {}, (), given=[3, 4, f"{server.url}/404"]
            )
        work()
        server.shutdown()

    found = services.workflows.executions.find(begun.id)
    assert found is not None
    assert (found.error, found.execution.root.output) == (None, [7, "gone"])
    run = glue.get_workflow_run(Name="math", RunId=begun.id)["Run"]
    assert run["Status"] == "COMPLETED"
    states = [each.state for each in services.runs.list(kind=RunKind.CALL)]
    assert sorted(states) == [RunState.FAILED, RunState.SUCCEEDED]
