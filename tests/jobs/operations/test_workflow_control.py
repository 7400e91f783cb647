"""Cycles are refused, ended runs are resumed from nodes, and state machines are seen by Glue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.notifications.tables import announcements
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.triggers.workflow_paths import unique_id
from gluepot.jobs.workflows.advancing import Advancing
from gluepot.jobs.workflows.documents import MachineWorkflow, store_machine
from gluepot.jobs.workflows.from_triggers import machine_of
from gluepot.jobs.workflows.history import history
from tests.jobs.operations.conftest import refused

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.services import Services


def after(*names: str, state: str = "SUCCEEDED") -> dict[str, Any]:
    conditions = [{"LogicalOperator": "EQUALS", "JobName": n, "State": state} for n in names]
    return {"Logical": "AND", "Conditions": conditions}


def trigger(
    glue: Any,  # noqa: ANN401
    name: str,
    *jobs: str,
    when: dict[str, Any] | None = None,
) -> None:
    more: dict[str, Any] = {"Predicate": when, "StartOnCreation": True} if when else {}
    glue.create_trigger(
        Name=name,
        Type="CONDITIONAL" if when else "ON_DEMAND",
        Actions=[{"JobName": job} for job in jobs],
        WorkflowName="flow",
        **more,
    )


@pytest.fixture
def diamond(glue: Any) -> str:  # noqa: ANN401
    """Return a workflow: a, then b and c side by side, then d when both are done."""
    glue.create_workflow(Name="flow", DefaultRunProperties={"p": "1"})
    trigger(glue, "begin", "a")
    trigger(glue, "split", "b", "c", when=after("a"))
    trigger(glue, "join", "d", when=after("b", "c"))
    return "flow"


class Hands:
    """Carries out runs of jobs by saying how they end."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._firing = Firing(
            clock=services.clock,
            runs=services.runs,
            triggers=services.triggers,
            workflows=services.workflows,
        )

    def end(self, **states: RunState) -> list[str]:
        """End all that is to be done, and return the jobs in the order of their ends."""
        ended: list[str] = []
        advancing = Advancing(
            clock=self._services.clock,
            runs=self._services.runs,
            executions=self._services.workflows.executions,
        )
        while True:
            self._firing.fire_followers()
            advancing.advance()
            found = [run for run in self._services.runs.list() if not run.state.final]
            if not found and not advancing.any_due():
                return ended
            for run in reversed(found):
                state = states.get(run.name, RunState.SUCCEEDED)
                self._services.runs.finish(run.id, state)
                ended.append(run.name)


def test_a_cycle_in_a_workflow_is_refused_and_named(glue: Any, diamond: str) -> None:  # noqa: ANN401
    way = "job a -> trigger split -> job b -> trigger back -> job a"
    with refused(glue, "InvalidInput", f"'{diamond}' go round in a cycle: {way}"):
        trigger(glue, "back", "a", when=after("b", state="FAILED"))
    with refused(glue, "InvalidInput", "trigger self -> job e -> trigger self"):
        trigger(glue, "self", "e", when=after("e"))

    trigger(glue, "on", "e", when=after("d"))
    update = {"Actions": [{"JobName": "a"}], "Predicate": after("d")}
    with refused(glue, "InvalidInput", "trigger on -> job a"):
        glue.update_trigger(Name="on", TriggerUpdate=update)


def test_the_same_jobs_in_two_workflows_are_no_cycle(glue: Any, diamond: str) -> None:  # noqa: ANN401
    glue.create_workflow(Name="other")
    glue.create_trigger(
        Name="back",
        Type="CONDITIONAL",
        Actions=[{"JobName": "a"}],
        Predicate=after("d"),
        WorkflowName="other",
    )

    assert diamond


