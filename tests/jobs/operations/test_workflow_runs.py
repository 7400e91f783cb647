"""Runs of workflows through the API: what they start, how they stand, and how they stop."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.runs.store import RunKind, RunState
from gluepot.jobs.scheduling.firing import Firing
from tests.jobs.operations.conftest import names_of, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gluepot.services import Services

AFTER = {"LogicalOperator": "EQUALS", "CrawlerName": "raw", "CrawlState": "SUCCEEDED"}


@pytest.fixture
def flow(glue: Any, tmp_path: Path) -> str:  # noqa: ANN401
    """Return a workflow that crawls twice, one crawl after the other."""
    for name in ("raw", "lake"):
        folder = tmp_path / name / "t"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("day,count\n1,2\n2,3\n")
        path = {"S3Targets": [{"Path": str(folder.parent)}]}
        glue.create_crawler(Name=name, Role="r", DatabaseName="d", Targets=path)
    glue.create_workflow(Name="flow", DefaultRunProperties={"a": "1", "b": "1"})
    trigger(glue, "begin", {"CrawlerName": "raw"})
    trigger(glue, "then", {"CrawlerName": "lake"}, AFTER)
    return "flow"


def trigger(
    glue: Any,  # noqa: ANN401
    name: str,
    action: dict[str, Any],
    condition: dict[str, Any] | None = None,
    workflow: str | None = "flow",
) -> None:
    more: dict[str, Any] = {"WorkflowName": workflow} if workflow else {}
    if condition:
        more |= {"Predicate": {"Conditions": [condition]}, "StartOnCreation": True}
    kind = "CONDITIONAL" if condition else "ON_DEMAND"
    glue.create_trigger(Name=name, Type=kind, Actions=[action], **more)


def start(glue: Any, **request: Any) -> str:  # noqa: ANN401
    run_id: str = glue.start_workflow_run(Name="flow", **request)["RunId"]
    return run_id


def run_of(glue: Any, run_id: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
    found: dict[str, Any] = glue.get_workflow_run(Name="flow", RunId=run_id, **request)["Run"]
    return found


def test_a_run_goes_through_the_graph_and_says_how_it_went(
    glue: Any,  # noqa: ANN401
    flow: str,
    work: Callable[[], None],
) -> None:
    run_id = start(glue, RunProperties={"b": "2"})
    begun = run_of(glue, run_id)
    work()

    ended = run_of(glue, run_id, IncludeGraph=True)
    assert len(run_id) == 67
    assert (begun["Status"], begun["Statistics"]["WaitingActions"]) == ("RUNNING", 1)
    assert "CompletedOn" not in begun
    assert ended["Status"] == "COMPLETED"
    assert ended["CompletedOn"] >= ended["StartedOn"]
    assert ended["WorkflowRunProperties"] == {"a": "1", "b": "2"}
    counts = ended["Statistics"]
    assert (counts["TotalActions"], counts["SucceededActions"]) == (2, 2)
    crawls = {
        node["Name"]: node["CrawlerDetails"]["Crawls"]
        for node in ended["Graph"]["Nodes"]
        if node["Type"] == "CRAWLER"
    }
    assert [crawl["State"] for name in ("raw", "lake") for crawl in crawls[name]] == [
        "SUCCEEDED",
        "SUCCEEDED",
    ]
    last = glue.get_workflow(Name=flow)["Workflow"]["LastRun"]
    assert last["WorkflowRunId"] == run_id


@pytest.mark.usefixtures("flow")
def test_the_triggers_of_a_run_are_those_it_began_with(
    glue: Any,  # noqa: ANN401
    work: Callable[[], None],
) -> None:
    run_id = start(glue)
    glue.delete_trigger(Name="then")
    later = start(glue)

    work()

    assert run_of(glue, run_id)["Statistics"]["SucceededActions"] == 2
    assert run_of(glue, later)["Statistics"]["SucceededActions"] == 1


@pytest.mark.usefixtures("flow")
def test_inside_fires_inside_and_outside_fires_outside(
    glue: Any,  # noqa: ANN401
    services: Services,
    work: Callable[[], None],
) -> None:
    trigger(glue, "outer begin", {"CrawlerName": "raw"}, workflow=None)
    trigger(glue, "outer then", {"JobName": "no"}, AFTER, workflow=None)
    start(glue)
    work()
    inside = {run.trigger_name for run in services.runs.list()}

    glue.start_trigger(Name="outer begin")
    firing = Firing(
        clock=services.clock,
        runs=services.runs,
        triggers=services.triggers,
        workflows=services.workflows,
    )
    (begun,) = services.runs.list(limit=1)
    services.runs.finish(begun.id, RunState.SUCCEEDED)
    followed = firing.fire_followers()

    assert inside == {"begin", "then"}
    assert [run.trigger_name for run in followed] == ["outer then"]


@pytest.mark.usefixtures("flow")
def test_jobs_are_told_which_run_they_are_in(glue: Any, services: Services) -> None:  # noqa: ANN401
    action = {"JobName": "load", "Arguments": {"--day": "1"}}
    update = {"Actions": [action, {"CrawlerName": "raw"}]}
    glue.update_trigger(Name="begin", TriggerUpdate=update)

    run_id = start(glue)

    (job,) = services.runs.list(kind=RunKind.JOB)
    assert job.arguments == {
        "--day": "1",
        "--WORKFLOW_NAME": "flow",
        "--WORKFLOW_RUN_ID": run_id,
    }
    (crawl,) = services.runs.list(kind=RunKind.CRAWL)
    assert crawl.arguments == {}


@pytest.mark.usefixtures("flow")
def test_a_stopped_run_goes_no_further(
    glue: Any,  # noqa: ANN401
    services: Services,
    work: Callable[[], None],
) -> None:
    run_id = start(glue)
    (crawl,) = services.runs.list()
    services.runs.begin(crawl.id, "w", lease=timedelta(hours=1))

    glue.stop_workflow_run(Name="flow", RunId=run_id)
    stopping = run_of(glue, run_id)["Status"]
    with refused(glue, "IllegalWorkflowState", "STOPPING"):
        glue.stop_workflow_run(Name="flow", RunId=run_id)
    # It had done its work before it heard of it; what waits for that does not begin all the same.
    services.runs.finish(crawl.id, RunState.SUCCEEDED)
    work()

    assert stopping == "STOPPING"
    assert run_of(glue, run_id)["Status"] == "STOPPED"
    assert len(services.runs.list()) == 1


@pytest.mark.usefixtures("flow")
def test_no_more_runs_than_the_workflow_allows(glue: Any, services: Services) -> None:  # noqa: ANN401
    glue.update_workflow(Name="flow", MaxConcurrentRuns=1)
    glue.delete_trigger(Name="begin")
    glue.create_trigger(
        Name="nightly",
        Type="SCHEDULED",
        Schedule="rate(1 hour)",
        Actions=[{"CrawlerName": "lake"}],
        WorkflowName="flow",
        StartOnCreation=True,
    )
    first = start(glue)

    with refused(glue, "ConcurrentRunsExceeded", "Concurrent runs exceeded for workflow: flow."):
        start(glue)
    later = services.clock() + timedelta(hours=2)
    firing = Firing(
        clock=lambda: later,
        runs=services.runs,
        triggers=services.triggers,
        workflows=services.workflows,
    )
    assert firing.fire_due() == ()

    newest, oldest = names_of(glue, "get_workflow_runs", "Runs", Name="flow")
    assert (oldest["WorkflowRunId"], oldest["Status"]) == (first, "RUNNING")
    assert newest["Status"] == "ERROR"
    assert newest["ErrorMessage"] == "Concurrent runs exceeded for workflow: flow."


def test_a_workflow_of_nothing_is_done_at_once_and_its_properties_stay(glue: Any) -> None:  # noqa: ANN401
    glue.create_workflow(Name="flow")
    made = [start(glue, RunProperties={"a": "1"}) for _ in range(5)]

    glue.put_workflow_run_properties(Name="flow", RunId=made[0], RunProperties={"b": "2"})

    assert run_of(glue, made[0])["Status"] == "COMPLETED"
    found = glue.get_workflow_run_properties(Name="flow", RunId=made[0])["RunProperties"]
    assert found == {"a": "1", "b": "2"}
    runs = names_of(glue, "get_workflow_runs", "Runs", Name="flow")
    assert [run["WorkflowRunId"] for run in runs] == made[::-1]
    with refused(glue, "IllegalWorkflowState", "COMPLETED"):
        glue.stop_workflow_run(Name="flow", RunId=made[0])


def test_what_is_not_there_is_not_found(glue: Any) -> None:  # noqa: ANN401
    glue.create_workflow(Name="flow")
    run_id = start(glue)

    for name, wanted in (("flow", "x"), ("other", run_id)):
        with refused(glue, "EntityNotFound", "Entity not found"):
            glue.get_workflow_run(Name=name, RunId=wanted)
        with refused(glue, "EntityNotFound", "Entity not found"):
            glue.stop_workflow_run(Name=name, RunId=wanted)
        with refused(glue, "EntityNotFound", "Entity not found"):
            glue.get_workflow_run_properties(Name=name, RunId=wanted)
        with refused(glue, "EntityNotFound", "Entity not found"):
            glue.put_workflow_run_properties(Name=name, RunId=wanted, RunProperties={})
    with refused(glue, "EntityNotFound", "Entity not found"):
        glue.start_workflow_run(Name="other")
    with refused(glue, "EntityNotFound", "Entity not found"):
        glue.get_workflow_runs(Name="other")
