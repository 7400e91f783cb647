"""What makes a document a state machine that runs: every fault at once, each with its place.

A cycle is no fault here: the States language has loops. Sources: states-language.net, state by
state; and what gluepot does not have, which is refused here rather than when it is reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.workflows.state_checks import (
    Fault,
    check_members,
    choice_faults,
    data_faults,
    error_faults,
    fail_faults,
    task_faults,
    wait_faults,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
MAX_NAME = 80
MAX_DOCUMENT = 1_048_576
"""Bytes of a document. Source: Step Functions developer guide, "Quotas"."""

MAX_NESTING = 30
"""How deep states lie in one another."""

_TOP = frozenset({"Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"})
_INNER = frozenset({"StartAt", "States", "Comment", "ProcessorConfig", "QueryLanguage"})


class StateMachineError(InvalidInputError):
    """A document is no state machine that runs: ``StateMachineError(faults)``, all at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)

    def __str__(self) -> str:
        """Say each fault on a line of its own, with its place."""
        return "\n".join(f"{fault.place}: {fault.message}" for fault in self.args[0])


def check_machine(document: object, resources: Mapping[str, str]) -> None:
    """Return when a document is a state machine that runs.

    Args:
        document: The JSON document.
        resources: What resources stand for that gluepot does not have.

    Raises:
        StateMachineError: It is not; every fault is in it.
    """
    faults = tuple(_machine_faults(document, resources))
    if faults:
        raise StateMachineError(faults)


def _machine_faults(document: object, resources: Mapping[str, str]) -> Iterator[Fault]:
    if not isinstance(document, dict):
        yield Fault("$", "a state machine is a JSON object with StartAt and States")
        return
    yield from _unknown(document, _TOP, "$")
    timeout = document.get("TimeoutSeconds", 1)
    if not isinstance(timeout, int) or isinstance(timeout, bool) or timeout < 1:
        yield Fault("$.TimeoutSeconds", f"it is a whole number of at least 1, not {timeout!r}")
    if document.get("Version", "1.0") != "1.0":
        yield Fault("$.Version", f"the version is '1.0', not {document['Version']!r}")
    names: dict[str, str] = {}
    yield from _container_faults(document, "$", resources, names, 0)


def _container_faults(
    document: Mapping[str, Any],
    place: str,
    resources: Mapping[str, str],
    names: dict[str, str],
    depth: int,
) -> Iterator[Fault]:
    """Yield the faults of what has StartAt and States: a machine, or a branch of one."""
    if document.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield _no_jsonata(document, place)
    states, start = document.get("States"), document.get("StartAt")
    if not isinstance(states, dict) or not states:
        yield Fault(f"{place}.States", "it is an object with at least one state")
        return
    if depth > MAX_NESTING:
        yield Fault(place, f"states lie in one another at most {MAX_NESTING} deep")
        return
    if not isinstance(start, str) or start not in states:
        hint = did_you_mean(str(start), states)
        yield Fault(f"{place}.StartAt", f"there is no state {start!r}.{hint}")
    for name, state in states.items():
        inner = f"{place}.States[{name!r}]"
        if len(name) > MAX_NAME:
            yield Fault(inner, f"a state's name has at most {MAX_NAME} characters")
        if name in names:
            yield Fault(inner, f"the name is taken by {names[name]}; names are unique")
        names[name] = inner
        yield from _state_faults(name, state, states, inner, resources)
        yield from _inner_faults(state, inner, resources, names, depth + 1)
    if isinstance(start, str) and start in states:
        yield from _unreached(start, states, place)


def _inner_faults(
    state: object,
    place: str,
    resources: Mapping[str, str],
    names: dict[str, str],
    depth: int,
) -> Iterator[Fault]:
    if isinstance(state, dict):
        for branch, where in _branches(state, place):
            yield from _unknown(branch, _INNER, where)
            yield from _container_faults(branch, where, resources, names, depth)