def test_a_workflow_has_one_starting_trigger(glue: Any, diamond: str) -> None:  # noqa: ANN401
    nightly: dict[str, Any] = {
        "Name": "nightly",
        "Type": "SCHEDULED",
        "Schedule": "cron(0 3 * * ? *)",
        "Actions": [{"JobName": "a"}],
    }
    words = f"'{diamond}' is started by trigger 'begin' already"
    with refused(glue, "InvalidInput", words):
        glue.create_trigger(**nightly, WorkflowName=diamond)
    with refused(glue, "InvalidInput", words):
        trigger(glue, "again", "a")
    with refused(glue, "EntityNotFound"):
        glue.get_trigger(Name="nightly")

    glue.update_trigger(Name="begin", TriggerUpdate={"Actions": [{"JobName": "e"}]})
    glue.create_trigger(**nightly)  # In no workflow: as many as one likes.
    glue.delete_trigger(Name="nightly")
    glue.delete_trigger(Name="begin")
    glue.create_trigger(**nightly, WorkflowName=diamond)
    assert glue.get_trigger(Name="nightly")["Trigger"]["WorkflowName"] == diamond


def node(name: str) -> str:
    return unique_id("JOB", name)


def test_a_run_is_resumed_from_a_node_and_what_follows_it(
    glue: Any,  # noqa: ANN401
    services: Services,
    diamond: str,
) -> None:
    hands = Hands(services)
    first = glue.start_workflow_run(Name=diamond, RunProperties={"q": "2"})["RunId"]
    glue.put_workflow_run_properties(Name=diamond, RunId=first, RunProperties={"r": "3"})
    assert sorted(hands.end(c=RunState.FAILED)) == ["a", "b", "c"]

    reply = glue.resume_workflow_run(Name=diamond, RunId=first, NodeIds=[node("c")])

    assert reply["NodeIds"] == [node("c")]
    # What b had done counts: the join waits for c alone.
    assert hands.end() == ["c", "d"]
    run = glue.get_workflow_run(Name=diamond, RunId=reply["RunId"], IncludeGraph=True)["Run"]
    assert (run["PreviousRunId"], run["Status"]) == (first, "COMPLETED")
    assert run["WorkflowRunProperties"] == {"p": "1", "q": "2", "r": "3"}
    assert run["Statistics"]["SucceededActions"] == 2
    states = {
        each["Name"]: [one["JobRunState"] for one in each["JobDetails"]["JobRuns"]]
        for each in run["Graph"]["Nodes"]
        if each["Type"] == "JOB"
    }
    assert states == {name: ["SUCCEEDED"] for name in "abcd"}
    job = services.runs.list(name="c")[0]
    assert job.arguments["--WORKFLOW_RUN_ID"] == reply["RunId"]
    again = glue.resume_workflow_run(Name=diamond, RunId=reply["RunId"], NodeIds=[node("d")])
    assert hands.end() == ["d"]
    assert again["RunId"] not in {first, reply["RunId"]}


def told(services: Services) -> list[tuple[str, str]]:
    """Return what is announced of workflows, the oldest first."""
    with services.engine.connect() as connection:
        rows = connection.execute(sa.select(announcements).order_by(announcements.c.number))
        return [(row.name, row.event) for row in rows]


def test_the_begin_and_the_end_of_runs_are_told_once(
    glue: Any,  # noqa: ANN401
    services: Services,
    diamond: str,
) -> None:
    hands = Hands(services)
    glue.start_workflow_run(Name=diamond)
    hands.end(b=RunState.FAILED)
    stopped = glue.start_workflow_run(Name=diamond)["RunId"]
    glue.stop_workflow_run(Name=diamond, RunId=stopped)
    hands.end()
    store(services)
    glue.start_workflow_run(Name="machine", RunProperties={"job": "load"})
    hands.end()
    glue.start_workflow_run(Name="machine", RunProperties={"job": "load"})
    hands.end(load=RunState.FAILED)

    assert told(services) == [
        ("flow", "RUNNING"),
        ("flow", "COMPLETED"),
        ("flow", "RUNNING"),
        ("flow", "STOPPED"),
        ("machine", "RUNNING"),
        ("machine", "COMPLETED"),
        ("machine", "RUNNING"),
        ("machine", "ERROR"),
    ]
    flow = services.workflows.get(diamond, stopped)
    events = [each.event for each in history(services.runs, services.workflows, flow)]
    assert events[-1] == "WorkflowRunStopped"


