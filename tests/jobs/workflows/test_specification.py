"""Documents in the manner of the specification's examples do what it says of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.jobs.workflows.playing import Failure, Play, function, run_pass

if TYPE_CHECKING:
    from gluepot.jobs.workflows.resources import Work


def functions(*names: str) -> dict[str, str]:
    return {function(name): f"https://functions.example/{name}" for name in names}


def task(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    ends = {} if "Next" in more else {"End": True}
    return {"Type": "Task", "Resource": function(name), **ends, **more}


def test_hello_world_calls_its_function_with_its_input() -> None:
    document = {
        "Comment": "The smallest machine there is",
        "StartAt": "Hello World",
        "States": {"Hello World": task("HelloWorld")},
    }

    played = Play(document, {"who": "world"}, resources=functions("HelloWorld"))

    (work,) = played.works
    assert work.settings["Call"]["url"].endswith("/HelloWorld")
    assert played.output == {"who": "world"}


def test_a_choice_leads_on_by_its_first_rule_that_holds() -> None:
    document = {
        "StartAt": "DispatchEvent",
        "States": {
            "DispatchEvent": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Not": {"Variable": "$.type", "StringEquals": "Private"},
                        "Next": "Public",
                    },
                    {
                        "And": [
                            {"Variable": "$.value", "IsPresent": True},
                            {"Variable": "$.value", "IsNumeric": True},
                            {"Variable": "$.value", "NumericGreaterThanEquals": 20},
                            {"Variable": "$.value", "NumericLessThan": 30},
                        ],
                        "Next": "ValueInTwenties",
                    },
                ],
                "Default": "RecordEvent",
            },
            "Public": {"Type": "Pass", "Result": "public", "End": True},
            "ValueInTwenties": {"Type": "Pass", "Result": "twenties", "End": True},
            "RecordEvent": {"Type": "Pass", "Result": "record", "End": True},
        },
    }

    assert Play(document, {"type": "Public"}).output == "public"
    assert Play(document, {"type": "Private", "value": 22}).output == "twenties"
    assert Play(document, {"type": "Private", "value": 30}).output == "record"
    assert Play(document, {"type": "Private"}).output == "record"


def test_retriers_count_each_for_itself_and_start_anew_in_the_next_state() -> None:
    # ErrorA, ErrorB, ErrorC and ErrorB once more: the fourth failure is the second of its retrier.
    failures = iter(["ErrorA", "ErrorB", "ErrorC", "ErrorB", None])
    document = {
        "StartAt": "X",
        "States": {
            "X": task(
                "X",
                Retry=[
                    {
                        "ErrorEquals": ["ErrorA", "ErrorB"],
                        "IntervalSeconds": 1,
                        "BackoffRate": 2.0,
                        "MaxAttempts": 2,
                    },
                    {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5},
                ],
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
            ),
            "Z": {"Type": "Pass", "End": True},
        },
    }

    def answer(_work: Work) -> Any:  # noqa: ANN401
        failure = next(failures)
        if failure is not None:
            raise Failure(failure, "no")
        return "done"

    played = Play(document, {}, resources=functions("X"), answer=answer)

    waits = [e.detail["seconds"] for e in played.events if e.type == "RetryScheduled"]
    assert waits == [1, 2, 5]
    assert played.output == {"Error": "ErrorB", "Cause": "no"}


def test_a_retrier_backs_off_up_to_its_longest_delay() -> None:
    retrier = {
        "ErrorEquals": ["States.TaskFailed"],
        "IntervalSeconds": 3,
        "MaxAttempts": 4,
        "BackoffRate": 2,
        "MaxDelaySeconds": 10,
    }

    def answer(_work: Work) -> None:
        raise Failure("E", "no")

    played = run_pass(task("f", Retry=[retrier]), {}, resources=functions("f"), answer=answer)

    waits = [e.detail["seconds"] for e in played.events if e.type == "RetryScheduled"]
    assert waits == [3, 6, 10, 10]
    assert played.took == timedelta(seconds=29)
    assert played.error == "E"


def test_full_jitter_draws_the_wait_and_the_same_execution_draws_the_same() -> None:
    retrier = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "JitterStrategy": "FULL"}

    def answer(_work: Work) -> None:
        raise Failure("E", "no")

    def waits(run_id: str) -> list[float]:
        played = run_pass(
            task("f", Retry=[retrier]), {}, resources=functions("f"), answer=answer, run_id=run_id
        )
        return [e.detail["seconds"] for e in played.events if e.type == "RetryScheduled"]

    assert waits("a") == waits("a") != waits("b")
    assert all(0 <= wait <= most for wait, most in zip(waits("a"), (100, 200, 400), strict=True))


@pytest.mark.parametrize(
    ("wait", "given", "seconds"),
    [
        ({"Seconds": 10}, {}, 10),
        ({"SecondsPath": "$.seconds"}, {"seconds": 7}, 7),
        ({"Timestamp": "2026-01-01T00:01:00Z"}, {}, 60),
        ({"TimestampPath": "$.at"}, {"at": "2026-01-01T02:00:00+01:00"}, 3600),
        ({"Timestamp": "2016-03-14T01:59:00Z"}, {}, 0),
        ({"Seconds": 31_536_000}, {}, 31_536_000),
    ],
)
def test_a_wait_lasts_as_long_as_it_says(
    wait: dict[str, Any], given: dict[str, Any], seconds: int
) -> None:
    played = run_pass({"Type": "Wait", **wait}, given)

    assert played.took == timedelta(seconds=seconds)
    assert played.output == given


def test_a_fail_state_ends_the_machine_with_its_words() -> None:
    literal = Play(
        {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "ErrorA", "Cause": "Kaiju"}}}
    )
    paths = {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('so {}', $.c)"}
    picked = Play({"StartAt": "F", "States": {"F": paths}}, {"e": "E", "c": "it is"})

    assert literal.failure == ("ErrorA", "Kaiju")
    assert picked.failure == ("E", "so it is")


def test_a_parallel_gathers_the_outputs_of_its_branches_in_their_order() -> None:
    document = {
        "StartAt": "FunWithMath",
        "States": {
            "FunWithMath": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "Add", "States": {"Add": task("Add")}},
                    {"StartAt": "Subtract", "States": {"Subtract": task("Subtract")}},
                ],
                "End": True,
            }
        },
    }

    def answer(work: Work) -> int:
        first, second = work.settings["Call"]["body"]
        url: str = work.settings["Call"]["url"]
        return int(first + second if url.endswith("/Add") else first - second)

    played = Play(document, [3, 2], resources=functions("Add", "Subtract"), answer=answer)

    assert played.output == [5, 1]


def test_a_branch_that_fails_ends_the_others_and_can_be_caught() -> None:
    document = {
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "Slow", "States": {"Slow": task("Slow")}},
                    {"StartAt": "Bad", "States": {"Bad": task("Bad")}},
                ],
                "Catch": [
                    {
                        "ErrorEquals": ["States.BranchFailed"],
                        "ResultPath": "$.error",
                        "Next": "Clean",
                    }
                ],
                "End": True,
            },
            "Clean": {"Type": "Pass", "End": True},
        },
    }

    def answer(work: Work) -> None:
        if work.settings["Call"]["url"].endswith("/Bad"):
            raise Failure("Bad", "it is")

    played = Play(document, {"a": 1}, resources=functions("Slow", "Bad"), answer=answer)

    assert played.stopped == ["1"]
    assert played.output == {"a": 1, "error": {"Error": "Bad", "Cause": "it is"}}


def shipped(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "StartAt": "Validate-All",
        "States": {
            "Validate-All": {
                "Type": "Map",
                "InputPath": "$.detail",
                "ItemsPath": "$.shipped",
                "MaxConcurrency": 0,
                "ResultPath": "$.detail.shipped",
                "ItemProcessor": {"StartAt": "Validate", "States": {"Validate": task("ship-val")}},
                "End": True,
                **more,
            }
        },
    }


ORDER = {
    "ship-date": "2016-03-14T01:59:00Z",
    "detail": {
        "delivery-partner": "UQS",
        "shipped": [{"prod": "R31"}, {"prod": "S39"}, {"prod": "R50"}],
    },
}


def test_a_map_runs_its_processor_for_each_item() -> None:
    def answer(work: Work) -> str:
        return f"ok {work.settings['Call']['body']['prod']}"

    played = Play(shipped(), ORDER, resources=functions("ship-val"), answer=answer)

    detail = {"delivery-partner": "UQS", "shipped": ["ok R31", "ok S39", "ok R50"]}
    assert played.output == {**ORDER, "detail": detail}


def test_a_map_selects_what_its_iterations_are_given() -> None:
    selector = {
        "parcel.$": "$$.Map.Item.Value",
        "number.$": "$$.Map.Item.Index",
        "courier.$": "$.delivery-partner",
    }

    played = Play(shipped(ItemSelector=selector), ORDER, resources=functions("ship-val"))

    bodies = [work.settings["Call"]["body"] for work in played.works]
    assert bodies == [
        {"parcel": {"prod": prod}, "number": number, "courier": "UQS"}
        for number, prod in enumerate(("R31", "S39", "R50"))
    ]


def test_a_map_has_no_more_iterations_under_way_than_it_may() -> None:
    played = Play(shipped(MaxConcurrency=1), ORDER, resources=functions("ship-val"))

    kinds = [event.type for event in played.events]
    begun = [number for number, kind in enumerate(kinds) if kind == "TaskScheduled"]
    ended = [number for number, kind in enumerate(kinds) if kind == "TaskSucceeded"]
    assert all(end < start for end, start in zip(ended, begun[1:], strict=False))
    assert len(begun) == len(ended) == 3


def test_a_map_of_nothing_is_an_empty_list() -> None:
    nothing: dict[str, Any] = {"detail": {"shipped": []}}

    assert Play(shipped(), nothing, resources=functions("ship-val")).output == nothing


def test_a_task_that_takes_too_long_fails_and_is_stopped() -> None:
    state = task(
        "slow", TimeoutSeconds=30, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]
    )
    document = {"StartAt": "T", "States": {"T": state, "Late": {"Type": "Succeed"}}}

    played = Play(document, {}, resources=functions("slow"), answer=lambda _work: None)

    assert (played.took, played.stopped) == (timedelta(seconds=30), ["1"])
    assert played.output["Error"] == "States.Timeout"


def test_a_task_failure_is_no_timeout() -> None:
    state = task(
        "slow", TimeoutSeconds=30, Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "No"}]
    )
    document = {"StartAt": "T", "States": {"T": state, "No": {"Type": "Succeed"}}}

    played = Play(document, {}, resources=functions("slow"), answer=lambda _work: None)

    assert played.error == "States.Timeout"


def test_a_machine_that_takes_too_long_is_over() -> None:
    document = {
        "TimeoutSeconds": 60,
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 61, "End": True}},
    }

    played = Play(document)

    assert (played.execution.status, played.error) == ("TIMED_OUT", "States.Timeout")
    assert played.took == timedelta(seconds=60)


def test_an_endless_loop_ends_at_the_most_events_there_may_be() -> None:
    document = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}

    played = Play(document)

    assert played.error == "States.Runtime"
    assert "25000" in str(played.failure[1])


def test_a_job_is_told_its_arguments_and_its_run_is_the_result() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName.$": "$.job", "Arguments": {"--day.$": "$.day"}, "Timeout": 5},
        "ResultSelector": {"id.$": "$.Id"},
        "ResultPath": "$.run",
        "OutputPath": "$.run.id",
    }

    played = run_pass(state, {"job": "load", "day": "1"}, answer=lambda _work: {"Id": "jr_1"})

    (work,) = played.works
    assert (work.kind, work.name, work.arguments) == ("job", "load", {"--day": "1"})
    assert work.settings == {"Timeout": 5}
    assert played.output == "jr_1"


def test_what_is_not_waited_for_gives_what_was_begun() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:glue:startCrawler",
        "Parameters": {"Name": "raw"},
    }

    played = run_pass(state, {}, answer=lambda _work: None)

    assert played.output == {}
    assert [work.name for work in played.works] == ["raw"]
