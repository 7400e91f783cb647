"""A workflow's triggers as a state machine, where its language can say the same.

It can where jobs and crawlers follow one another on success, branch out, and come together again
all at once. It has no words for a fire on each of several ends, or for one that joins branches of
different length; such triggers are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.triggers.model import Logical, TriggerType
from gluepot.jobs.workflows.resources import CRAWLER_SYNC, JOB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.jobs.runs.state import Target
    from gluepot.jobs.triggers.model import Action, Trigger


def machine_of(name: str, triggers: Iterable[Trigger]) -> dict[str, Any]:
    """Return the document of a state machine that does what the triggers of a workflow do.

    Raises:
        InvalidInputError: The language cannot say it; the sentence names the trigger.
    """
    return _Writer(name, list(triggers)).write()


class _Writer:
    def __init__(self, name: str, triggers: list[Trigger]) -> None:
        self._name = name
        self._starting = [one for one in triggers if one.type != TriggerType.CONDITIONAL]
        self._following = {one.name: one for one in triggers if one.type == TriggerType.CONDITIONAL}
        self._taken: set[str] = set()

    def write(self) -> dict[str, Any]:
        if len(self._starting) != 1:
            raise self._refused(
                f"it has {len(self._starting)} starting triggers, and a machine has one beginning"
            )
        for trigger in self._following.values():
            self._check(trigger)
        machine = self._sequence(self._starting[0].actions)
        for left in self._following:
            raise self._refused(f"trigger {left!r} joins what the language cannot join")
        return {"Comment": f"The triggers of workflow {self._name}", **machine}

    def _check(self, trigger: Trigger) -> None:
        predicate = trigger.predicate
        several = len(trigger.conditions) > 1
        if several and predicate is not None and predicate.logical != Logical.AND:
            raise self._refused(f"trigger {trigger.name!r} fires on ANY of its conditions")
        for condition in trigger.conditions:
            if condition.outcome.state is not RunState.SUCCEEDED:
                raise self._refused(
                    f"trigger {trigger.name!r} follows {condition.outcome.state}; write a Catch"
                )

    def _sequence(self, actions: Iterable[Action]) -> dict[str, Any]:
        """Return StartAt and States of what some actions start, and all that follows."""
        begun = {action.target: action for action in actions}
        follower = self._take(set(begun)) if len(begun) > 1 else []
        if len(begun) == 1:
            ((target, action),) = begun.items()
            state, name = _task(action), self._named(target.name)
            follower = self._take({target})
        elif follower:
            branches = [self._alone(action) for action in begun.values()]
            state, name = {"Type": "Parallel", "Branches": branches}, self._named("All of them")
        else:
            branches = [self._sequence([action]) for action in begun.values()]
            state, name = {"Type": "Parallel", "Branches": branches}, self._named("Each of them")
        return self._followed(name, state, follower)

    def _followed(
        self, name: str, state: dict[str, Any], followers: list[Trigger]
    ) -> dict[str, Any]:
        if not followers:
            return {"StartAt": name, "States": {name: {**state, "End": True}}}
        if len(followers) == 1:
            after = self._sequence(followers[0].actions)
        else:
            branches = [self._sequence(follower.actions) for follower in followers]
            own = self._named(f"After {name}")
            fan = {"Type": "Parallel", "Branches": branches, "End": True}
            after = {"StartAt": own, "States": {own: fan}}
        states = {name: {**state, "Next": after["StartAt"]}, **after["States"]}
        return {"StartAt": name, "States": states}

    def _alone(self, action: Action) -> dict[str, Any]:
        return self._followed(self._named(action.target.name), _task(action), [])

    def _take(self, targets: set[Target]) -> list[Trigger]:
        """Return the triggers that wait for just these, and let nobody else have them."""
        found = [
            trigger
            for trigger in self._following.values()
            if {condition.outcome.target for condition in trigger.conditions} == targets
        ]
        for trigger in found:
            del self._following[trigger.name]
        return found

    def _named(self, wanted: str) -> str:
        number, name = 1, wanted
        while name in self._taken:
            number += 1
            name = f"{wanted} {number}"
        self._taken.add(name)
        return name

    def _refused(self, why: str) -> InvalidInputError:
        return InvalidInputError(f"Workflow {self._name!r} cannot be a state machine: {why}")


def _task(action: Action) -> dict[str, Any]:
    target = action.target
    # What a state puts out takes the place of its input, which the next one may need.
    common = {"Type": "Task", "ResultPath": None}
    if target.kind is RunKind.CRAWL:
        return {**common, "Resource": CRAWLER_SYNC, "Parameters": {"Name": target.name}}
    parameters: dict[str, Any] = {"JobName": target.name}
    if action.arguments:
        parameters["Arguments"] = dict(action.arguments)
    if action.timeout is not None:
        parameters["Timeout"] = action.timeout
    if action.security_configuration is not None:
        parameters["SecurityConfiguration"] = action.security_configuration
    return {**common, "Resource": f"{JOB}.sync", "Parameters": parameters}