def _state_faults(
    name: str,
    state: object,
    states: Mapping[str, Any],
    place: str,
    resources: Mapping[str, str],
) -> Iterator[Fault]:
    if not isinstance(state, dict):
        yield Fault(place, "a state is a JSON object")
        return
    kind = state.get("Type")
    if kind not in TYPES:
        hint = did_you_mean(str(kind), TYPES)
        yield Fault(f"{place}.Type", f"{kind!r} is no type of state: {', '.join(TYPES)}.{hint}")
        return
    if state.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield _no_jsonata(state, place)
        return
    yield from check_members(state, place)
    yield from _transition_faults(name, state, states, place)
    yield from data_faults(state, place)
    yield from error_faults(state, states, place)
    match kind:
        case "Task":
            yield from task_faults(state, place, resources)
        case "Choice":
            yield from choice_faults(state, states, place)
        case "Wait":
            yield from wait_faults(state, place)
        case "Fail":
            yield from fail_faults(state, place)
        case "Map" | "Parallel":
            yield from _branch_faults(state, place)


def _transition_faults(
    name: str, state: Mapping[str, Any], states: Mapping[str, Any], place: str
) -> Iterator[Fault]:
    if state["Type"] in {"Choice", "Succeed", "Fail"}:
        return
    following, end = state.get("Next"), state.get("End", False)
    if not isinstance(end, bool):
        yield Fault(f"{place}.End", "it is true or false")
    if (following is None) == (end is not True):
        yield Fault(place, f'{name!r} has either a Next or "End": true, one of them')
    if following is not None and following not in states:
        hint = did_you_mean(str(following), states)
        yield Fault(f"{place}.Next", f"there is no state {following!r} beside this one.{hint}")


def _branch_faults(state: Mapping[str, Any], place: str) -> Iterator[Fault]:
    if state["Type"] == "Parallel":
        branches = state.get("Branches")
        if not isinstance(branches, list) or not branches:
            yield Fault(f"{place}.Branches", "it is an array of at least one branch")
        elif not all(isinstance(branch, dict) for branch in branches):
            yield Fault(f"{place}.Branches", "a branch is an object with StartAt and States")
        return
    given = [name for name in ("ItemProcessor", "Iterator") if name in state]
    if len(given) != 1 or not isinstance(state[given[0]], dict):
        yield Fault(place, "a Map state has an ItemProcessor, an object with StartAt and States")
        return
    config = state[given[0]].get("ProcessorConfig", {})
    if not isinstance(config, dict) or config.get("Mode", "INLINE") != "INLINE":
        yield Fault(
            f"{place}.{given[0]}.ProcessorConfig",
            "gluepot runs a Map state in Mode INLINE; for many items, let a job read them",
        )
    if "ItemSelector" in state and "Parameters" in state:
        yield Fault(place, "Parameters is the older name of ItemSelector; keep one of them")


def _branches(state: Mapping[str, Any], place: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    branches = state.get("Branches")
    if state.get("Type") == "Parallel" and isinstance(branches, list):
        for number, branch in enumerate(branches):
            if isinstance(branch, dict):
                yield branch, f"{place}.Branches[{number}]"
    if state.get("Type") == "Map":
        for name in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(name), dict):
                yield state[name], f"{place}.{name}"


def _unreached(start: str, states: Mapping[str, Any], place: str) -> Iterator[Fault]:
    seen, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in seen and isinstance(states.get(name), dict):
            seen.add(name)
            waiting += _followers(states[name])
    for name in states:
        if name not in seen:
            yield Fault(
                f"{place}.States[{name!r}]",
                "no state leads here; name it in a Next, or leave it out",
            )


def _followers(state: Mapping[str, Any]) -> list[str]:
    rules = [*_objects(state.get("Choices")), *_objects(state.get("Catch"))]
    found = [state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)]
    return [name for name in found if isinstance(name, str)]


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _unknown(document: Mapping[str, Any], known: frozenset[str], place: str) -> Iterator[Fault]:
    for name in document:
        if name not in known:
            yield Fault(f"{place}.{name}", f"there is no such member.{did_you_mean(name, known)}")


def _no_jsonata(document: Mapping[str, Any], place: str) -> Fault:
    return Fault(
        f"{place}.QueryLanguage",
        f"gluepot reads JSONPath, not {document['QueryLanguage']!r}; write the machine with"
        " InputPath, Parameters, ResultSelector and the intrinsic functions",
    )
