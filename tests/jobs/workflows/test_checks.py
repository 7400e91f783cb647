"""A document that would not run is refused with every fault, its place and what would do."""

from __future__ import annotations

from typing import Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.workflows.checks import StateMachineError, check_machine
from gluepot.jobs.workflows.documents import read_document
from tests.jobs.workflows.playing import function


def faults_of(document: Any, **resources: str) -> str:  # noqa: ANN401
    with pytest.raises(StateMachineError) as raised:
        check_machine(document, resources)
    return str(raised.value)


def one(state: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": state, **others}}


def test_every_fault_is_told_at_once() -> None:
    document = {
        "StartAt": "Frist",
        "States": {
            "First": {"Type": "Pass", "Next": "Secnd"},
            "Second": {"Type": "Taks"},
            "Third": {"Type": "Wait", "Seconds": 1, "Timestamp": "x", "End": True},
        },
    }

    faults = faults_of(document).splitlines()

    assert faults == [
        "$.StartAt: there is no state 'Frist'. Did you mean 'First'?",
        "$.States['First'].Next: there is no state 'Secnd' beside this one. Did you mean 'Second'?",
        (
            "$.States['Second'].Type: 'Taks' is no type of state: Task, Pass, Choice, Wait,"
            " Succeed, Fail, Parallel, Map. Did you mean 'Task'?"
        ),
        "$.States['Third']: a Wait state has one of Seconds, SecondsPath, Timestamp, TimestampPath",
        "$.States['Third'].Timestamp: it is a time such as 2030-01-31T12:00:00Z",
    ]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ([], "$: a state machine is a JSON object"),
        ({"StartAt": "S"}, "$.States: it is an object with at least one state"),
        ({**one({"Type": "Succeed"}), "Sates": {}}, "$.Sates: there is no such member"),
        ({**one({"Type": "Succeed"}), "TimeoutSeconds": 0}, "$.TimeoutSeconds: it is a whole"),
        ({**one({"Type": "Succeed"}), "Version": "2"}, "$.Version: the version is '1.0'"),
        (one({"Type": "Pass"}), "'S' has either a Next or \"End\": true"),
        (one({"Type": "Pass", "Next": "S", "End": True}), "has either a Next"),
        (one({"Type": "Succeed"}, T={"Type": "Succeed"}), "['T']: no state leads here"),
        (one({"Type": "Pass", "End": True, "Nxt": "S"}), ".Nxt: a Pass state has no such member"),
        (one({"Type": "Pass", "End": True, "InputPath": "a"}), ".InputPath: a path is a text"),
        (one({"Type": "Pass", "End": True, "InputPath": "$.a["}), ".InputPath: '$.a[' is no path"),
        (one({"Type": "Pass", "End": True, "ResultPath": "$.a[*]"}), "is no reference path"),
        (one({"Type": "Pass", "End": True, "ResultPath": "$$.a"}), "may not begin with $$"),
        (
            one({"Type": "Pass", "End": True, "Parameters": {"a": [{"b.$": "States.Formt('')"}]}}),
            (
                ".Parameters['a'][0]['b.$']: \"States.Formt('')\": there is no intrinsic function"
                " States.Formt. Did you mean 'States.Format'?"
            ),
        ),
        (one({"Type": "Pass", "End": True, "Parameters": {"a.$": 1}}), "['a.$']: a path is"),
        (one({"Type": "Pass", "End": True, "Parameters": {"a": 1, "a.$": "$"}}), "'a' as well"),
        (one({"Type": "Pass", "End": True, "Assign": {}}), ".Assign: gluepot has no variables"),
        ({**one({"Type": "Succeed"}), "QueryLanguage": "JSONata"}, "not 'JSONata'"),
        (one({"Type": "Succeed", "QueryLanguage": "JSONata"}), ".QueryLanguage: gluepot reads"),
        (one({"Type": "Task", "End": True}), ".Resource: a Task state has a Resource"),
        (one({"Type": "Task", "End": True, "Resource": function("f")}), "--resource ARN=job:NAME"),
        (
            one(
                {
                    "Type": "Task",
                    "End": True,
                    "Resource": "arn:aws:states:::http:invoke",
                    "Parameters": {"Authentication": {"ConnectionArn": "arn:x"}},
                }
            ),
            ".Parameters.Authentication: gluepot heeds no such parameter",
        ),
        (one({"Type": "Choice", "Choices": []}), ".Choices: it is an array of at least one"),
        (one({"Type": "Choice", "Choices": [{"Next": "S"}]}), "has a Variable and one operator"),
        (
            one({"Type": "Choice", "Choices": [{"Variable": "$", "StringEquals": 1, "Next": "S"}]}),
            ".Choices[0].StringEquals: it stands beside a text",
        ),
        (
            one({"Type": "Choice", "Choices": [{"And": [{"Next": "S"}], "Next": "S"}]}),
            ".Choices[0].And[0].Next: only the outermost rule",
        ),
        (one({"Type": "Wait", "End": True, "Seconds": -1}), ".Seconds: it is a whole number"),
        (one({"Type": "Fail", "Error": "a", "ErrorPath": "$.a"}), "exclude each other"),
        (one({"Type": "Parallel", "End": True, "Branches": []}), ".Branches: it is an array"),
        (
            one({"Type": "Parallel", "End": True, "Branches": [one({"Type": "Succeed"})]}),
            "['S'].Branches[0].States['S']: the name is taken by $.States['S']",
        ),
        (one({"Type": "Map", "End": True}), "a Map state has an ItemProcessor"),
        (
            one(
                {
                    "Type": "Map",
                    "End": True,
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED"},
                        "StartAt": "I",
                        "States": {"I": {"Type": "Succeed"}},
                    },
                }
            ),
            ".ProcessorConfig: gluepot runs a Map state in Mode INLINE",
        ),
        (
            one(
                {
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [{"StartAt": "I", "States": {"I": {"Type": "Pass", "Next": "S"}}}],
                }
            ),
            "there is no state 'S' beside this one",
        ),
    ],
)
def test_each_fault_has_its_place_and_what_would_do(document: Any, fault: str) -> None:  # noqa: ANN401
    assert fault in faults_of(document)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"ErrorEquals": []}, "ErrorEquals: it is an array of at least one"),
        ({"ErrorEquals": ["States.ALL", "E"]}, "States.ALL stands alone"),
        ({"ErrorEquals": ["E"], "BackoffRate": 0.5}, "BackoffRate: it is a number of at least"),
        ({"ErrorEquals": ["E"], "MaxAttempts": -1}, "MaxAttempts: it is a whole number from 0"),
        ({"ErrorEquals": ["E"], "JitterStrategy": "HALF"}, "JitterStrategy: it is FULL or NONE"),
        ({"ErrorEquals": ["E"], "Interval": 1}, "Interval: Retry has no such member"),
    ],
)
def test_a_retrier_is_looked_at(rule: dict[str, Any], fault: str) -> None:
    task = {"Type": "Task", "Resource": "a", "End": True, "Retry": [rule]}

    assert fault in faults_of(one(task), a="job:load")


def test_a_loop_is_no_fault() -> None:
    rule = {"Variable": "$.done", "BooleanEquals": True, "Next": "End"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "S"}

    check_machine(one({"Type": "Pass", "Next": "C"}, C=choice, End={"Type": "Succeed"}), {})


def test_a_document_that_is_no_json_or_too_large_is_refused() -> None:
    for text in ("{", "[" * 100_000, " " * 2_000_000):
        with pytest.raises(InvalidInputError, match="The document"):
            read_document(text)
