"""What the page on the States Language says and no example of the specification shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.workflows.checks import StateMachineError, check_machine
from gluepot.jobs.workflows.machine import begin, step
from gluepot.jobs.workflows.state import Phase
from gluepot.jobs.workflows.steps import Machine, Report
from tests.jobs.workflows.playing import BEGIN, Failure, Play, function, run_pass

if TYPE_CHECKING:
    from gluepot.jobs.workflows.resources import Work
    from gluepot.jobs.workflows.steps import Step

TASK = {"Type": "Task", "Resource": function("f"), "End": True}
RESOURCES = {function("f"): "https://functions.example/f"}
INNER = {"StartAt": "I", "States": {"I": TASK}}
LONGEST = 31_622_400


def played(state: dict[str, Any], given: Any = None, **more: Any) -> Play:  # noqa: ANN401
    return run_pass(state, given, resources=RESOURCES, **more)


def always(error: str) -> Any:  # noqa: ANN401
    def answer(_work: Work) -> None:
        raise Failure(error, "no")

    return answer


class Hand:
    """Carries a machine on by hand, step for step."""

    def __init__(self, state: dict[str, Any], given: Any) -> None:  # noqa: ANN401
        document = {"StartAt": "S", "States": {"S": state}}
        check_machine(document, RESOURCES)
        self._machine = Machine(name="m", document=document, resources=RESOURCES)
        self._execution = begin(self._machine, given, BEGIN)

    def step(self, seconds: int = 0, **reports: Report) -> Step:
        """Make a step so many seconds after the begin; ``reports`` are by token, as ``t1``."""
        known = {name.removeprefix("t"): report for name, report in reports.items()}
        now = BEGIN + timedelta(seconds=seconds)
        after = step(self._machine, self._execution, "x", known, now)
        self._execution = after.execution
        return after


def test_a_task_that_says_no_timeout_has_none() -> None:
    assert Hand(TASK, {}).step().due is None


def test_a_task_takes_its_times_from_the_data() -> None:
    hand = Hand({**TASK, "TimeoutSecondsPath": "$.t", "HeartbeatSecondsPath": "$.h"},
                {"t": 90, "h": 20})  # fmt: skip
    at_work = Report(begun={})

    dues = [hand.step(seconds, t1=at_work).due for seconds in (0, 20, 40, 60, 80)]
    late = hand.step(90, t1=at_work)

    assert dues == [BEGIN + timedelta(seconds=at) for at in (20, 40, 60, 80, 90)]
    assert (late.execution.root.phase, late.execution.root.error) == (
        *(Phase.FAILED, "States.Timeout"),
    )
    assert late.stops == ("1",)


def test_a_task_without_a_sign_of_life_misses_its_heartbeat() -> None:
    hand = Hand({**TASK, "HeartbeatSeconds": 20}, {})
    hand.step()

    missed = hand.step(20, t1=Report(begun={}, alive=False))

    assert missed.execution.root.error == "States.HeartbeatTimeout"


OPERANDS: dict[str, dict[str, Any]] = {
    "String": {"Equals": "b", "LessThan": "c", "GreaterThan": "a"},
    "Numeric": {"Equals": 2.0, "LessThan": 3, "GreaterThan": 1},
    "Timestamp": {
        "Equals": "2026-01-02T01:00:00+01:00",
        "LessThan": "2026-01-03T00:00:00Z",
        "GreaterThan": "2026-01-01T00:00:00Z",
    },
}
VALUES = {"String": "b", "Numeric": 2, "Timestamp": "2026-01-02T00:00:00Z", "Boolean": True}


def operators() -> list[tuple[str, Any, Any, Any]]:
    """Return each operator with a value for which it holds, one for which not, and its operand."""
    found: list[tuple[str, Any, Any, Any]] = [
        ("BooleanEquals", True, False, True),
        ("StringMatches", "log-1.txt", "log-1.csv", "log-*.txt"),
        ("IsNull", None, 0, True),
        ("IsPresent", None, ..., True),
        ("IsNumeric", 1, "1", True),
        ("IsString", "1", 1, True),
        ("IsBoolean", False, 0, True),
        ("IsTimestamp", VALUES["Timestamp"], "today", True),
    ]
    for kind, operands in OPERANDS.items():
        equal, more, less = (operands[name] for name in ("Equals", "LessThan", "GreaterThan"))
        found += [
            (f"{kind}Equals", equal, more, VALUES[kind]),
            (f"{kind}LessThan", less, equal, VALUES[kind]),
            (f"{kind}GreaterThan", more, equal, VALUES[kind]),
            (f"{kind}LessThanEquals", equal, more, VALUES[kind]),
            (f"{kind}GreaterThanEquals", equal, less, VALUES[kind]),
        ]
    return found


def test_every_operator_compares_with_a_value_and_with_a_place() -> None:
    tried: list[str] = []
    for name, good, bad, operand in operators():
        forms = [{name: operand}]
        if not name.startswith("Is") and name != "StringMatches":
            forms.append({f"{name}Path": "$.operand"})
        for form in forms:
            rule = {"Variable": "$.v", **form, "Next": "Yes"}
            states = {
                "C": {"Type": "Choice", "Choices": [rule], "Default": "No"},
                "Yes": {"Type": "Pass", "Result": True, "End": True},
                "No": {"Type": "Pass", "Result": False, "End": True},
            }
            for value, truth in ((good, True), (bad, False)):
                given = {"operand": operand, **({} if value is ... else {"v": value})}
                found = Play({"StartAt": "C", "States": states}, given).output
                assert found is truth, (form, value)
            tried += form

    assert len(set(tried)) == 39  # as the specification counts them


def test_rules_are_joined_by_or() -> None:
    either = [{"Variable": "$.v", "NumericEquals": number} for number in (1, 2)]
    states = {
        "C": {"Type": "Choice", "Choices": [{"Or": either, "Next": "Yes"}], "Default": "No"},
        "Yes": {"Type": "Succeed"},
        "No": {"Type": "Fail", "Error": "None"},
    }

    results = [Play({"StartAt": "C", "States": states}, {"v": v}) for v in (1, 2, 3)]

    assert [one.failure[0] for one in results] == [None, None, "None"]


def test_a_wait_lasts_a_leap_year_at_most() -> None:
    wait = {"Type": "Wait", "SecondsPath": "$.s"}

    assert run_pass(wait, {"s": LONGEST}).took == timedelta(days=366)
    assert run_pass(wait, {"s": LONGEST + 1}).error == "States.Runtime"
    assert run_pass(wait, {"s": 1.5}).error == "States.Runtime"


def test_an_output_has_at_most_256_kib() -> None:
    most = {"Result": "x" * (262_144 - 2)}

    assert len(run_pass(most, {}).output) == 262_142
    assert run_pass({"Result": most["Result"] + "x"}, {}).error == "States.DataLimitExceeded"
    assert run_pass({"Result": "š" * 131_072}, {}).error == "States.DataLimitExceeded"


def test_a_parallel_shapes_what_goes_in_and_comes_out() -> None:
    state = {
        "Type": "Parallel",
        "Parameters": {"n.$": "$.a"},
        "Branches": [INNER, {"StartAt": "J", "States": {"J": {"Type": "Pass", "End": True}}}],
        "ResultSelector": {"both.$": "$[*].n"},
        "ResultPath": "$.r",
    }

    assert played(state, {"a": 1}).output == {"a": 1, "r": {"both": [1, 1]}}


@pytest.mark.parametrize("name", ["E", "States.BranchFailed", "States.ALL", "States.TaskFailed"])
@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_what_a_branch_ends_in_is_tried_again_and_caught(kind: str, name: str) -> None:
    inside = {"Branches": [INNER]} if kind == "Parallel" else {"ItemProcessor": INNER}
    state = {
        "Type": kind,
        **inside,
        "Retry": [{"ErrorEquals": [name], "IntervalSeconds": 7, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": [name], "ResultPath": None, "Next": "After"}],
        "End": True,
    }
    states = {"S": state, "After": {"Type": "Pass", "End": True}}

    found = Play({"StartAt": "S", "States": states}, [1], resources=RESOURCES, answer=always("E"))

    assert (len(found.works), found.took) == (2, timedelta(seconds=7))
    assert found.output == [1]


@pytest.mark.parametrize(
    ("processor", "selector"), [("ItemProcessor", "ItemSelector"), ("Iterator", "Parameters")]
)
def test_a_map_knows_the_older_names_and_shapes_its_result(processor: str, selector: str) -> None:
    state = {
        "Type": "Map",
        "ItemsPath": "$.l",
        processor: INNER,
        selector: {"i.$": "$$.Map.Item.Value", "n.$": "$.n"},
        "ResultSelector": {"sum.$": "$[*].i"},
        "ResultPath": "$.r",
    }

    given = {"l": [1, 2], "n": 3}
    found = played(state, given)

    assert [work.settings["Call"]["body"] for work in found.works] == [
        {"i": 1, "n": 3},
        {"i": 2, "n": 3},
    ]
    assert found.output == {**given, "r": {"sum": [1, 2]}}


@pytest.mark.parametrize(
    ("bound", "most"),
    [({}, 40), ({"MaxConcurrency": 0}, 40), ({"MaxConcurrencyPath": "$.m"}, 3)],
)
def test_a_map_begins_as_many_items_as_it_may(bound: dict[str, Any], most: int) -> None:
    state = {"Type": "Map", "ItemsPath": "$.l", "ItemProcessor": INNER, "End": True, **bound}
    hand = Hand(state, {"l": list(range(50)), "m": 3})

    first = hand.step()
    done = {f"t{start.token}": Report(ended=True) for start in first.starts[:2]}

    assert len(first.starts) == most
    assert len(hand.step(1, **done).starts) == 2


def test_items_that_are_no_list_are_an_error() -> None:
    state = {"Type": "Map", "ItemsPath": "$.l", "ItemProcessor": INNER}

    assert played(state, {"l": {}}).error == "States.Runtime"


@pytest.mark.parametrize(
    ("error", "by_all", "by_task_failed"),
    [
        ("States.TaskFailed", True, True),
        ("Glue.ConcurrentRunsExceededException", True, True),
        ("Glue.EntityNotFoundException", True, True),
        ("States.Http.StatusCode.503", True, True),
        ("States.Http.Socket", True, True),
        ("CustomError", True, True),
        ("States.Timeout", True, False),
        ("States.HeartbeatTimeout", True, False),
        ("States.NoChoiceMatched", True, True),
        ("States.ParameterPathFailure", True, True),
        ("States.ResultPathMatchFailure", True, True),
        ("States.IntrinsicFailure", True, True),
        ("States.Runtime", False, False),
        ("States.DataLimitExceeded", False, False),
    ],
)
def test_errors_are_caught_by_all_and_by_task_failed(
    error: str,
    by_all: bool,  # noqa: FBT001
    by_task_failed: bool,  # noqa: FBT001
) -> None:
    for name, caught in (("States.ALL", by_all), ("States.TaskFailed", by_task_failed)):
        catch = [{"ErrorEquals": [name], "Next": "After"}]
        states = {"S": {**TASK, "Catch": catch}, "After": {"Type": "Succeed"}}
        document = {"StartAt": "S", "States": states}
        found = Play(document, {}, resources=RESOURCES, answer=always(error))

        assert (found.failure[0] is None) == caught, name
        if caught:
            assert found.output == {"Error": error, "Cause": "no"}


def test_a_retrier_that_says_nothing_else_tries_three_times() -> None:
    found = played({**TASK, "Retry": [{"ErrorEquals": ["E"]}]}, answer=always("E"))
    never = played({**TASK, "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 0}]},
                   answer=always("E"))  # fmt: skip

    waits = [e.detail["seconds"] for e in found.events if e.type == "RetryScheduled"]
    assert waits == [1, 2, 4]
    assert (len(never.works), never.error) == (1, "E")


def test_the_context_object_has_what_is_known() -> None:
    members = {
        "id": "Execution.Id",
        "name": "Execution.Name",
        "input": "Execution.Input",
        "started": "Execution.StartTime",
        "machine": "StateMachine.Id",
        "machine_name": "StateMachine.Name",
        "state": "State.Name",
        "entered": "State.EnteredTime",
        "tries": "State.RetryCount",
    }
    task = {
        **TASK,
        "Parameters": {f"{key}.$": f"$$.{path}" for key, path in members.items()},
        "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 1, "MaxAttempts": 1}],
    }
    failures = iter([True, False])

    def answer(work: Work) -> Any:  # noqa: ANN401
        if next(failures):
            raise Failure("E", "no")
        return work.settings["Call"]["body"]

    states = {"Only": {"Type": "Wait", "Seconds": 5, "Next": "T"}, "T": task}
    document = {"StartAt": "Only", "States": states}
    found = Play(document, {"a": 1}, resources=RESOURCES, answer=answer, run_id="wr_1")

    assert found.output == {
        "id": "wr_1",
        "name": "wr_1",
        "input": {"a": 1},
        "started": "2026-01-01T00:00:00.000Z",
        "machine": "m",
        "machine_name": "m",
        "state": "T",
        "entered": "2026-01-01T00:00:05.000Z",
        "tries": 1,
    }
    token = {"Parameters": {"t.$": "$$.Task.Token"}}
    assert run_pass(token, {}).error == "States.ParameterPathFailure"


def nested(depth: int) -> str:
    return "States.Array(" * depth + "1" + ")" * depth


def test_functions_are_nested_up_to_ten_deep() -> None:
    found: Any = run_pass({"Parameters": {"v.$": nested(10)}}, {}).output["v"]

    for _ in range(10):
        (found,) = found
    assert found == 1
    with pytest.raises(StateMachineError, match="deep"):
        run_pass({"Parameters": {"v.$": nested(11)}}, {})


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ({**TASK, "Credentials": {"RoleArn": "r"}}, ".Credentials: "),
        (
            {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "IsNull": True, "Next": "S", "Assign": {}}],
            },
            ".Assign: ",
        ),
        *(
            ({"Type": "Map", "ItemProcessor": INNER, "End": True, member: value}, f".{member}: ")
            for member, value in (
                ("ItemReader", {}),
                ("ItemBatcher", {}),
                ("ResultWriter", {}),
                ("ToleratedFailurePercentage", 5),
                ("ToleratedFailureCount", 5),
            )
        ),
        ({"Type": "Pass", "End": True, "InputPath": "$.a.length()"}, ".InputPath: "),
        (
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::glue:startJobRun.sync",
                "Parameters": {"JobName": "a", "AllocatedCapacity": 1},
                "End": True,
            },
            ".Parameters.AllocatedCapacity: ",
        ),
    ],
)
def test_what_is_not_carried_out_is_refused_with_its_place(
    state: dict[str, Any], fault: str
) -> None:
    with pytest.raises(StateMachineError) as raised:
        check_machine({"StartAt": "S", "States": {"S": state}}, RESOURCES)

    assert fault in str(raised.value)


def test_a_machine_may_say_its_version_and_a_comment() -> None:
    only = {"Type": "Pass", "Comment": "here, too", "End": True}
    document = {"Version": "1.0", "Comment": "c", "StartAt": "S", "States": {"S": only}}

    assert Play(document, {"a": 1}).output == {"a": 1}
