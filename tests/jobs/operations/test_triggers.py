"""Triggers through the API: definitions as they were given, and what they start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.triggers.events import Event
from tests.jobs.operations.conftest import names_of, refused

if TYPE_CHECKING:
    from gluepot.services import Services

ACTION: dict[str, Any] = {
    "JobName": "load",
    "Arguments": {"--day": "1"},
    "Timeout": 5,
    "SecurityConfiguration": "sealed",
    "NotificationProperty": {"NotifyDelayAfter": 3},
}
AFTER: dict[str, Any] = {
    "Type": "CONDITIONAL",
    "Description": "",
    "Actions": [{"CrawlerName": "raw"}, ACTION],
    "Predicate": {
        "Logical": "ANY",
        "Conditions": [
            {"LogicalOperator": "EQUALS", "JobName": "load", "State": "SUCCEEDED"},
            {"LogicalOperator": "EQUALS", "CrawlerName": "raw", "CrawlState": "CANCELLED"},
        ],
    },
}
EVENT: dict[str, Any] = {
    "Type": "EVENT",
    "WorkflowName": "flow",
    "Actions": [{"JobName": "load"}],
    "EventBatchingCondition": {"BatchSize": 5, "BatchWindow": 60},
}
NIGHTLY: dict[str, Any] = {
    "Type": "SCHEDULED",
    "Schedule": "cron(15 12 * * ? *)",
    "Actions": [{"JobName": "load"}],
}
BY_HAND: dict[str, Any] = {"Type": "ON_DEMAND", "Actions": [ACTION]}


@pytest.mark.parametrize("definition", [AFTER, EVENT, NIGHTLY, BY_HAND], ids=lambda d: d["Type"])
def test_a_trigger_is_read_back_as_it_was_given(glue: Any, definition: dict[str, Any]) -> None:  # noqa: ANN401
    glue.create_workflow(Name="flow")

    created = glue.create_trigger(Name="t 1", **definition, Tags={"a": "1"})

    found = glue.get_trigger(Name="t 1")["Trigger"]
    assert created["Name"] == "t 1"
    assert found == {"Name": "t 1", "State": "CREATED", **definition}
    assert glue.get_triggers()["Triggers"] == [found]
    assert glue.batch_get_triggers(TriggerNames=["x", "t 1"])["Triggers"] == [found]
    assert glue.batch_get_triggers(TriggerNames=["x", "t 1"])["TriggersNotFound"] == ["x"]


def test_triggers_start_stop_and_go(glue: Any, services: Services) -> None:  # noqa: ANN401
    glue.create_trigger(Name="nightly", **NIGHTLY, StartOnCreation=True)
    glue.create_trigger(Name="by hand", **BY_HAND)

    stopped = glue.stop_trigger(Name="nightly")["Name"]
    at_rest = glue.get_trigger(Name="nightly")["Trigger"]["State"]
    glue.start_trigger(Name="nightly")
    started = glue.start_trigger(Name="by hand")["Name"]

    assert (stopped, at_rest, started) == ("nightly", "DEACTIVATED", "by hand")
    assert glue.get_trigger(Name="nightly")["Trigger"]["State"] == "ACTIVATED"
    assert services.triggers.next_fire_at("nightly") is not None
    assert glue.get_trigger(Name="by hand")["Trigger"]["State"] == "CREATED"
    (run,) = services.runs.list()
    assert (run.name, run.trigger_name, run.arguments) == ("load", "by hand", {"--day": "1"})
    assert run.settings == {
        key: ACTION[key] for key in ("Timeout", "SecurityConfiguration", "NotificationProperty")
    }
    assert glue.delete_trigger(Name="nightly")["Name"] == "nightly"
    assert glue.delete_trigger(Name="nightly")["Name"] == "nightly"
    with refused(glue, "EntityNotFound", "Trigger nightly not found."):
        glue.get_trigger(Name="nightly")
    for operation in ("start_trigger", "stop_trigger"):
        with refused(glue, "EntityNotFound", "Trigger nightly not found."):
            getattr(glue, operation)(Name="nightly")


def test_an_update_replaces_the_definition_and_keeps_state_and_workflow(glue: Any) -> None:  # noqa: ANN401
    glue.create_workflow(Name="flow")
    glue.create_trigger(Name="t", **NIGHTLY, WorkflowName="flow", StartOnCreation=True)
    update = {"Schedule": "rate(1 day)", "Actions": [{"CrawlerName": "raw"}]}

    updated = glue.update_trigger(Name="t", TriggerUpdate=update)["Trigger"]

    assert updated == glue.get_trigger(Name="t")["Trigger"]
    kept = {"Name": "t", "Type": "SCHEDULED", "State": "ACTIVATED", "WorkflowName": "flow"}
    assert updated == kept | update
    with refused(glue, "EntityNotFound"):
        glue.update_trigger(Name="x", TriggerUpdate=update)
    with refused(glue, "InvalidInput"):
        glue.update_trigger(Name="t", TriggerUpdate={"Schedule": "rate(1 day)"})
    assert glue.get_trigger(Name="t")["Trigger"] == updated


def test_triggers_are_listed_by_page_by_job_and_by_tags(glue: Any) -> None:  # noqa: ANN401
    for number in range(5):
        job = {"JobName": f"job{number % 2}"}
        tags = {"odd": str(number % 2)}
        glue.create_trigger(Name=f"t{number}", Type="ON_DEMAND", Actions=[job], Tags=tags)

    assert names_of(glue, "list_triggers", "TriggerNames") == [f"t{n}" for n in range(5)]
    found = names_of(glue, "get_triggers", "Triggers", DependentJobName="job0")
    assert [item["Name"] for item in found] == ["t0", "t2", "t4"]
    assert names_of(glue, "list_triggers", "TriggerNames", DependentJobName="job1") == ["t1", "t3"]
    assert glue.list_triggers(Tags={"odd": "1"})["TriggerNames"] == ["t1", "t3"]
    both = glue.list_triggers(Tags={"odd": "1"}, DependentJobName="job0")
    assert both["TriggerNames"] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Type": "SCHEDULED"}, "Schedule"),
        ({"Type": "SCHEDULED", "Schedule": "soon"}, "not a schedule"),
        ({"Type": "CONDITIONAL"}, "Predicate"),
        ({"Type": "CONDITIONAL", "Predicate": {}}, "Predicate|Conditions"),
        ({"Actions": []}, "Actions"),
        (
            {"Actions": [{"JobName": "a", "CrawlerName": "b"}]},
            r"\): Both JobName and CrawlerName cannot be set together in an action$",
        ),
        ({"StartOnCreation": True}, "ON_DEMAND"),
    ],
    ids=str,
)
def test_a_wrong_definition_is_refused(glue: Any, change: dict[str, Any], said: str) -> None:  # noqa: ANN401
    with refused(glue, "InvalidInput", said):
        glue.create_trigger(**{"Name": "t", **BY_HAND, **change})

    assert glue.list_triggers()["TriggerNames"] == []


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"JobName": "a", "State": "SUCCEEDED"}, "Logical operator cannot be null or empty"),
        (
            {"LogicalOperator": "EQUALS", "JobName": "a"},
            (
                r"State cannot be null or empty, choose from one of the following job state:"
                r" \[SUCCEEDED, STOPPED, FAILED, TIMEOUT\]"
            ),
        ),
        (
            {"LogicalOperator": "EQUALS", "CrawlerName": "a"},
            r"choose from one of the following crawler state: \[SUCCEEDED, FAILED, CANCELLED\]",
        ),
        (
            {"LogicalOperator": "EQUALS"},
            "JobName or CrawlerName in condition cannot be null or empty",
        ),
    ],
    ids=str,
)
def test_a_wrong_condition_is_refused_in_glues_words(
    glue: Any,  # noqa: ANN401
    condition: dict[str, Any],
    said: str,
) -> None:
    with refused(glue, "InvalidInput", f"{said}$"):
        glue.create_trigger(
            Name="t",
            Type="CONDITIONAL",
            Predicate={"Conditions": [condition]},
            Actions=[{"JobName": "b"}],
        )


def test_a_name_is_taken_once_and_a_workflow_must_be_there(glue: Any) -> None:  # noqa: ANN401
    glue.create_trigger(Name="t", **BY_HAND)

    with refused(glue, "AlreadyExists"):
        glue.create_trigger(Name="t", **NIGHTLY)
    with refused(glue, "EntityNotFound"):
        glue.create_trigger(Name="u", **EVENT)
    assert glue.list_triggers()["TriggerNames"] == ["t"]


def test_a_tag_names_the_queue_of_a_new_triggers_events(
    glue: Any,  # noqa: ANN401
    services: Services,
) -> None:
    arn = "arn:aws:sqs:us-east-1:123456789012:events"
    glue.create_workflow(Name="flow")
    tags = {"gluepot:event-queue": arn}
    glue.create_trigger(Name="t", **EVENT, Tags=tags, StartOnCreation=True)

    update = {"Actions": [{"JobName": "load"}], "EventBatchingCondition": {"BatchSize": 2}}
    updated = glue.update_trigger(Name="t", TriggerUpdate=update)["Trigger"]

    assert updated == glue.get_trigger(Name="t")["Trigger"]
    assert updated.keys() == {"Name", "Type", "State", "WorkflowName", *update}
    assert services.triggers.queues() == {"t": arn}
    with refused(glue, "InvalidInput", "names no queue"):
        bad = {"gluepot:event-queue": "events"}
        glue.create_trigger(Name="u", **EVENT, Tags=bad)
    with refused(glue, "InvalidInput", "takes no EventQueue"):
        glue.create_trigger(Name="u", **BY_HAND, Tags=tags)
    with refused(glue, "InvalidInput", "takes no EventBatchingCondition"):
        batching = {"EventBatchingCondition": {"BatchSize": 2}}
        glue.create_trigger(Name="u", **BY_HAND, **batching)


@pytest.mark.parametrize("batching", [{"BatchSize": 101}, {"BatchSize": 1, "BatchWindow": 901}])
def test_batches_are_bounded_as_in_glue(glue: Any, batching: dict[str, int]) -> None:  # noqa: ANN401
    wrong = EVENT | {"EventBatchingCondition": batching, "WorkflowName": "flow"}
    glue.create_workflow(Name="flow")

    with refused(glue, "Validation"):
        glue.create_trigger(Name="t", **wrong)


def test_a_workflow_run_tells_the_batch_that_started_it(
    glue: Any,  # noqa: ANN401
    services: Services,
) -> None:
    glue.create_workflow(Name="flow")
    two = EVENT | {"EventBatchingCondition": {"BatchSize": 2}}
    glue.create_trigger(Name="t", **two, StartOnCreation=True)
    services.triggers.receive("t", [Event(id=item, body={}) for item in "ab"])

    Firing(
        clock=services.clock,
        runs=services.runs,
        triggers=services.triggers,
        workflows=services.workflows,
    ).fire_due()

    (run,) = glue.get_workflow_runs(Name="flow")["Runs"]
    assert run["StartingEventBatchCondition"] == {"BatchSize": 2}
    assert run["WorkflowRunProperties"] == {"aws:eventIds": '["a", "b"]'}


def test_a_schedule_may_name_a_time_zone_and_a_policy(
    glue: Any,  # noqa: ANN401
    services: Services,
) -> None:
    text = "cron(0 8 * * ? *) Asia/Tokyo missed=all"
    glue.create_trigger(Name="t", **NIGHTLY | {"Schedule": text}, StartOnCreation=True)

    following = services.triggers.next_fire_at("t")
    assert glue.get_trigger(Name="t")["Trigger"]["Schedule"] == text
    assert following is not None
    assert (following.hour, following.minute) == (23, 0)


def test_a_schedule_that_never_fires_is_refused(glue: Any) -> None:  # noqa: ANN401
    never = NIGHTLY | {"Schedule": "cron(0 0 30 2 ? *)"}

    with refused(glue, "InvalidInput", "never fires"):
        glue.create_trigger(Name="t", **never)