def test_nodes_that_follow_others_are_not_started_by_themselves(
    glue: Any,  # noqa: ANN401
    services: Services,
    diamond: str,
) -> None:
    hands = Hands(services)
    first = glue.start_workflow_run(Name=diamond)["RunId"]
    hands.end()

    reply = glue.resume_workflow_run(
        Name=diamond, RunId=first, NodeIds=[node("d"), node("b"), node("c")]
    )

    assert sorted(reply["NodeIds"]) == sorted([node("b"), node("c")])
    assert sorted(hands.end()) == ["b", "c", "d"]


def test_only_ended_runs_are_resumed_and_only_from_what_was_started(
    glue: Any,  # noqa: ANN401
    services: Services,
    diamond: str,
) -> None:
    hands = Hands(services)
    first = glue.start_workflow_run(Name=diamond)["RunId"]
    with refused(glue, "IllegalWorkflowState", "RUNNING"):
        glue.resume_workflow_run(Name=diamond, RunId=first, NodeIds=[node("a")])
    hands.end(a=RunState.FAILED)

    for wrong in (node("b"), unique_id("TRIGGER", "begin"), "wnode_x"):
        with refused(glue, "InvalidInput", "no job or crawler that was started in run"):
            glue.resume_workflow_run(Name=diamond, RunId=first, NodeIds=[wrong])
    with refused(glue, "EntityNotFound"):
        glue.resume_workflow_run(Name=diamond, RunId="wr_x", NodeIds=[node("a")])


MACHINE = {
    "StartAt": "Load",
    "States": {
        "Load": {
            "Type": "Task",
            "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Parameters": {"JobName.$": "$.job"},
            "End": True,
        }
    },
}


def store(services: Services, name: str = "machine", **members: Any) -> None:  # noqa: ANN401
    workflow = MachineWorkflow(name=name, document=MACHINE, members=members)
    with services.runs.transaction() as connection:
        store_machine(services.jobs.definitions.within(connection), workflow)


def test_a_state_machine_is_started_and_seen_as_any_workflow(glue: Any, services: Services) -> None:  # noqa: ANN401
    store(services, Description="d")
    run_id = glue.start_workflow_run(Name="machine", RunProperties={"job": "load"})["RunId"]
    begun = glue.get_workflow_run(Name="machine", RunId=run_id)["Run"]
    ended = Hands(services).end()
    run = glue.get_workflow_run(Name="machine", RunId=run_id, IncludeGraph=True)["Run"]
    failed_id = glue.start_workflow_run(Name="machine")["RunId"]
    Hands(services).end()
    failed = glue.get_workflow_run(Name="machine", RunId=failed_id)["Run"]

    assert glue.get_workflow(Name="machine")["Workflow"]["Description"] == "d"
    assert (begun["Status"], ended, run["Status"]) == ("RUNNING", ["load"], "COMPLETED")
    assert run["Statistics"]["SucceededActions"] == 1
    assert [each["Name"] for each in run["Graph"]["Nodes"]] == ["load"]
    assert failed["Status"] == "ERROR"
    assert failed["ErrorMessage"].startswith("States.ParameterPathFailure: ")
    assert failed["CompletedOn"] >= failed["StartedOn"]
    glue.delete_workflow(Name="machine")
    assert services.workflows.machine("machine") is None


def test_a_schedule_starts_a_state_machine(glue: Any, services: Services) -> None:  # noqa: ANN401
    store(services, DefaultRunProperties={"job": "load"})
    glue.create_trigger(
        Name="begin",
        Type="ON_DEMAND",
        Actions=[{"JobName": "beside"}],
        WorkflowName="machine",
    )

    glue.start_trigger(Name="begin")

    assert sorted(Hands(services).end()) == ["beside", "load"]


