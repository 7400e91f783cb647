"""What is told to whom: occasions, patterns of names, and the JSON that AWS Glue sends."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.notifications.model import read_notifications
from gluepot.jobs.runs.state import RunKind, RunState

if TYPE_CHECKING:
    from tests.jobs.notifications.conftest import Desk
    from tests.servers.hooks import Hook

_LEASE = timedelta(minutes=1)


def _events(desk: Desk, hook: Hook) -> list[dict[str, Any]]:
    desk.office.drain()
    return [json.loads(posted.body) for posted in hook.got]


def test_a_failed_run_is_told_as_glue_tells_it(local_desk: Desk, hook: Hook) -> None:
    channel = {"source": "aws.glue"}
    local_desk.hook("oncall", hook, "failure", channel=channel, link="https://g/{kind}/{name}/{id}")
    run_id = local_desk.run(RunState.FAILED, message="no such column")

    (event,) = _events(local_desk, hook)

    assert {name: event[name] for name in ("source", "detail-type", "account", "region")} == {
        "source": "aws.glue",
        "detail-type": "Glue Job State Change",
        "account": "123456789012",
        "region": "eu-west-1",
    }
    assert event["time"] == "2026-11-23T09:00:00Z"
    assert event["detail"] == {
        "jobName": "flights",
        "severity": "ERROR",
        "state": "FAILED",
        "jobRunId": run_id,
        "message": "no such column",
    }
    assert event["resources"] == [f"https://g/job/flights/{run_id}"]
    assert event["gluepot"]["link"] == event["resources"][0]


@pytest.mark.parametrize(
    ("state", "occasion", "severity"),
    [
        (RunState.SUCCEEDED, "success", "INFO"),
        (RunState.TIMEOUT, "failure", "WARN"),
        (RunState.STOPPED, "stopped", "INFO"),
    ],
)
def test_each_end_is_an_occasion(
    local_desk: Desk, hook: Hook, state: RunState, occasion: str, severity: str
) -> None:
    local_desk.hook("ends", hook, "success", "failure", "stopped", "retry", "delay", "quality")
    local_desk.run(state)

    (event,) = _events(local_desk, hook)

    assert event["gluepot"]["occasion"] == occasion
    assert (event["detail"]["state"], event["detail"]["severity"]) == (state, severity)


def test_a_failure_that_is_tried_again_is_no_failure_yet(local_desk: Desk, hook: Hook) -> None:
    local_desk.hook("oncall", hook, "failure")
    local_desk.hook("curious", hook, "retry")
    runs = local_desk.runs
    made = runs.enqueue(RunKind.JOB, "flights", max_retries=1)
    assert made is not None
    runs.finish(made.id, RunState.FAILED)
    runs.finish(runs.list(name="flights")[0].id, RunState.FAILED)

    local_desk.office.drain()

    told = {one.addressee: one.body["id"] for one in local_desk.outbox.list()}
    assert told == {"curious": made.id, "oncall": f"{made.id}_attempt_1"}


def test_a_run_that_is_late_is_told_of_once(local_desk: Desk, hook: Hook) -> None:
    local_desk.hook("late", hook, "delay")
    settings = {"NotificationProperty": {"NotifyDelayAfter": 5}}
    made = local_desk.runs.enqueue(RunKind.JOB, "flights", settings=settings)
    assert made is not None
    local_desk.runs.begin(made.id, "w", lease=_LEASE)
    local_desk.clock.now += _LEASE * 6
    local_desk.runs.note_delays()
    local_desk.runs.note_delays()

    (event,) = _events(local_desk, hook)

    assert event["detail-type"] == "Glue Job Run Status"
    assert event["detail"]["notificationCondition"] == {"NotifyDelayAfter": 5.0}
    assert event["detail"]["state"] == "RUNNING"


def test_a_gate_that_did_not_hold_is_told_even_if_the_run_succeeded(
    local_desk: Desk, hook: Hook
) -> None:
    local_desk.hook("quality", hook, "quality")
    gates = [
        {"gate": "good", "verdict": "PASSED", "report": "/r/good.html"},
        {"gate": "sane", "verdict": "FAILED", "report": "/r/sane.html"},
    ]
    local_desk.run(RunState.SUCCEEDED, quality=gates)

    (event,) = _events(local_desk, hook)

    assert event["detail-type"] == "Data Quality Evaluation Results Available"
    assert event["detail"]["rulesetNames"] == ["sane"]
    assert "/r/sane.html" in event["gluepot"]["cause"]


def test_a_ruleset_that_does_not_hold_of_a_table_is_told_as_glue_tells_it(
    local_desk: Desk, hook: Hook
) -> None:
    local_desk.hook("sales", hook, "quality", "success", tables=["sales.*"])
    bad = [{"gate": "rows", "verdict": "FAILED", "report": "/r/rows.html"}]
    run_id = local_desk.run(RunState.SUCCEEDED, "sales.orders", RunKind.QUALITY, quality=bad)
    local_desk.run(RunState.SUCCEEDED, "raw.orders", RunKind.QUALITY, quality=bad)
    local_desk.run(RunState.SUCCEEDED, "sales.orders", quality=bad)

    ended, event = _events(local_desk, hook)

    assert ended["detail-type"] == "Glue Data Quality Run State Change"
    assert event["detail-type"] == "Data Quality Evaluation Results Available"
    assert event["detail"]["context"] == {
        "contextType": "GLUE_DATA_CATALOG",
        "runId": run_id,
        "databaseName": "sales",
        "tableName": "orders",
        "catalogId": "123456789012",
    }
    assert event["detail"]["rulesetNames"] == ["rows"]


def test_crawlers_are_told_of_in_glues_words(local_desk: Desk, hook: Hook) -> None:
    local_desk.hook("crawls", hook, "started", "success", "failure", crawlers=["raw*"])
    local_desk.run(RunState.SUCCEEDED, "raw", RunKind.CRAWL, tables_added=2, partitions_removed=1)
    local_desk.run(RunState.FAILED, "raw-2", RunKind.CRAWL)
    local_desk.run(RunState.SUCCEEDED, "silver", RunKind.CRAWL)

    details = [event["detail"] for event in _events(local_desk, hook)]

    assert [(one["crawlerName"], one["state"]) for one in details] == [
        ("raw", "Started"),
        ("raw", "Succeeded"),
        ("raw-2", "Started"),
        ("raw-2", "Failed"),
    ]
    assert details[1]["tablesCreated"] == "2"
    assert details[1]["partitionsDeleted"] == "1"
    assert details[3]["errorMessage"] == "boom"


def test_patterns_choose_by_kind_and_name(local_desk: Desk, hook: Hook) -> None:
    local_desk.hook("all", hook, "success")
    local_desk.hook("some", hook, "success", jobs=["night*"])
    local_desk.hook("flows", hook, "success", workflows=["*"])
    local_desk.run(RunState.SUCCEEDED, "nightly")
    local_desk.run(RunState.SUCCEEDED, "daily")
    local_desk.run(RunState.SUCCEEDED, "nightly", RunKind.CRAWL)

    local_desk.office.drain()

    told = [(one.addressee, one.body["name"]) for one in local_desk.outbox.list()]
    assert sorted(told) == [
        ("all", "daily"),
        ("all", "nightly"),
        ("all", "nightly"),
        ("some", "nightly"),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("events: [failing]\nchannel: {type: webhook, url: 'http://h'}", "events.0"),
        ("events: [failure]\nchannel: {type: pigeon}", "channel"),
        ("events: [failure]\nchannel: {type: webhook, url: 'ftp://h'}", "http"),
        ("on: [failure]\nchannel: {type: webhook, url: 'http://h'}", "broken.yaml"),
        ("events: [failure]\nchannel: {type: webhook, url: 'http://h', secret: s3cret}", "secret"),
        ("- a", "mapping"),
        ("a: [", "broken.yaml"),
    ],
)
def test_a_faulty_definition_is_named_and_the_others_stand(
    local_desk: Desk, hook: Hook, text: str, fault: str
) -> None:
    local_desk.hook("good", hook, "failure")
    (local_desk.conf / "notifications" / "broken.yaml").write_text(text)

    found, (error,) = read_notifications(local_desk.conf)

    assert [one.name for one in found] == ["good"]
    assert fault in str(error)
    assert "s3cret" not in str(error)
