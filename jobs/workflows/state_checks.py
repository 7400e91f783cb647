"""The faults of single states, each with its place in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.workflows.choices import (
    OPERATORS,
    PRESENT,
    TESTS,
    is_number,
    of_operand_type,
    read_timestamp,
)
from gluepot.jobs.workflows.faults import ALL
from gluepot.jobs.workflows.paths import check_path, check_reference_path
from gluepot.jobs.workflows.resources import read_resource, unknown_members
from gluepot.jobs.workflows.retrying import LONGEST
from gluepot.jobs.workflows.templates import check_expression, template_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Fault(NamedTuple):
    """Something wrong in a document: where, by a JSON path, and what is to be there."""

    place: str
    message: str


_COMMON = frozenset({"Type", "Comment", "QueryLanguage"})
_IN_OUT = frozenset({"InputPath", "OutputPath"})
_NEXT = frozenset({"Next", "End"})
_RESULT = frozenset({"Parameters", "ResultPath"})
_ERRORS = frozenset({"ResultSelector", "Retry", "Catch"})
_TIMES = frozenset({"TimeoutSeconds", "HeartbeatSeconds"})
MEMBERS: Mapping[str, frozenset[str]] = {
    "Pass": _COMMON | _IN_OUT | _NEXT | _RESULT | {"Result"},
    "Task": _COMMON
    | _IN_OUT
    | _NEXT
    | _RESULT
    | _ERRORS
    | _TIMES
    | {"Resource", "TimeoutSecondsPath", "HeartbeatSecondsPath"},
    "Choice": _COMMON | _IN_OUT | {"Choices", "Default"},
    "Wait": _COMMON | _IN_OUT | _NEXT | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Succeed": _COMMON | _IN_OUT,
    "Fail": _COMMON | {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": _COMMON | _IN_OUT | _NEXT | _RESULT | _ERRORS | {"Branches"},
    "Map": _COMMON
    | _IN_OUT
    | _NEXT
    | _RESULT
    | _ERRORS
    | {"ItemsPath", "ItemSelector", "MaxConcurrency", "MaxConcurrencyPath"}
    | {"ItemProcessor", "Iterator"},
}
"""The members that each type of state has."""

_NOT_HERE: Mapping[str, str] = {
    "Assign": "gluepot has no variables; put the value into the state's data by ResultPath",
    "Credentials": "tasks run with the rights of gluepot's worker; leave it out",
    "ItemReader": "gluepot reads no items from S3; let a job read them",
    "ItemBatcher": "gluepot passes items one by one; leave it out",
    "ResultWriter": "gluepot keeps the results in the state's data; leave it out",
    "ToleratedFailureCount": "let a Catch in the ItemProcessor take the failures",
    "ToleratedFailurePercentage": "let a Catch in the ItemProcessor take the failures",
}


def check_members(state: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """Yield the members that a state of its type does not have."""
    known = MEMBERS[state["Type"]]
    for name in state:
        if name in known:
            continue
        reason = _NOT_HERE.get(name)
        if reason is None:
            reason = f"a {state['Type']} state has no such member.{did_you_mean(name, known)}"
        yield Fault(f"{place}.{name}", reason)


def data_faults(state: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """Yield the faults of paths and templates."""
    for name in ("InputPath", "OutputPath"):
        if state.get(name) is not None:
            yield from _told(f"{place}.{name}", check_path, state[name])
    if state.get("ResultPath") is not None:
        yield from _told(f"{place}.ResultPath", check_reference_path, state["ResultPath"])
    for name in ("ItemsPath", "SecondsPath", "TimestampPath", "MaxConcurrencyPath", *_PATHS):
        if name in state:
            yield from _told(f"{place}.{name}", check_path, state[name])
    for name in ("Parameters", "ItemSelector", "ResultSelector"):
        if name in state:
            yield from (Fault(*fault) for fault in template_faults(state[name], f"{place}.{name}"))
    yield from _number_faults(state, place)


def _number_faults(state: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for name in ("MaxConcurrency", "TimeoutSeconds", "HeartbeatSeconds"):
        least = 0 if name == "MaxConcurrency" else 1
        if name in state and not _is_whole(state[name], least):
            yield Fault(f"{place}.{name}", f"it is a whole number of at least {least}")
        if name in state and f"{name}Path" in state:
            yield Fault(place, f"{name} and {name}Path exclude each other; keep one")


_PATHS = ("TimeoutSecondsPath", "HeartbeatSecondsPath")


def error_faults(
    state: Mapping[str, Any], states: Mapping[str, Any], place: str
) -> Iterator[Fault]:
    """Yield the faults of Retry and Catch."""
    for member in ("Retry", "Catch"):
        rules = state.get(member, [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            yield Fault(f"{place}.{member}", "it is an array of objects with ErrorEquals")
            continue
        for number, rule in enumerate(rules):
            inner = f"{place}.{member}[{number}]"
            yield from _error_names(rule, inner, last=number == len(rules) - 1)
            if member == "Retry":
                yield from _retrier_faults(rule, inner)
            else:
                yield from _catcher_faults(rule, states, inner)


def _error_names(rule: Mapping[str, Any], place: str, *, last: bool) -> Iterator[Fault]:
    names = rule.get("ErrorEquals")
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        yield Fault(f"{place}.ErrorEquals", "it is an array of at least one error's name")
    elif ALL in names and (len(names) > 1 or not last):
        yield Fault(f"{place}.ErrorEquals", f"{ALL} stands alone, and in the last rule")


_RETRIER = frozenset(
    {
        "ErrorEquals",
        "IntervalSeconds",
        "MaxAttempts",
        "BackoffRate",
        "MaxDelaySeconds",
        "JitterStrategy",
        "Comment",
    }
)


def _retrier_faults(rule: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for name in rule:
        if name not in _RETRIER:
            yield Fault(
                f"{place}.{name}", f"Retry has no such member.{did_you_mean(name, _RETRIER)}"
            )
    for name, least in (("IntervalSeconds", 1), ("MaxAttempts", 0), ("MaxDelaySeconds", 1)):
        if name in rule and not _is_whole(rule[name], least, LONGEST):
            yield Fault(f"{place}.{name}", f"it is a whole number from {least} to {LONGEST}")
    rate = rule.get("BackoffRate", 2)
    if not is_number(rate) or rate < 1:
        yield Fault(f"{place}.BackoffRate", "it is a number of at least 1.0")
    if rule.get("JitterStrategy", "NONE") not in {"NONE", "FULL"}:
        yield Fault(f"{place}.JitterStrategy", "it is FULL or NONE")


def _catcher_faults(
    rule: Mapping[str, Any], states: Mapping[str, Any], place: str
) -> Iterator[Fault]:
    known = ("ErrorEquals", "Next", "ResultPath", "Comment")
    for name in rule:
        if name not in known:
            reason = _NOT_HERE.get(name, f"Catch has no such member.{did_you_mean(name, known)}")
            yield Fault(f"{place}.{name}", reason)
    if rule.get("ResultPath") is not None:
        yield from _told(f"{place}.ResultPath", check_reference_path, rule["ResultPath"])
    yield from _next_fault(rule, states, place)


def task_faults(
    state: Mapping[str, Any], place: str, resources: Mapping[str, str]
) -> Iterator[Fault]:
    """Yield the faults of a Task state's own members."""
    text = state.get("Resource")
    if not isinstance(text, str):
        yield Fault(f"{place}.Resource", "a Task state has a Resource, a text")
        return
    try:
        resource = read_resource(text, resources)
    except InvalidInputError as error:
        yield Fault(f"{place}.Resource", str(error))
        return
    parameters = state.get("Parameters")
    if isinstance(parameters, dict):
        for name in unknown_members(resource, parameters):
            yield Fault(
                f"{place}.Parameters.{name}",
                "gluepot heeds no such parameter of this resource; a call's secret goes into"
                " Headers as {{env:NAME}}, {{file:PATH}} or {{connection:NAME:PROPERTY}}",
            )
    timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        yield Fault(f"{place}.HeartbeatSeconds", "it is smaller than TimeoutSeconds")