def test_triggers_become_a_machine_where_it_can_say_the_same(
    glue: Any,  # noqa: ANN401
    services: Services,
    diamond: str,
) -> None:
    document = machine_of(diamond, services.triggers.of_workflow(diamond))
    workflow = MachineWorkflow(name="copy", document=document)
    with services.runs.transaction() as connection:
        store_machine(services.jobs.definitions.within(connection), workflow)
    glue.start_workflow_run(Name="copy")

    order = Hands(services).end()

    assert (order[0], sorted(order[1:3]), order[3]) == ("a", ["b", "c"], "d")


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        (after("a", state="FAILED"), "trigger 'more' follows FAILED"),
        ({**after("b", "c"), "Logical": "ANY"}, "trigger 'more' fires on ANY"),
        (after("a", "c"), "trigger 'more' joins"),
    ],
)
def test_triggers_that_a_machine_has_no_words_for_are_named(
    glue: Any,  # noqa: ANN401
    services: Services,
    diamond: str,
    when: dict[str, Any],
    reason: str,
) -> None:
    trigger(glue, "more", "e", when=when)

    with pytest.raises(InvalidInputError, match=reason):
        machine_of(diamond, services.triggers.of_workflow(diamond))


def test_the_command_line_takes_a_machine_from_file_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gluepot.cli.workflow import app  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)
    document = {
        "StartAt": "Pick",
        "States": {
            "Pick": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericGreaterThan": 1, "Next": "Big"}],
                "Default": "Small",
            },
            "Big": {"Type": "Pass", "Result": "big", "End": True},
            "Small": {"Type": "Fail", "Error": "Small", "Cause": "too small"},
        },
    }
    file = tmp_path / "pick.asl.json"
    file.write_text(json.dumps(document))

    def said(*words: str) -> str:
        found = CliRunner().invoke(app, list(words), catch_exceptions=False)
        assert found.exit_code == 0
        return found.stdout

    assert said("import", str(file), "--name", "pick") == "Workflow pick is stored\n"
    assert said("import", str(file), "--name", "pick") == "Workflow pick is stored already\n"
    assert json.loads(said("export", "pick")) == document
    big = said("run", "pick", "--input", '{"n": 2}').strip()
    small = said("run", "pick", "--input", '{"n": 1}').strip()
    waiting = json.loads(said("status", big, "-o", "json"))
    _advance_all()
    done = json.loads(said("status", big, "-o", "json"))

    assert waiting["at"] == ["Pick READY"]
    assert (done["status"], done["output"]) == ("COMPLETED", "big")
    assert "Small: too small" in said("status", small)
    events = [each["event"] for each in json.loads(said("history", big, "-o", "json"))]
    assert events[-1] == "ExecutionSucceeded"
    edges = json.loads(said("graph", "pick", "-o", "json"))
    assert {"from": "Pick", "to": "Small", "when": "otherwise"} in edges
    resumed = said("resume", small).strip()
    assert "RUNNING" in said("status", resumed)
    assert said("stop", resumed) == f"Run {resumed} is STOPPED\n"
    listed = json.loads(said("ls", "-o", "json"))
    assert [(each["workflow"], each["status"]) for each in listed] == [("pick", "STOPPED")]


def _advance_all() -> None:
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        Hands(services).end()


def test_apply_stores_changes_and_removes_the_workflows_of_files(
    services: Services, tmp_path: Path
) -> None:
    from gluepot.applying import apply_definitions, plan_definitions  # noqa: PLC0415

    folder = tmp_path / "conf" / "workflows"
    folder.mkdir(parents=True)
    text = (
        "name: nightly\n"
        "description: d\n"
        "machine:\n"
        "  StartAt: Done\n"
        "  States:\n"
        "    Done: {Type: Succeed}\n"
    )
    file = folder / "nightly.yaml"

    file.write_text(text)
    created = apply_definitions(services).changes
    again = plan_definitions(services).changes
    file.write_text(text.replace("Succeed", "Fail"))
    changed = apply_definitions(services).changes
    machine = services.workflows.machine("nightly")
    file.write_text(text.replace("Succeed", "Suceed"))
    with pytest.raises(InvalidInputError, match=r"nightly.yaml: .*Did you mean 'Succeed'"):
        plan_definitions(services)
    file.unlink()
    removed = apply_definitions(services).changes

    assert [(c.kind, c.name, c.change) for c in created] == [("workflow", "nightly", "created")]
    assert again == ()
    assert [field.path for field in changed[0].fields] == ["machine.States.Done.Type"]
    assert machine is not None
    assert machine.document["States"]["Done"] == {"Type": "Fail"}
    assert [c.change for c in removed] == ["removed"]
    assert services.workflows.machine("nightly") is None