def wait_faults(state: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """Yield the faults of a Wait state's own members."""
    kinds = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
    if sum(name in state for name in kinds) != 1:
        yield Fault(place, f"a Wait state has one of {', '.join(kinds)}")
    if "Seconds" in state and not _is_whole(state["Seconds"], 0, LONGEST):
        yield Fault(f"{place}.Seconds", f"it is a whole number from 0 to {LONGEST}")
    if "Timestamp" in state and read_timestamp(state["Timestamp"]) is None:
        yield Fault(f"{place}.Timestamp", "it is a time such as 2030-01-31T12:00:00Z")


def fail_faults(state: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """Yield the faults of a Fail state's own members."""
    for name in ("Error", "Cause"):
        path = state.get(f"{name}Path")
        if path is not None:
            yield from _told(f"{place}.{name}Path", check_expression, path)
        if path is not None and name in state:
            yield Fault(place, f"{name} and {name}Path exclude each other; keep one")
        if name in state and not isinstance(state[name], str):
            yield Fault(f"{place}.{name}", "it is a text")


def choice_faults(
    state: Mapping[str, Any], states: Mapping[str, Any], place: str
) -> Iterator[Fault]:
    """Yield the faults of a Choice state's own members."""
    rules, default = state.get("Choices"), state.get("Default")
    if default is not None and default not in states:
        hint = did_you_mean(str(default), states)
        yield Fault(f"{place}.Default", f"there is no state {default!r} beside this one.{hint}")
    if not isinstance(rules, list) or not rules:
        yield Fault(f"{place}.Choices", "it is an array of at least one rule")
        return
    for number, rule in enumerate(rules):
        inner = f"{place}.Choices[{number}]"
        yield from _rule_faults(rule, inner, top=True)
        if isinstance(rule, dict):
            yield from _next_fault(rule, states, inner)


def _next_fault(rule: Mapping[str, Any], states: Mapping[str, Any], place: str) -> Iterator[Fault]:
    following = rule.get("Next")
    if not isinstance(following, str) or following not in states:
        hint = did_you_mean(str(following), states)
        yield Fault(f"{place}.Next", f"there is no state {following!r} beside this one.{hint}")


def _rule_faults(rule: object, place: str, *, top: bool) -> Iterator[Fault]:
    if not isinstance(rule, dict):
        yield Fault(place, "a rule is an object")
        return
    if not top and "Next" in rule:
        yield Fault(f"{place}.Next", "only the outermost rule says where it leads")
    members = [name for name in rule if name not in {"Next", "Comment"}]
    joined = [name for name in members if name in {"And", "Or", "Not"}]
    if joined:
        yield from _joined_faults(rule, members, joined[0], place)
        return
    operators = [name for name in members if name in OPERATORS]
    strange = [name for name in members if name not in OPERATORS and name != "Variable"]
    for name in strange:
        reason = _NOT_HERE.get(name, f"there is no such operator.{did_you_mean(name, OPERATORS)}")
        yield Fault(f"{place}.{name}", reason)
    if "Variable" not in rule or len(operators) + len(strange) != 1:
        yield Fault(place, "a rule has a Variable and one operator, or And, Or or Not")
        return
    yield from _told(f"{place}.Variable", check_path, rule["Variable"])
    for name in operators:
        yield from _operand_faults(name, rule[name], f"{place}.{name}")


def _joined_faults(
    rule: Mapping[str, Any], members: list[str], name: str, place: str
) -> Iterator[Fault]:
    inner = rule[name]
    if len(members) > 1:
        yield Fault(place, f"{name} stands alone in its rule")
    if name == "Not":
        yield from _rule_faults(inner, f"{place}.Not", top=False)
    elif not isinstance(inner, list) or not inner:
        yield Fault(f"{place}.{name}", "it is an array of at least one rule")
    else:
        for number, item in enumerate(inner):
            yield from _rule_faults(item, f"{place}.{name}[{number}]", top=False)


def _operand_faults(name: str, operand: object, place: str) -> Iterator[Fault]:
    if name.endswith("Path"):
        yield from _told(place, check_path, operand)
    elif not of_operand_type(name, operand):
        kind = "true or false" if name in TESTS or name == PRESENT else _OPERANDS[name[0]]
        yield Fault(place, f"it stands beside {kind}")


_OPERANDS = {"S": "a text", "N": "a number", "B": "true or false", "T": "a time of RFC 3339"}
"""What stands beside an operator, by the first letter of its name."""


def _is_whole(value: object, least: int, most: int = 99_999_999) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _told(place: str, check: Callable[[object], None], value: object) -> Iterator[Fault]:
    try:
        check(value)
    except InvalidInputError as error:
        yield Fault(place, str(error))
